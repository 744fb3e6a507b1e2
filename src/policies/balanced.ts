import type { BalancerFactory } from '../balancers/balancer.js'
import type { PolicyDefinition, PolicyKind } from '../core/policy.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/** The name of a built-in balancer or of one in `connect(..., { balancers })`, or a factory. */
export type BalancerChoice = string | BalancerFactory

/**
 * The policy of `@Balanced` as a value.
 *
 * @example
 * connect(Hello, target, { policies: [balanced('least-connections')] })
 *
 * @see docs/guide/policies.md#balanced
 */
export function balanced(balancer: BalancerChoice): PolicyDefinition {
  return Object.freeze({
    name: balancedKind.name,
    stages: ['attempt'] as const,
    summary: `balanced(${typeof balancer === 'string' ? balancer : balancer.name || 'custom'})`,
    balancer,
    build: () => undefined,
  } satisfies PolicyDefinition)
}

export const balancedKind: PolicyKind = { name: 'balanced', options: 'the name of a balancer', make: balanced }

/**
 * Chooses how attempts are spread over the endpoints. Every attempt picks, so that a retry goes elsewhere. Default: `adaptive`.
 *
 * `adaptive` takes the better of two random endpoints, by latency and calls in flight. The other built-in balancers are `round-robin`,
 * `weighted-round-robin`, `least-connections`, `random` and `consistent-hash`. A factory makes a custom one.
 * `connect` throws `failed_precondition` (`unknown_balancer`) for a name that it does not know.
 *
 * @example
 * @Service('shop.Stock') @Balanced('round-robin')
 * class Stock { ... }
 *
 * @see docs/guide/policies.md#balanced
 */
export function Balanced(balancer: BalancerChoice): PolicyDecorator {
  return declarePolicy(balanced(balancer))
}
