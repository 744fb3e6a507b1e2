import type { Call } from '../core/call.js'
import { Code, codeName } from '../core/code.js'
import { isRemoteFailure } from '../core/remote-failure.js'
import { failure, RpcError } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { changed, sendable } from './sendable-error.js'

/** Receives each error that is hidden from the peer. */
export type Report = (error: unknown, call?: Call) => void

/**
 * Makes the errors that a peer may see:
 * - an RpcError of the handler, whole;
 * - for any other error a fixed text; `report` receives the error;
 * - for an error of a remote call that the handler passes on, only code and message (docs/decisions/errors-passed-on.md).
 */
export function errorsForPeer({ throws }: Pick<MethodSchema, 'throws'>, report: Report) {
  const declared = throws.map(schema => schema.class).filter(type => type !== undefined)
  return (error: unknown, call: Call): RpcError => {
    try {
      if (error instanceof RpcError) {
        if (!isRemoteFailure(error)) return sendable(error)
        return declared.some(type => error instanceof type) ? bare(error) : passedOn(error, call, report)
      }
    } catch {
      // It has a getter that throws.
    }
    report(error, call)
    return failure('handler_failed', Code.internal, `${call.method.path} failed; the server's log says why`)
  }
}

/** A declared error with its class, fields and message, but without the headers and details that came with it. */
function bare(error: RpcError): RpcError {
  return changed(error, { headers: undefined, details: [], delivery: 'unknown', cause: error })
}

/** An error of a remote call, as the peer may see it. One with a reason comes from this side's client, and its text names endpoints. */
function passedOn(error: RpcError, call: Call, report: Report): RpcError {
  const { code, reason, message } = error
  if (reason === undefined) return new RpcError(message, code, { cause: error })
  if (call.canceled === undefined) report(error, call)
  const text = `${call.method.path}: a call that it made failed (${codeName(code)}); the server's log says why`
  return failure('downstream_failed', code, text, { cause: error })
}
