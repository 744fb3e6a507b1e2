import { hashOf } from '../balancers/key-hash.js'
import type { Endpoint } from '../core/endpoint.js'

/**
 * Problem: a thousand clients times a thousand servers are a million connections.
 *
 * Each client takes `size` endpoints, chosen by a hash of its own seed and each address: clients choose differently, so load spreads; one
 * client chooses the same as long as the endpoints stay, and an endpoint that comes or goes moves only its own place. Source: gRFC A68,
 * random subsetting.
 */
export function subsetOf(endpoints: readonly Endpoint[], size: number, seed: number): readonly Endpoint[] {
  if (endpoints.length <= size) return endpoints
  return endpoints
    .map(endpoint => ({ endpoint, hash: hashOf(`${seed} ${endpoint.address}`) }))
    .sort((a, b) => a.hash - b.hash)
    .slice(0, size)
    .map(({ endpoint }) => endpoint)
}
