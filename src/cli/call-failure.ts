import type { RpcError } from '../core/rpc-error.js'
import { printable } from '../idl/printable.js'
import type { MethodSchema } from '../schema/service.js'
import { CliError } from './cli-error.js'
import { counted } from './counted.js'

/**
 * Why a call failed, for someone who reads the method and the server in the line below it.
 * @param replies how many arrived before
 */
export function reasonText({ message }: RpcError, { path }: MethodSchema, replies: number): string {
  const whole = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message
  const said = printable(whole.replace(/ \(last endpoint: [^()]*\)$/, ''))
  if (replies === 0) return said.replace(lostReply, 'the server closed the connection before it replied')
  const after = ` after ${counted(replies, 'message')}`
  return `${/ closed the connection\b/.test(said) ? 'the server closed' : said}${after}`
}

/** As the wires have it. */
const lostReply =
  /^the connection to \S+ was lost: (?:the peer closed the connection|other side closed|the server closed it)$/

/** What is wrong with a request of a stream, which ended the call; undefined if the call ended by itself. */
export function requestFault(error: unknown): CliError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof CliError)
      return new CliError(cause.message, {
        hint: [cause.hint, 'the call was canceled'].filter(Boolean).join('\n'),
        cause: error,
      })
  return undefined
}
