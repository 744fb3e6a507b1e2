import type { RpcError } from '../core/rpc-error.js'

const endpoints = new WeakMap<RpcError, string>()

/** Notes the endpoint at which a call failed, for the report of the error. @returns the error */
export function failedAt<T extends RpcError>(error: T, address: string): T {
  endpoints.set(error, address)
  return error
}

/** The address of the endpoint at which a call failed; undefined if it is not known. */
export function endpointOf(error: RpcError): string | undefined {
  return endpoints.get(error)
}
