import type { RpcError } from '../core/rpc-error.js'

/** The details of an error as data; undefined if it has none. */
export function detailsJson({ details }: RpcError): object[] | undefined {
  if (details.length === 0) return undefined
  return details.map(({ type, value }) => ({ type, value: Buffer.from(value).toString('base64') }))
}
