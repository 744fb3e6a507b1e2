import type { PolicyDefinition } from '../core/policy.js'
import { ownPolicies } from './declarations.js'

/** A policy's decorator: on a method, or on a class for all its methods. Works with `experimentalDecorators` and as a standard one. */
export type PolicyDecorator = (
  target: object,
  context?: string | ClassDecoratorContext | ClassMethodDecoratorContext,
  descriptor?: PropertyDescriptor,
) => void

/**
 * Makes the decorator of a policy. Decorators may be written in any order: `policies/order.ts` decides in which one they run.
 *
 * @example
 * const Counting = (): PolicyDecorator => declarePolicy(counting)
 *
 * @see docs/guide/policies.md#custom-policies
 */
export function declarePolicy(definition: PolicyDefinition): PolicyDecorator {
  return (...args) => {
    ownPolicies(args)?.push(definition)
  }
}
