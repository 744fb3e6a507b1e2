import type { Endpoint } from '../core/endpoint.js'
import { misuse } from '../core/rpc-error.js'
import { withPort } from './address.js'
import type { Resolver, ResolverTarget } from './resolver.js'

/** The endpoints in the target: `10.0.0.1:50051,10.0.0.2:50051`, or objects with weights and zones. */
export const staticResolver: Resolver = {
  name: 'static',
  leavesPath: true,
  check(target) {
    endpointsOf(target)
  },
  async *watch(target) {
    yield endpointsOf(target)
  },
}

/** @throws RpcError `failed_precondition` (`invalid_target`) if there is no endpoint, or one is invalid */
export function endpointsOf(target: ResolverTarget): readonly Endpoint[] {
  const given: readonly Endpoint[] =
    target.endpoints ?? target.authority.split(',').map(address => ({ address: address.trim() }))
  const seen = new Set<string>()
  const endpoints = given.map(endpoint => {
    const address = withPort(endpoint.address, target.defaultPort)
    const { weight = 1, priority = 0 } = endpoint
    if (!(Number.isFinite(weight) && weight > 0))
      throw misuse('invalid_target', `endpoint ${address}: weight must be above 0, got ${weight}`)
    if (!(Number.isInteger(priority) && priority >= 0))
      throw misuse('invalid_target', `endpoint ${address}: priority must be an integer of at least 0, got ${priority}`)
    if (seen.has(address))
      throw misuse('invalid_target', `endpoint ${address} is named twice; give it a weight instead`)
    seen.add(address)
    return Object.freeze({ ...endpoint, address })
  })
  if (endpoints.length === 0)
    throw misuse('invalid_target', 'the target has no endpoint; write at least one, such as 127.0.0.1:50051')
  return Object.freeze(endpoints)
}
