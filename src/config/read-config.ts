import { balanced } from '../balancers/balanced.js'
import { defaultBalancer } from '../balancers/built-in.js'
import type { PolicyDefinition } from '../core/policy.js'
import { defaultThrottle, type ThrottleSettings, throttling } from '../policies/attempts/retry-throttle.js'
import type { ServiceSchema } from '../schema/service.js'
import { checkKeys, invalid, isObject, policiesOfEntry, unusedOf } from './config-policies.js'
import type { MethodConfig, ServiceConfig } from './service-config.js'

/** A configuration that was read whole. */
export interface PolicyConfig {
  /** What wins over whatever else was said of the method. */
  policiesFor(service: string, method: string): MethodPolicies
  /** For every service; the defaults where it says nothing. */
  readonly throttle: ThrottleSettings
  /** What is accepted, as gRPC has it, and without effect. */
  readonly unused: readonly string[]
}

export interface MethodPolicies {
  readonly definitions: readonly PolicyDefinition[]
  /** Equal for equal configurations. */
  readonly key: string
}

export interface ReadOptions {
  readonly services: readonly ServiceSchema[]
  /** Names of balancers; empty at a server, which has none. */
  readonly balancers: readonly string[]
}

const keys = ['methodConfig', 'retryThrottling', 'loadBalancingConfig', 'loadBalancingPolicy', 'healthCheckConfig']

/** @throws RpcError `failed_precondition` for whatever is wrong with it; then nothing of it holds */
export function readConfig(value: unknown, options: ReadOptions): PolicyConfig {
  checkKeys(value, keys, 'at its top')
  const config = value as ServiceConfig
  if (config.methodConfig !== undefined && !Array.isArray(config.methodConfig))
    throw invalid('methodConfig', 'it is a list')
  const throttle = throttleSettingsOf(config)
  const common = [throttling(throttle), ...balancerOf(config, options.balancers)]
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
      if (entries.has(name)) throw invalid(where, `${name === '' ? 'the entry for all' : name} is there already`)
      entries.set(name, policies)
    }
  }
  const others = { definitions: common, key: JSON.stringify(common.map(one => one.summary)) }
  return {
    unused,
    throttle,
    policiesFor: (service, method) =>
      entries.get(`${service}/${method}`) ?? entries.get(service) ?? entries.get('') ?? others,
  }
}

/** `service/method`, `service`, or nothing for all. Of a service that is there the method must be too. */
function namesOf(entry: MethodConfig, where: string, services: readonly ServiceSchema[]): string[] {
  if (!Array.isArray(entry.name)) throw invalid(where, 'name is a list of { service, method }')
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

function throttleSettingsOf({ retryThrottling }: ServiceConfig): ThrottleSettings {
  if (retryThrottling === undefined) return defaultThrottle
  checkKeys(retryThrottling, ['maxTokens', 'tokenRatio'], 'retryThrottling')
  const { maxTokens, tokenRatio } = retryThrottling
  if (!(maxTokens > 0 && maxTokens <= 1000 && tokenRatio > 0))
    throw invalid('retryThrottling', 'write maxTokens above 0 up to 1000, and tokenRatio above 0')
  return { maxTokens, tokenRatio }
}

function balancerOf(config: ServiceConfig, known: readonly string[]): PolicyDefinition[] {
  const { loadBalancingConfig, loadBalancingPolicy } = config
  if (known.length === 0 || (loadBalancingConfig === undefined && loadBalancingPolicy === undefined)) return []
  if (loadBalancingConfig !== undefined && !(Array.isArray(loadBalancingConfig) && loadBalancingConfig.every(isObject)))
    throw invalid('loadBalancingConfig', 'it is a list of objects with one key, the name of a balancer')
  if (loadBalancingPolicy !== undefined && typeof loadBalancingPolicy !== 'string')
    throw invalid('loadBalancingPolicy', 'it is the name of a balancer')
  const wanted = loadBalancingConfig?.flatMap(one => Object.keys(one)) ?? [loadBalancingPolicy ?? '']
  const ours = wanted.map(name =>
    name
      .toLowerCase()
      .replace(/_experimental$/, '')
      .replaceAll('_', '-'),
  )
  const renamed = ours.map(name => (name === 'least-request' ? 'least-connections' : name))
  // Where nothing but gRPC's default is left, ours is what is nearest to it: no balancer stays with one endpoint while that one answers.
  const found =
    renamed.find(name => known.includes(name)) ?? (renamed.includes('pick-first') ? defaultBalancer : undefined)
  if (found === undefined)
    throw invalid('loadBalancingConfig', `none of ${wanted.join(', ')} is known; known: ${known.join(', ')}`)
  return [balanced(found)]
}

/** Balancers take their settings in code, as `balanced(weightedRoundRobin({ ... }))`. */
function balancerSettingsOf({ loadBalancingConfig }: ServiceConfig): string[] {
  if (!Array.isArray(loadBalancingConfig)) return []
  return loadBalancingConfig.flatMap(one =>
    Object.entries(isObject(one) ? one : {}).flatMap(([name, settings]) =>
      Object.keys(isObject(settings) ? settings : {}).map(key => `loadBalancingConfig.${name}.${key}`),
    ),
  )
}
