import { defaultBalancer } from '../balancers/built-in.js'
import type { PolicyDefinition } from '../core/policy.js'
import { type ThrottleSettings, throttling } from '../policies/attempts/retry-throttle.js'
import { balanced } from '../policies/balanced.js'
import type { ServiceSchema } from '../schema/service.js'
import { checkKeys, invalid, isObject, policiesOfEntry, unusedOf } from './config-policies.js'
import { misspelt } from './misspelt.js'
import type { MethodConfig, ServiceConfig } from './service-config.js'

/** A configuration that was read completely. */
export interface PolicyConfig {
  /** The policies that replace all other declarations of the method. */
  policiesFor(service: string, method: string): MethodPolicies
  /** Applies to every service; the defaults if the configuration does not set it. */
  readonly throttle: ThrottleSettings | undefined
  /** Keys of gRPC's that are accepted and have no effect. */
  readonly unused: readonly string[]
}

export interface MethodPolicies {
  readonly definitions: readonly PolicyDefinition[]
  /** Equal for equal configurations. */
  readonly key: string
}

export interface ReadOptions {
  readonly services: readonly ServiceSchema[]
  /** Names of balancers; empty in a server, which has none. */
  readonly balancers: readonly string[]
}

const keys = ['methodConfig', 'retryThrottling', 'loadBalancingConfig', 'loadBalancingPolicy', 'healthCheckConfig']

/** @throws RpcError `failed_precondition` if anything in it is wrong; none of it applies then */
export function readConfig(value: unknown, options: ReadOptions): PolicyConfig {
  checkKeys(value, keys, 'at the top')
  const config = value as ServiceConfig
  if (config.methodConfig !== undefined && !Array.isArray(config.methodConfig))
    throw invalid('methodConfig', 'must be a list')
  const throttle = throttleSettingsOf(config)
  const common = [...(throttle === undefined ? [] : [throttling(throttle)]), ...balancerOf(config, options.balancers)]
  const entries = new Map<string, MethodPolicies>()
  const unused = [...('healthCheckConfig' in config ? ['healthCheckConfig'] : []), ...balancerSettingsOf(config)]
  for (const [n, entry] of (config.methodConfig ?? []).entries()) {
    const where = `methodConfig[${n}]`
    const definitions = policiesOfEntry(entry, where)
    unused.push(...unusedOf(entry).map(key => `${where}.${key}`))
    const policies = {
      definitions: [...common, ...definitions],
      key: JSON.stringify([common.map(one => one.summary), entry]),
    }
    for (const name of namesOf(entry, where, options.services)) {
      if (entries.has(name))
        throw invalid(where, `a second entry for ${name === '' ? 'all methods' : name}; leave out one of them`)
      entries.set(name, policies)
    }
  }
  checkServices(entries.keys(), options.services)
  const others = { definitions: common, key: JSON.stringify(common.map(one => one.summary)) }
  return {
    unused,
    throttle,
    policiesFor: (service, method) =>
      entries.get(`${service}/${method}`) ?? entries.get(service) ?? entries.get('') ?? others,
  }
}

/** `service/method`, `service`, or '' for all methods. A method of a known service must exist. */
function namesOf(entry: MethodConfig, where: string, services: readonly ServiceSchema[]): string[] {
  if (!Array.isArray(entry.name)) throw invalid(where, 'name must be a list of { service, method }')
  return entry.name.map((name: { service?: string; method?: string }) => {
    checkKeys(name, ['service', 'method'], `${where}.name`)
    const { service = '', method = '' } = name
    if (service === '' && method !== '') throw invalid(where, `the method ${JSON.stringify(method)} needs its service`)
    const schema = services.find(one => one.name === service)
    if (method === '') return service
    if (schema !== undefined && !schema.methods.some(one => one.name === method))
      throw invalid(
        where,
        `${service} has no method ${JSON.stringify(method)}; it has ${schema.methods.map(one => one.name).join(', ')}`,
      )
    return `${service}/${method}`
  })
}

/** A configuration may be shared, so it may name services that are not here. A name that is nearly one of those that are is a mistake. */
function checkServices(names: Iterable<string>, services: readonly ServiceSchema[]): void {
  const named = new Set([...names].map(name => name.replace(/\/.*/, '')))
  const ours = services.map(service => service.name)
  // A service that has its own entry is not the one that another entry misspells.
  const missed = ours.filter(name => !named.has(name))
  for (const name of named) {
    const meant = name === '' || ours.includes(name) ? undefined : missed.find(one => misspelt(name, one))
    if (meant !== undefined)
      throw invalid('methodConfig', `there is no service ${JSON.stringify(name)}; write ${JSON.stringify(meant)}`)
  }
}

function throttleSettingsOf({ retryThrottling }: ServiceConfig): ThrottleSettings | undefined {
  if (retryThrottling === undefined) return undefined
  checkKeys(retryThrottling, ['maxTokens', 'tokenRatio'], 'retryThrottling')
  const { maxTokens, tokenRatio } = retryThrottling
  if (!(maxTokens > 0 && maxTokens <= 1000 && tokenRatio > 0))
    throw invalid('retryThrottling', 'write maxTokens above 0 up to 1000, and tokenRatio above 0')
  return { maxTokens, tokenRatio }
}

function balancerOf(config: ServiceConfig, balancers: readonly string[]): PolicyDefinition[] {
  const { loadBalancingConfig, loadBalancingPolicy } = config
  if (balancers.length === 0 || (loadBalancingConfig === undefined && loadBalancingPolicy === undefined)) return []
  if (loadBalancingConfig !== undefined && !(Array.isArray(loadBalancingConfig) && loadBalancingConfig.every(isObject)))
    throw invalid('loadBalancingConfig', 'must be a list of objects with one key, the name of a balancer')
  if (loadBalancingPolicy !== undefined && typeof loadBalancingPolicy !== 'string')
    throw invalid('loadBalancingPolicy', 'must be the name of a balancer')
  const requested = loadBalancingConfig?.flatMap(one => Object.keys(one)) ?? [loadBalancingPolicy ?? '']
  const ours = requested.map(name =>
    name
      .toLowerCase()
      .replace(/_experimental$/, '')
      .replaceAll('_', '-'),
  )
  const renamed = ours.map(name => (name === 'least-request' ? 'least-connections' : name))
  // If only gRPC's default is left, polywire's default replaces it: polywire has no balancer that stays with one endpoint.
  const found =
    renamed.find(name => balancers.includes(name)) ?? (renamed.includes('pick-first') ? defaultBalancer : undefined)
  if (found === undefined)
    throw invalid(
      'loadBalancingConfig',
      `none of ${requested.join(', ')} is a balancer; write one of ${balancers.join(', ')}`,
    )
  return [balanced(found)]
}

/** Settings of balancers, which have no effect: balancers are set in code, as `balanced(weightedRoundRobin({ ... }))`. */
function balancerSettingsOf({ loadBalancingConfig }: ServiceConfig): string[] {
  if (!Array.isArray(loadBalancingConfig)) return []
  return loadBalancingConfig.flatMap(one =>
    Object.entries(isObject(one) ? one : {}).flatMap(([name, settings]) =>
      Object.keys(isObject(settings) ? settings : {}).map(key => `loadBalancingConfig.${name}.${key}`),
    ),
  )
}
