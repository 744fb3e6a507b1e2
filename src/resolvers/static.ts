import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import type { Resolver, ResolverTarget } from './resolver.js'

/** The endpoints that the target itself names: `10.0.0.1:50051,10.0.0.2:50051`, or objects with weights and zones. */
export const staticResolver: Resolver = {
  name: 'static',
  check(target) {
    endpointsOf(target)
  },
  async *watch(target) {
    yield endpointsOf(target)
  },
}

/** @throws RpcError `failed_precondition` (`invalid_target`) where there is none, or one that is no address */
export function endpointsOf(target: ResolverTarget): readonly Endpoint[] {
  const given: readonly Endpoint[] =
    target.endpoints ?? target.authority.split(',').map(address => ({ address: address.trim() }))
  const seen = new Set<string>()
  const endpoints = given.map(endpoint => {
    const address = withPort(endpoint.address, target.defaultPort)
    if (endpoint.weight !== undefined && !(endpoint.weight > 0)) {
      throw misuse('invalid_target', `endpoint ${address}: weight is ${endpoint.weight}; write a number above 0`)
    }
    if (seen.has(address))
      throw misuse('invalid_target', `endpoint ${address} is named twice; give it a weight instead`)
    seen.add(address)
    return Object.freeze({ ...endpoint, address })
  })
  if (endpoints.length === 0)
    throw misuse('invalid_target', 'the target names no endpoint; write at least one, such as 127.0.0.1:50051')
  return Object.freeze(endpoints)
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`, or `unix:/path`; the default port where none is given. */
export function withPort(address: string, defaultPort: number | undefined): string {
  if (defaultPort === undefined) return checkedName(address)
  if (address.startsWith('unix:') && address.length > 5) return address
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/?#[\]@]+)(?::(\d{1,5}))?$/.exec(address)
  const port = match?.[2] === undefined ? defaultPort : Number(match[2])
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw misuse('invalid_target', `${JSON.stringify(address)} is no address; write host:port, [v6]:port or unix:/path`)
  }
  return `${match[1]}:${port}`
}

function checkedName(address: string): string {
  if (!/^[\w.-]+$/.test(address))
    throw misuse('invalid_target', `${JSON.stringify(address)} is no name; write letters, digits, ".", "_" and "-"`)
  return address
}
