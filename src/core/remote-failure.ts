import type { RpcError } from './rpc-error.js'

const failures = new WeakSet<object>()

/** Marks the error of a remote call, so that a server can tell errors that its handler passes on from those that it throws. */
export function asRemoteFailure(error: RpcError): RpcError {
  failures.add(error)
  return error
}

export function isRemoteFailure(error: RpcError): boolean {
  return failures.has(error)
}
