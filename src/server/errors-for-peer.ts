import type { Call } from '../core/call.js'
import { Code, codeName } from '../core/code.js'
import { isRefusal } from '../core/refusal.js'
import { isRemoteFailure } from '../core/remote-failure.js'
import { failure, RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'

/** Told of what went wrong on this side and is kept from the peer. */
export type Report = (error: unknown, call?: Call) => void

/**
 * What a peer may see of what ended a call of this method:
 * - an RpcError that the handler throws, whole;
 * - of any other error nothing: it is told here;
 * - of a remote call's error that the handler lets through, what is this server's to tell (docs/decisions/errors-passed-on.md).
 */
export function errorsForPeer({ throws }: Pick<MethodSchema, 'throws'>, report: Report) {
  const declared = throws.map(schema => schema.class).filter(type => type !== undefined)
  return (error: unknown, call: Call): RpcError => {
    if (!(error instanceof RpcError)) {
      report(error, call)
      return failure('handler_failed', Code.internal, `${call.method.path} failed; the server's log says why`)
    }
    if (!isRemoteFailure(error)) return aboutThisServer(error)
    return declared.some(type => error instanceof type) ? bare(error) : passedOn(error, call, report)
  }
}

/** How far a call that the handler made got says nothing of the call that it served. */
function aboutThisServer(error: RpcError): RpcError {
  if (error.delivery !== 'unknown' && !isRefusal(error)) Object.defineProperty(error, 'delivery', { value: 'unknown' })
  return error
}

/** The declared error as its class, fields and message; not what else came with it. */
function bare(error: RpcError): RpcError {
  const copy = Object.create(
    Object.getPrototypeOf(error) as object,
    Object.getOwnPropertyDescriptors(error),
  ) as RpcError
  const received = { headers: undefined, details: [], delivery: 'unknown', cause: error }
  for (const [name, value] of Object.entries(received)) Object.defineProperty(copy, name, { value })
  return copy
}

/** An error with a reason was made by this side's client, whose words name endpoints and registries. */
function passedOn(error: RpcError, call: Call, report: Report): RpcError {
  const { code, reason, message } = error
  if (reason === undefined) return new RpcError(message, code, { cause: error })
  if (call.canceled === undefined) report(error, call)
  const told = `${call.method.path}: a call that it made failed (${codeName(code)}); the server's log says why`
  return failure('downstream_failed', code, told, { cause: error })
}
