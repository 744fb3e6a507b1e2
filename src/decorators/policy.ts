import type { PolicyDefinition } from '../core/policy.js'
import { ownPolicies } from './declarations.js'
import type { MethodKey } from './fitting.js'

/**
 * A policy's decorator: on a method, or on a class for all its methods. Works with `experimentalDecorators` and as a standard decorator. It
 * has one signature, so that a function `(...args) => { Retry()(...args) }` is one, too.
 */
export type PolicyDecorator = <V, K extends string | object | undefined = undefined, G = V>(
  target: V,
  context?: PolicySite<V, K, G>,
  descriptor?: TypedPropertyDescriptor<G>,
) => void

/** The decorator of a policy of streams: on a method that returns a stream of `R`, whatever it takes. */
export type StreamingMethodDecorator<R> = <V, K extends string | object, G = V>(
  target: V,
  key: MethodKey<V, K, G, never, AsyncIterable<R>, never>,
  descriptor?: TypedPropertyDescriptor<G>,
) => void

/** The key or the context of a class or a method. */
type PolicySite<V, K, G> = K extends undefined | ClassDecoratorContext ? K : MethodKey<V, K, G, never, unknown, never>

/**
 * Makes the decorator of a policy. Decorators may be written in any order: `policies/order.ts` decides in which one they run.
 *
 * @example
 * const Counting = (): PolicyDecorator => declarePolicy(counting)
 *
 * @see docs/guide/policies.md#custom-policies
 */
export function declarePolicy(definition: PolicyDefinition): PolicyDecorator {
  return (...args: unknown[]) => {
    ownPolicies(args).push(definition)
  }
}
