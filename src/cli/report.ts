import { Code, codeName } from '../core/code.js'
import { RpcError } from '../core/rpc-error.js'
import { partOf } from '../idl/left-out.js'
import { isOverflow } from '../idl/nesting.js'
import { isSource } from '../idl/read-source.js'
import { MissingTool, Refusal } from '../idl/refusal.js'
import { CliError, exits, type RefusedPart } from './cli-error.js'
import { detailsJson } from './error-json.js'
import { endpointOf } from './failed-at.js'
import { OutOfReach } from './out-of-reach.js'
import { systemFault } from './system-fault.js'
import type { Terminal } from './terminal.js'

/**
 * Prints why a command failed: to stderr, or with `--json` to stdout.
 * @param line as typed, without `polywire`
 * @returns the exit code
 */
export async function report(error: unknown, terminal: Terminal, line: readonly string[]): Promise<number> {
  const { from, message, hint, exit, ...rest } = failureOf(error, line)
  if (terminal.isDebug && error instanceof Error) terminal.err(`${error.stack}\n`)
  if (terminal.isJson) {
    await terminal.out(`${JSON.stringify({ schema: 'polywire.error/1', from, ...rest, message, hint, exit })}\n`)
    return exit
  }
  const head = terminal.paintErr('bad', `${from === 'call' ? rest.code : 'polywire'}:`)
  const lines = hint === undefined ? [] : hint.split('\n').map(line => `  ${line}\n`)
  terminal.err(`${head} ${message}\n${lines.join('')}`)
  return exit
}

interface Failure {
  /** Whose failure it is. `polywire`: nothing was sent. */
  readonly from: 'polywire' | 'call'
  readonly code?: string | undefined
  readonly reason?: string | undefined
  readonly message: string
  /** How far the call got: unsent, refused or unknown. */
  readonly delivery?: string | undefined
  /** The address of the endpoint at which the call failed. */
  readonly endpoint?: string | undefined
  readonly details?: readonly object[] | undefined
  readonly refused?: readonly RefusedPart[] | undefined
  readonly hint?: string | undefined
  readonly exit: number
}

function failureOf(error: unknown, line: readonly string[]): Failure {
  if (error instanceof CliError) {
    const { message, refused, hint, exit } = error
    return { from: 'polywire', message, refused, hint, exit }
  }
  if (error instanceof Refusal) {
    const { text, ...part } = partOf(error)
    // Of a class it names a member.
    const isConstruct = !(error instanceof MissingTool) && part.file !== undefined && isSource(part.file)
    const refused = isConstruct ? [part] : undefined
    return { from: 'polywire', message: text, refused, exit: exits.usage }
  }
  if (error instanceof RpcError) {
    const { code, reason, message, delivery } = error
    if (isOwnMistake(error)) return { from: 'polywire', reason, message, exit: exits.usage }
    const hint = error instanceof OutOfReach ? error.hintFor(line) : undefined
    const details = detailsJson(error.details)
    const known = { code: codeName(code), reason, message, details, delivery, endpoint: endpointOf(error) }
    return { from: 'call', ...known, hint, exit: exits.call + code }
  }
  // Types that name each other ten thousand deep: only what follows them by recursion runs out of stack.
  if (isOverflow(error)) {
    const message = 'the types of the contract refer to each other too deeply for this command'
    return { from: 'polywire', message, exit: exits.usage }
  }
  const message = error instanceof Error ? error.message : String(error)
  // Of the file system: a file is missing, is a folder, or may not be read.
  if (error instanceof Error && 'syscall' in error && 'path' in error)
    return { from: 'polywire', message: fileFault(error, String(error.path)), exit: exits.usage }
  return {
    from: 'polywire',
    message: `a fault of polywire itself: ${message}`,
    hint: 'please report it at https://github.com/polywire/polywire/issues, with what --debug prints',
    exit: exits.fault,
  }
}

/** A mistake in how something is declared or written, which polywire itself finds before anything is sent. */
export function isOwnMistake({ code, reason, delivery }: RpcError): boolean {
  return delivery === 'unsent' && (code === Code.failed_precondition || reason === 'reserved_header')
}

/** `zoo.thrift cannot be read: no such file or directory` */
function fileFault(error: Error & { readonly syscall: unknown }, path: string): string {
  const verb = /^(?:write|mkdir|rename|unlink)$/.test(String(error.syscall)) ? 'written' : 'read'
  return `${path} cannot be ${verb}: ${systemFault(error)}`
}
