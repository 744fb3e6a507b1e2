import type { RpcError } from './rpc-error.js'

const failures = new WeakSet<object>()

/** Marks what a remote call ended with, so that a server knows what its handler lets through from what it throws itself. */
export function asRemoteFailure(error: RpcError): RpcError {
  failures.add(error)
  return error
}

export function isRemoteFailure(error: RpcError): boolean {
  return failures.has(error)
}
