import { balanced } from '../balancers/balanced.js'
import { builtInBalancers, defaultBalancer } from '../balancers/built-in.js'
import { isConfigSource } from '../config/config-source.js'
import { type PolicyConfig, readConfig } from '../config/read-config.js'
import type { PolicyDefinition, Stage } from '../core/policy.js'
import { serviceOf } from '../decorators/read-service.js'
import { throttling } from '../policies/attempts/retry-throttle.js'
import { defaultPolicies, policiesOf } from '../policies/built-in.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import type { ConnectOptions } from './connect.js'

/** As for `connect` and `serve`: what wins over the decorators. Of a source that is followed, what holds now. */
export type ExplainOptions = Pick<ConnectOptions, 'policies' | 'config' | 'balancers'>

/** Who said something of a policy, the last of them winning. */
type Level = readonly [origin: string, definitions: readonly PolicyDefinition[]]

/**
 * The effective chain of each method in plain text: the order in which policies run, who said so (`default`, a decorator on the `class` or the
 * `method`, `policies`, or the `configuration`), how many attempts one call can become, and the longest it can take.
 *
 *     console.log(explain(Hello, { config: fileConfig('/etc/polywire/policies.json') }))
 *
 * @throws RpcError `failed_precondition` for contradictory policies and a wrong configuration, as `connect` and `serve` do
 */
export function explain(service: Class, options: ExplainOptions = {}): string {
  const schema = serviceOf(service)
  const config = configOf(schema, options)
  const lines = [`${schema.name}`]
  for (const method of schema.methods) {
    const configured = config?.policiesFor(schema.name, method.name).definitions ?? []
    const settings = [...(options.policies ?? []), ...configured]
    const effective = withBalancer(policiesOf(method, schema.policies, settings))
    const levels: Level[] = [
      ['default', [...defaultPolicies(method), balanced(defaultBalancer)]],
      ['class', schema.policies],
      ['method', method.policies],
      ['policies', options.policies ?? []],
      ['configuration', configured.filter(isSaid)],
    ]
    lines.push(`  ${method.name} (${method.kind.replace('_', ' ')}, ${describeIdempotency(method)})`)
    for (const stage of ['call', 'attempt', 'handler'] as const)
      lines.push(`    ${stage.padEnd(8)}${chain(effective, levels, stage)}`)
    const off = switchedOff(effective, levels)
    if (off.length > 0) lines.push(`    off     ${off.join(', ')}`)
    lines.push(`    worst   ${worst(effective)}`)
  }
  return lines.join('\n')
}

function configOf(schema: ServiceSchema, { config, balancers }: ExplainOptions): PolicyConfig | undefined {
  if (config === undefined) return undefined
  const value = isConfigSource(config) ? config.current() : config
  const known = [...builtInBalancers.keys(), ...Object.keys(balancers ?? {})]
  return readConfig(value, { services: [schema], balancers: known })
}

/** A configuration that says nothing of retry throttling has the default one. */
function isSaid({ summary }: PolicyDefinition): boolean {
  return summary !== throttling().summary
}

function lastLevelOf(name: string, levels: readonly Level[]): Level | undefined {
  return levels.findLast(([, definitions]) => definitions.some(one => one.name === name))
}

/** Of a policy that runs: where it was switched off last, what runs is the default. */
function runsBecauseOf(name: string, levels: readonly Level[]): string {
  const [origin, definitions] = lastLevelOf(name, levels) ?? ['default', []]
  return definitions.some(one => one.name === name && one.stages.length === 0) ? 'default' : origin
}

function originOf(name: string, levels: readonly Level[]): string {
  const [origin] = lastLevelOf(name, levels) ?? ['default']
  return origin
}

/** What was declared and does not run. */
function switchedOff(effective: readonly PolicyDefinition[], levels: readonly Level[]): string[] {
  const declared = levels.flatMap(([, definitions]) => definitions).filter(({ stages }) => stages.length > 0)
  const names = new Set(declared.map(({ name }) => name))
  for (const { name } of effective) names.delete(name)
  return [...names].map(name => `${name} [${originOf(name, levels)}]`)
}

function describeIdempotency(method: MethodSchema): string {
  return method.idempotency === 'unknown' ? 'not idempotent: retries only what reached no handler' : method.idempotency
}

function chain(effective: readonly PolicyDefinition[], levels: readonly Level[], stage: Stage): string {
  const here = effective.filter(definition => definition.stages.includes(stage))
  if (here.length === 0) return '-'
  return here.map(({ name, summary }) => `${summary} [${runsBecauseOf(name, levels)}]`).join(' > ')
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
