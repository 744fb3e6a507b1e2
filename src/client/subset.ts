import { hashOf } from '../balancers/key-hash.js'
import type { Endpoint } from '../core/endpoint.js'

/**
 * Problem: a thousand clients and a thousand servers make a million connections.
 *
 * Each client uses `size` endpoints, chosen by a hash of its seed and each address. Clients choose differently, so load spreads. A client
 * keeps its choice as long as the endpoints stay; one that comes or goes moves only its own place. Source: gRFC A68, random subsetting.
 */
export function subsetOf(endpoints: readonly Endpoint[], size: number, seed: number): readonly Endpoint[] {
  if (endpoints.length <= size) return endpoints
  return endpoints
    .map(endpoint => ({ endpoint, hash: hashOf(`${seed} ${endpoint.address}`) }))
    .sort((a, b) => a.hash - b.hash)
    .slice(0, size)
    .map(({ endpoint }) => endpoint)
}
