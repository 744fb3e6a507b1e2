import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import { withPort } from './address.js'
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
    const { weight = 1, priority = 0 } = endpoint
    if (!(Number.isFinite(weight) && weight > 0))
      throw misuse('invalid_target', `endpoint ${address}: weight is ${weight}; write a number above 0`)
    if (!(Number.isInteger(priority) && priority >= 0))
      throw misuse('invalid_target', `endpoint ${address}: priority is ${priority}; write a whole number from 0`)
    if (seen.has(address))
      throw misuse('invalid_target', `endpoint ${address} is named twice; give it a weight instead`)
    seen.add(address)
    return Object.freeze({ ...endpoint, address })
  })
  if (endpoints.length === 0)
    throw misuse('invalid_target', 'the target names no endpoint; write at least one, such as 127.0.0.1:50051')
  return Object.freeze(endpoints)
}
