import { checkPolicies, effectivePolicies, type PolicyDefinition } from '../core/policy.js'
import type { MethodSchema } from '../schema/service.js'
import { transparentRetry } from './failover.js'
import { timeout } from './timeout.js'
import { validation } from './validate.js'

/** What holds where nothing else was said. A nearer definition of the same name replaces each. */
export function defaultPolicies(method: MethodSchema): readonly PolicyDefinition[] {
  const validate = validation(method)
  return [timeout({}), transparentRetry, ...(validate === undefined ? [] : [validate])]
}

/**
 * The policies of a method as they run, outermost first: defaults, then the class's, the method's, and settings over all.
 * @throws RpcError `failed_precondition` (`policy_conflict`) where they contradict each other
 */
export function policiesOf(
  method: MethodSchema,
  ofService: readonly PolicyDefinition[],
  settings: readonly PolicyDefinition[] = [],
): PolicyDefinition[] {
  const levels = effectivePolicies(defaultPolicies(method), ofService, method.policies, settings)
  // One without stages is there to take the place of another.
  const effective = levels.filter(definition => definition.stages.length > 0)
  checkPolicies(method, effective)
  return effective
}
