/**
 * Problem: several endpoints serve the same; each attempt has to go to one of them.
 *
 * The pick is the last thing before the link in every attempt, so that a retry or a failover picks anew. The policy only names the balancer;
 * the channel keeps it, since it is the channel that knows the endpoints.
 *
 *     @Service() @Balanced('least-connections') class Hello { ... }
 */

import type { PolicyDefinition } from '../core/policy.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'
import type { BalancerFactory } from './balancer.js'

/** A built-in's name (docs/guide/policies.md lists them) or a factory of one's own. */
export type BalancerChoice = string | BalancerFactory

/** As a value, for `connect(..., { policies: [balanced('random')] })`. */
export function balanced(balancer: BalancerChoice): PolicyDefinition {
  return Object.freeze({
    name: 'balanced',
    stages: ['attempt'] as const,
    rank: 90,
    summary: `balanced(${typeof balancer === 'string' ? balancer : balancer.name || 'custom'})`,
    balancer,
    build: () => undefined,
  })
}

/** As a decorator. */
export function Balanced(balancer: BalancerChoice): PolicyDecorator {
  return declarePolicy(balanced(balancer))
}
