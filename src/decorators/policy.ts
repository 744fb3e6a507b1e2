import type { PolicyDefinition } from '../core/policy.js'
import { ownMethod, ownService } from './declarations.js'

/** A policy's decorator: on a method, or on a class for all its methods. */
export type PolicyDecorator = (target: object, key?: string, descriptor?: PropertyDescriptor) => void

/** The decorator that declares a policy. Decorators may be written in any order: `policies/order.ts` decides in which one they run. */
export function declarePolicy(definition: PolicyDefinition): PolicyDecorator {
  return (target, key) => {
    const { policies } = key === undefined ? ownService(target) : ownMethod(target, key)
    policies.push(definition)
  }
}
