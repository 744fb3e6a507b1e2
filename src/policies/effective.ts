import { checkPolicies, effectivePolicies, type PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { alternativesOf } from './order.js'

interface Declared {
  readonly method: MethodSchema
  readonly ofService: readonly PolicyDefinition[]
  /** They win over what the class and the method declare. */
  readonly settings: readonly PolicyDefinition[]
}

/**
 * The policies of a method, in no particular order: defaults, then the class's, the method's, and settings over all.
 * @throws RpcError `failed_precondition` (`policy_conflict`) if they contradict each other
 */
export function policiesOver(
  defaults: readonly PolicyDefinition[],
  { method, ofService, settings }: Declared,
): PolicyDefinition[] {
  // A definition without stages removes another, so that the default applies again.
  const declared = effectivePolicies(ofService, method.policies, settings).filter(({ stages }) => stages.length > 0)
  const effective = effectivePolicies(defaults, declared)
  checkAlternatives(method, effective)
  checkPolicies(method, effective)
  return effective
}

function checkAlternatives({ path }: MethodSchema, definitions: readonly PolicyDefinition[]): void {
  const names = definitions.map(({ name }) => name)
  for (const name of names) {
    const other = alternativesOf(name).find(one => names.includes(one))
    if (other === undefined) continue
    throw misuse('policy_conflict', `${path}: ${name} and ${other} on one method; choose one of them`)
  }
}
