import { balanced } from '../balancers/balanced.js'
import { defaultBalancer } from '../balancers/built-in.js'
import type { PolicyDefinition, Stage } from '../core/policy.js'
import { serviceOf } from '../decorators/read-service.js'
import { policiesOf } from '../policies/effective.js'
import type { MethodSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'

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
    const effective = withBalancer(policiesOf(method, schema.policies, settings))
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

/** Where no balancer was named the channel takes its own choice. */
function withBalancer(effective: readonly PolicyDefinition[]): readonly PolicyDefinition[] {
  return effective.some(definition => definition.name === 'balanced')
    ? effective
    : [...effective, balanced(defaultBalancer)]
}
