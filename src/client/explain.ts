import type { BalancerFactory } from '../balancers/balancer.js'
import { builtInBalancers, defaultBalancer } from '../balancers/built-in.js'
import { type ConfigSource, isConfigSource } from '../config/config-source.js'
import { type PolicyConfig, readConfig } from '../config/read-config.js'
import type { ServiceConfig } from '../config/service-config.js'
import { boundsOf, type PolicyDefinition, type Stage } from '../core/policy.js'
import { serviceOf } from '../decorators/read-service.js'
import { balanced } from '../policies/balanced.js'
import { defaultPolicies, policiesOf } from '../policies/built-in.js'
import { inOrder, stages } from '../policies/order.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'

/**
 * The policies, configuration and balancers that `connect` or `serve` gets. Of a config source, `explain` reads the current configuration.
 */
export interface ExplainOptions {
  /** As `ConnectOptions.policies`. Default: none. */
  readonly policies?: readonly PolicyDefinition[]
  /** As `ConnectOptions.config`. Default: none. */
  readonly config?: ServiceConfig | ConfigSource
  /** As `ConnectOptions.balancers`. Default: none. */
  readonly balancers?: Readonly<Record<string, BalancerFactory>>
}

/** Where policies were declared; later levels replace earlier ones. */
type Level = readonly [origin: string, definitions: readonly PolicyDefinition[]]

/**
 * Describes the effective policies of each method as text: the order in which they run, where each was declared (`default`, `class`,
 * `method`, `policies` or `configuration`), how many attempts one call can become, and the longest it can take.
 *
 * @example
 * console.log(explain(Hello, { config: fileConfig('/etc/polywire/policies.json') }))
 *
 * @throws RpcError `failed_precondition` for contradictory policies and a wrong configuration, as `connect` and `serve` do
 * @see docs/guide/policies.md#what-a-method-really-does
 */
export function explain(service: Class, options: ExplainOptions = {}): string {
  const schema = serviceOf(service)
  return explainedText(schema.name, explainMethods(schema, options))
}

/** The text of `explain`. @param methods those to show */
export function explainedText(name: string, methods: readonly ExplainedMethod[]): string {
  const lines = [name]
  for (const { method, effective, stages: chains, off, worst } of methods) {
    lines.push(`  ${method.name} (${method.kind.replace('_', ' ')}, ${describeIdempotency(method, effective)})`)
    for (const stage of stages) {
      const chain = chains[stage].map(({ options, from }) => `${options} [${from}]`).join(' > ')
      if (chain !== '') lines.push(`    ${stage.padEnd(8)}${chain}`)
    }
    if (off.length > 0) lines.push(`    off     ${off.map(({ policy, from }) => `${policy} [${from}]`).join(', ')}`)
    lines.push(`    worst   ${worst.ms} ms, ${worst.attempts} attempt${worst.attempts === 1 ? '' : 's'}`)
  }
  return lines.join('\n')
}

/** A policy of a method. */
interface ExplainedPolicy {
  readonly policy: string
  /** With its options: `timeout(1000 ms)`. */
  readonly options: string
  /** Who said so: `default`, `class`, `method`, `policies` or `configuration`. */
  readonly from: string
}

/** What one call of a method can become. */
export interface ExplainedMethod {
  readonly method: MethodSchema
  readonly effective: readonly PolicyDefinition[]
  /** The policies of each stage, outermost first. */
  readonly stages: Readonly<Record<Stage, readonly ExplainedPolicy[]>>
  /** Policies that were declared and do not run, and who switched them off. */
  readonly off: readonly Pick<ExplainedPolicy, 'policy' | 'from'>[]
  /** The longest that a call can take, and the attempts that it can become. */
  readonly worst: { readonly ms: number; readonly attempts: number }
}

/** `explain` as data. @throws as `explain` */
export function explainMethods(schema: ServiceSchema, options: ExplainOptions = {}): ExplainedMethod[] {
  const config = configOf(schema, options)
  return schema.methods.map(method => {
    const configured = config?.policiesFor(schema.name, method.name).definitions ?? []
    const settings = [...(options.policies ?? []), ...configured]
    const effective = withBalancer(policiesOf(method, schema.policies, settings))
    const levels: Level[] = [
      ['default', [...defaultPolicies(method), balanced(defaultBalancer)]],
      ['class', schema.policies],
      ['method', method.policies],
      ['policies', options.policies ?? []],
      ['configuration', configured],
    ]
    const stage = (name: Stage) => chain(effective, levels, name)
    return {
      method,
      effective,
      stages: { call: stage('call'), attempt: stage('attempt'), handler: stage('handler') },
      off: switchedOff(effective, levels),
      worst: worst(effective),
    }
  })
}

function configOf(schema: ServiceSchema, { config, balancers }: ExplainOptions): PolicyConfig | undefined {
  if (config === undefined) return undefined
  const value = isConfigSource(config) ? config.current() : config
  const names = [...builtInBalancers.keys(), ...Object.keys(balancers ?? {})]
  return readConfig(value, { services: [schema], balancers: names })
}

function lastLevelOf(name: string, levels: readonly Level[]): Level | undefined {
  return levels.findLast(([, definitions]) => definitions.some(one => one.name === name))
}

/** Where a running policy comes from. If the nearest level switched it off, the default runs. */
function runsBecauseOf(name: string, levels: readonly Level[]): string {
  const [origin, definitions] = lastLevelOf(name, levels) ?? ['default', []]
  return definitions.some(one => one.name === name && one.stages.length === 0) ? 'default' : origin
}

function originOf(name: string, levels: readonly Level[]): string {
  const [origin] = lastLevelOf(name, levels) ?? ['default']
  return origin
}

/** Policies that were declared and do not run. */
function switchedOff(effective: readonly PolicyDefinition[], levels: readonly Level[]): ExplainedMethod['off'] {
  const declared = levels.flatMap(([, definitions]) => definitions).filter(({ stages }) => stages.length > 0)
  const names = new Set(declared.map(({ name }) => name))
  for (const { name } of effective) names.delete(name)
  return [...names].map(name => ({ policy: name, from: originOf(name, levels) }))
}

function describeIdempotency(method: MethodSchema, effective: readonly PolicyDefinition[]): string {
  if (method.idempotency === 'unknown' && effective.some(one => one.repeatsEveryMethod)) return 'not idempotent'
  return method.idempotency === 'unknown' ? 'not idempotent: retries only what reached no handler' : method.idempotency
}

function chain(effective: readonly PolicyDefinition[], levels: readonly Level[], stage: Stage): ExplainedPolicy[] {
  return inOrder(stage, effective).map(({ name, summary }) => ({
    policy: name,
    options: summary,
    from: runsBecauseOf(name, levels),
  }))
}

function worst(effective: readonly PolicyDefinition[]): ExplainedMethod['worst'] {
  const attempts = effective.reduce((product, definition) => product * (definition.attempts ?? 1), 1)
  const { total, perTry } = boundsOf(effective)
  const waits = effective.reduce((sum, definition) => sum + (definition.waits ?? 0), 0)
  return { ms: Math.min(total, attempts * perTry + waits), attempts }
}

/** Adds the channel's default balancer if none was chosen. */
function withBalancer(effective: readonly PolicyDefinition[]): readonly PolicyDefinition[] {
  return effective.some(definition => definition.balancer !== undefined)
    ? effective
    : [...effective, balanced(defaultBalancer)]
}
