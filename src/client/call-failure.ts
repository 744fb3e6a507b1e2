import { asRemoteFailure } from '../core/remote-failure.js'
import { RpcError } from '../core/rpc-error.js'

/** Reasons raised where the method is unknown: by a codec, which knows only the field, and by a dial, which many calls share. */
const withoutMethod: ReadonlySet<string> = new Set(['invalid_message', 'connect_failed'])

/** The error with which a remote call rejects. It names the method. */
export function callFailure(error: unknown, path: string): RpcError {
  const failure = RpcError.from(error)
  // Only errors raised on this side have a reason; errors that a server sent have none.
  const { message, code, reason, delivery, cause } = failure
  if (reason === undefined || !withoutMethod.has(reason) || message.startsWith(path)) return asRemoteFailure(failure)
  return asRemoteFailure(new RpcError(`${path}: ${message}`, code, { reason, delivery, cause }))
}
