import { checkPolicies, effectivePolicies, type PolicyDefinition, type Stage } from '../core/policy.js'
import { serviceOf } from '../decorators/read-service.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { transparentRetry } from './failover.js'
import { timeout } from './timeout.js'

/** What holds where nothing else was said. A nearer definition of the same name replaces each. */
export function defaultPolicies(): readonly PolicyDefinition[] {
  return [timeout({}), transparentRetry]
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
  const effective = effectivePolicies(defaultPolicies(), ofService, method.policies, settings)
  checkPolicies(method, effective)
  return effective
}

/**
 * The effective chain of each method in plain text: the order in which policies run, how many attempts one call can become, and the longest
 * it can take.
 *
 *     console.log(explain(Hello))
 */
export function explain(service: Class, settings: readonly PolicyDefinition[] = []): string {
  const schema = serviceOf(service)
  const lines = [`${schema.name}`]
  for (const method of schema.methods) {
    const effective = policiesOf(method, schema.policies, settings)
    lines.push(`  ${method.name} (${method.kind.replace('_', ' ')}, ${describeIdempotency(method)})`)
    for (const stage of ['call', 'attempt', 'handler'] as const)
      lines.push(`    ${stage.padEnd(8)}${chain(effective, stage)}`)
    lines.push(`    worst   ${worst(effective)}`)
  }
  return lines.join('\n')
}

function describeIdempotency(method: MethodSchema): string {
  return method.idempotency === 'unknown' ? 'not idempotent: retries only what reached no handler' : method.idempotency
}

function chain(effective: readonly PolicyDefinition[], stage: Stage): string {
  const names = effective.filter(definition => definition.stages.includes(stage)).map(definition => definition.summary)
  return names.length === 0 ? '-' : names.join(' > ')
}

function worst(effective: readonly PolicyDefinition[]): string {
  const attempts = effective.reduce((product, definition) => product * (definition.attempts ?? 1), 1)
  const bounds = effective.find(definition => definition.name === 'timeout')?.bounds
  const waits = effective.reduce((sum, definition) => sum + (definition.waits ?? 0), 0)
  const byTries = bounds?.perTry === undefined ? Number.POSITIVE_INFINITY : attempts * bounds.perTry + waits
  const longest = Math.min(bounds?.total ?? Number.POSITIVE_INFINITY, byTries)
  return `${longest} ms, ${attempts} attempt${attempts === 1 ? '' : 's'}`
}
