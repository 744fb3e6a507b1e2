import { asRemoteFailure } from '../core/remote-failure.js'
import { RpcError } from '../core/rpc-error.js'

/**
 * What a remote call rejects with. A codec knows the field of a request that does not fit its type, but not the method that was called: that
 * is added here.
 */
export function callFailure(error: unknown, path: string): RpcError {
  const failure = RpcError.from(error)
  // Only this side's own errors have a reason, and of its replies none is the caller's fault.
  if (failure.reason !== 'invalid_message' || failure.message.startsWith(path)) return asRemoteFailure(failure)
  const { message, code, reason, delivery, cause } = failure
  return asRemoteFailure(new RpcError(`${path}: ${message}`, code, { reason, delivery, cause }))
}
