import { checkPolicies, effectivePolicies, type PolicyDefinition } from '../core/policy.js'
import type { MethodSchema } from '../schema/service.js'
import { transparentRetry } from './attempts/failover.js'
import { timeout } from './timeout.js'
import { validation } from './validate/validate.js'

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
  // One without stages is there to take the place of another, and then of that nothing is said: the default holds again.
  const said = effectivePolicies(ofService, method.policies, settings).filter(({ stages }) => stages.length > 0)
  const effective = effectivePolicies(defaultPolicies(method), said)
  checkPolicies(method, effective)
  return effective
}
