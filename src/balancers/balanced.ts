/**
 * Problem: several endpoints serve the same; each attempt has to go to one of them.
 *
 * Every attempt picks anew, so that a retry or a failover goes elsewhere; what is kept for each endpoint (a circuit breaker, say) stands
 * behind the pick. The policy only names the balancer;
 * the channel keeps it, since it is the channel that knows the endpoints.
 *
 *     @Service() @Balanced('least-connections') class Hello { ... }
 */

import { type PolicyDefinition, pickRank } from '../core/policy.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'
import type { BalancerFactory } from './balancer.js'

/** A built-in's name (docs/guide/policies.md lists them) or a factory of one's own. */
export type BalancerChoice = string | BalancerFactory

/** As a value, for `connect(..., { policies: [balanced('random')] })`. */
export function balanced(balancer: BalancerChoice): PolicyDefinition {
  return Object.freeze({
    name: 'balanced',
    stages: ['attempt'] as const,
    rank: pickRank,
    summary: `balanced(${typeof balancer === 'string' ? balancer : balancer.name || 'custom'})`,
    balancer,
    build: () => undefined,
  })
}

/** As a decorator. */
export function Balanced(balancer: BalancerChoice): PolicyDecorator {
  return declarePolicy(balanced(balancer))
}
