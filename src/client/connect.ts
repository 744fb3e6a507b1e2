import type { BalancerFactory, Random } from '../balancers/balancer.js'
import { builtInBalancers } from '../balancers/built-in.js'
import { builtInCodecs } from '../codecs/built-in.js'
import type { Codec } from '../codecs/codec.js'
import type { ConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import type { Clock } from '../core/clock.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { enableFlow } from '../core/flow.js'
import { type LimitOptions, limitsOf } from '../core/limits.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { serviceOf } from '../decorators/read-service.js'
import { policiesGivenTo } from '../policies/built-in.js'
import { builtInProtocols } from '../protocols/built-in.js'
import type { Protocol } from '../protocols/protocol.js'
import { builtInResolvers } from '../resolvers/built-in.js'
import type { Resolver, ResolverTarget } from '../resolvers/resolver.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { longestDelay } from './backoff.js'
import { bindMethods } from './bind-methods.js'
import type { BoundMethod } from './bound-method.js'
import { Channel, type ChannelSettings } from './channel.js'
import { healthService } from './health-watch.js'
import { OutlierEjection, type OutlierEjectionOptions } from './outlier-ejection.js'
import { createProxy, withCall } from './proxy.js'
import type { ResolutionSource } from './resolution.js'
import { parseTarget, type Target, type TargetObject } from './target.js'

export interface ConnectOptions {
  /** Call and attempt policies of every method, such as `retry(...)`. They replace those of the same name that the class declares. Default: none. */
  readonly policies?: readonly PolicyDefinition[]
  /** They win over all that is declared or given: gRPC's service config, ours beside it, or a source of them that is followed. */
  readonly config?: ServiceConfig | ConfigSource
  readonly limits?: LimitOptions
  /** Until a connection must stand; default 5 s. */
  readonly connectTimeout?: Duration
  /** Longest wait between two attempts to reach an endpoint, give or take a fifth; it grows up to there from 1 s. Default 2 min. */
  readonly maxReconnectDelay?: Duration
  /** Dial every endpoint at once and not when it is first picked; default false. */
  readonly eager?: boolean
  /** The caller's own zone: endpoints in it are preferred while at least half of them are up. */
  readonly zone?: string
  /** Endpoints to use of a large set, chosen differently by each client; default: all of them. */
  readonly subset?: number
  /** Leaves out nodes that answer badly; on by default, `false` switches it off. */
  readonly outlierEjection?: OutlierEjectionOptions | false
  /**
   * Watches `grpc.health.v1.Health` on every connection, of the server as a whole (`true`) or of the service of that name, and leaves out the
   * servers that say they do not serve; default false. Over protocols that carry streams.
   */
  readonly health?: boolean | string
  /** Protocols, codecs, resolvers and balancers of one's own, beside the built-in ones. */
  readonly protocols?: readonly Protocol[]
  readonly codecs?: readonly Codec[]
  readonly resolvers?: readonly Resolver[]
  readonly balancers?: Readonly<Record<string, BalancerFactory>>
  /** For tests. */
  readonly clock?: Clock
  readonly random?: Random
  /** Told of what goes wrong outside of any call; default: a process warning. */
  readonly report?: (error: unknown) => void
}

/**
 * A remote of the service: an object with its methods, each of which is a call. It dials when it is first called.
 *
 *     const hello = connect(Hello, 'http://10.0.0.1:8080,10.0.0.2:8080')
 *     await hello.sayHello({ name: 'World' })
 *
 * Close it with `disconnect(hello)` or `await using`.
 * @throws RpcError `failed_precondition` for whatever can be known to be wrong before the first call
 */
export function connect<T extends object>(
  service: Class<T>,
  target: Target,
  options: ConnectOptions = {},
): T & AsyncDisposable {
  return connectAll([service], target, options).get(service) as T & AsyncDisposable
}

/** Remotes of several services over one channel. */
export function connectAll(
  services: readonly Class<object>[],
  target: Target,
  options: ConnectOptions = {},
): ReadonlyMap<Class<object>, object> {
  const schemas = services.map(service => serviceOf(service))
  const policies = policiesGivenTo('connect', options.policies)
  const channel = openChannel(schemas, parseTarget(target), options)
  const settings = {
    channel,
    policies,
    balancers: balancersOf(options),
    config: options.config,
  }
  try {
    const methods = bindMethods(schemas, settings)
    return new Map(
      schemas.map(schema => [
        schema.class as Class<object>,
        createProxy(schema, methods.get(schema) as BoundMethod[], channel),
      ]),
    )
  } catch (error) {
    void channel.close()
    throw error
  }
}

function openChannel(schemas: readonly ServiceSchema[], target: TargetObject, options: ConnectOptions): Channel {
  const { protocol, secure } = protocolOf(target, options)
  checkSecure(protocol, secure)
  checkOptions(target.options ?? {}, protocol)
  const codec = codecOf(target.codec ?? protocol.defaultCodec, protocol, options)
  for (const schema of schemas) checkCarried(schema, protocol, codec)
  const clock = options.clock ?? systemClock
  const source = sourceOf(target, protocol, secure, options)
  const health = healthOf(options, clock)
  const dialer = protocol.bind(health === undefined ? schemas : [...schemas, healthService()], {
    codec,
    options: target.options,
    limits: limitsOf(options.limits, 'connect'),
    clock,
    connectTimeout: connectTimeoutOf(options),
    ...(secure ? { tls: target.tls ?? {} } : {}),
  })
  enableFlow()
  return new Channel({
    source,
    dialer,
    clock,
    random: options.random ?? Math.random,
    maxReconnectDelay: maxReconnectDelayOf(options),
    eager: options.eager ?? false,
    zone: options.zone,
    subset: subsetOf(options),
    health,
    ejection: options.outlierEjection === false ? undefined : new OutlierEjection(options.outlierEjection),
    report: options.report ?? warn,
  })
}

function connectTimeoutOf({ connectTimeout = 5000 }: ConnectOptions): number {
  const timeout = toMilliseconds(connectTimeout, 'connectTimeout')
  if (timeout > 0) return timeout
  throw misuse('invalid_duration', `connectTimeout: no connection stands within ${timeout} ms; write a time above 0`)
}

function maxReconnectDelayOf({ maxReconnectDelay = longestDelay }: ConnectOptions): number {
  const longest = toMilliseconds(maxReconnectDelay, 'maxReconnectDelay')
  if (longest > 0 && longest < Number.POSITIVE_INFINITY) return longest
  throw misuse('invalid_duration', `maxReconnectDelay: ${longest} ms; write a time above 0 that ends`)
}

function subsetOf({ subset, random = Math.random }: ConnectOptions): ChannelSettings['subset'] {
  if (subset === undefined) return undefined
  if (!Number.isInteger(subset) || subset < 1)
    throw misuse('invalid_policy', `subset: ${subset} is no number of endpoints; write a whole number from 1`)
  return { size: subset, seed: Math.floor(random() * 2 ** 32) }
}

function healthOf({ health = false, random = Math.random }: ConnectOptions, clock: Clock): ChannelSettings['health'] {
  if (health === false) return undefined
  return { service: health === true ? '' : health, clock, random }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error.message : String(error), 'PolywireWarning')
}

function protocolOf(target: TargetObject, options: ConnectOptions): { protocol: Protocol; secure: boolean } {
  if (typeof target.protocol !== 'string') return { protocol: target.protocol, secure: target.tls !== undefined }
  const name = target.protocol
  const known = [...(options.protocols ?? []), ...builtInProtocols]
  const protocol = known.find(one => one.name === name || one.secureName === name)
  if (protocol !== undefined) return { protocol, secure: protocol.secureName === name || target.tls !== undefined }
  const names = known.flatMap(one => (one.secureName === undefined ? [one.name] : [one.name, one.secureName]))
  throw misuse('unknown_protocol', `target: there is no protocol ${JSON.stringify(name)}; known: ${names.join(', ')}`)
}

function checkSecure(protocol: Protocol, secure: boolean): void {
  if (!secure || protocol.secureName !== undefined) return
  throw misuse('invalid_target', `target: ${protocol.name} has no TLS: leave tls out`)
}

function checkCarried(schema: ServiceSchema, protocol: Protocol, codec: Codec): void {
  for (const method of schema.methods) {
    const why = protocol.refuses(method, codec)
    if (why === undefined) continue
    throw misuse(
      'not_carried',
      `${schema.class.name}.${method.key}: ${protocol.name} cannot carry it: ${why}; connect over another protocol, or put the method into a service of its own`,
    )
  }
}

function checkOptions(options: Readonly<Record<string, string>>, protocol: Protocol): void {
  const known = protocol.options ?? []
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    if (name === 'codec') throw misuse('invalid_target', 'target: codec stands in options; write it beside them')
    throw misuse(
      'invalid_target',
      `target: ${protocol.name} has an unknown setting ${name.slice(0, 40)}; known: ${['codec', ...known].join(', ')}`,
    )
  }
}

function codecOf(choice: string | Codec, protocol: Protocol, options: ConnectOptions): Codec {
  if (typeof choice !== 'string') return choice
  const all = [...(options.codecs ?? []), ...builtInCodecs].map((codec): [string, Codec] => [codec.name, codec])
  const known = protocol.codecs === undefined ? all : Object.entries(protocol.codecs)
  const codec = known.find(([name]) => name === choice)?.[1]
  if (codec !== undefined) return codec
  throw misuse(
    'unknown_codec',
    `target: there is no codec ${JSON.stringify(choice)}; known: ${known.map(([name]) => name).join(', ')}`,
  )
}

function balancersOf(options: ConnectOptions): ReadonlyMap<string, BalancerFactory> {
  return new Map([...builtInBalancers, ...Object.entries(options.balancers ?? {})])
}

function sourceOf(
  target: TargetObject,
  protocol: Protocol,
  secure: boolean,
  options: ConnectOptions,
): ResolutionSource {
  const resolver = resolverOf(target.resolver ?? 'static', options)
  const endpoints = target.endpoints?.map(one => (typeof one === 'string' ? { address: one } : one))
  const resolverTarget: ResolverTarget = {
    authority: target.authority ?? '',
    path: target.path ?? '',
    endpoints,
    defaultPort: (secure ? protocol.secureDefaultPort : undefined) ?? protocol.defaultPort,
  }
  resolver.check?.(resolverTarget)
  const connectUntil: ResolutionSource['connect'] = (service, registry, signal) =>
    withCall(connect(service, registry), { signal })
  return { resolver, target: resolverTarget, connect: connectUntil }
}

function resolverOf(choice: string | Resolver, options: ConnectOptions): Resolver {
  if (typeof choice !== 'string') return choice
  const known = [...(options.resolvers ?? []), ...builtInResolvers]
  const resolver = known.find(one => one.name === choice)
  if (resolver !== undefined) return resolver
  throw misuse(
    'unknown_resolver',
    `target: there is no resolver ${JSON.stringify(choice)}; known: ${known.map(one => one.name).join(', ')}`,
  )
}
