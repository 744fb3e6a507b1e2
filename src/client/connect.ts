import type { BalancerFactory, Random } from '../balancers/balancer.js'
import { builtInBalancers } from '../balancers/built-in.js'
import type { Codec } from '../codecs/codec.js'
import type { ConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import type { CallObserver } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import { guardedReport, oncePerMinute } from '../core/default-report.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { enableFlow } from '../core/flow.js'
import type { LimitOptions } from '../core/limits.js'
import { notAClass } from '../core/not-a-class.js'
import { Observers } from '../core/observers.js'
import { checkOptionNames } from '../core/option-names.js'
import { emitWarning } from '../core/platform.js'
import type { PolicyDefinition } from '../core/policy.js'
import { limitsOf } from '../core/read-limits.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { serviceOf } from '../decorators/read-service.js'
import { policiesGivenTo } from '../policies/built-in.js'
import type { Protocol } from '../protocols/protocol.js'
import { builtInResolvers } from '../resolvers/built-in.js'
import type { Resolver, ResolverTarget } from '../resolvers/resolver.js'
import type { ServiceSchema } from '../schema/service.js'
import type { Class } from '../schema/type.js'
import { CallHistory } from '../telemetry/call-history.js'
import { type CallLogOptions, callLog, type Logger } from '../telemetry/call-log.js'
import { longestDelay } from './backoff.js'
import { bindMethods } from './bind-methods.js'
import type { BoundMethod } from './bound-method.js'
import { carriedPart, type NotCarried, notCarried } from './carried.js'
import { Channel } from './channel.js'
import type { ChannelSettings } from './channel-settings.js'
import { type ChosenProtocol, checkOptions, checkSecure, codecOf, protocolOf, withPath } from './chosen-protocol.js'
import type { ExplainOptions } from './explain.js'
import { healthService } from './health-watch.js'
import { type KeepaliveOptions, keepaliveOf } from './keepalive.js'
import { connectOptionNames } from './option-names.js'
import { OutlierEjection, type OutlierEjectionOptions } from './outlier-ejection.js'
import { createProxy, withCall } from './proxy.js'
import type { ResolutionSource } from './resolution.js'
import { parseTarget, type Target, type TargetObject, uriOf } from './target.js'

/** Options of `connect`. */
export interface ConnectOptions {
  /**
   * Call and attempt policies of every method, such as `retry(...)`. They replace those of the same name that the class declares. Default:
   * none.
   */
  readonly policies?: readonly PolicyDefinition[]
  /** Policies as data: a service config, or a source of one that is followed. They win over all others. Default: none. */
  readonly config?: ServiceConfig | ConfigSource
  /** Replaces some of the limits. Default: `defaultLimits` (docs/reference/limits.md). */
  readonly limits?: LimitOptions
  /** The time in which a connection must be established, TLS included; default 5 s. */
  readonly connectTimeout?: Duration
  /** PINGs that look for a dead connection, on gRPC. Default: only after a call that ended without a sign of life. */
  readonly keepalive?: KeepaliveOptions
  /** The longest wait before a failed endpoint is dialled again, ±20 %. The wait starts at 1 s and grows. Default 2 min. */
  readonly maxReconnectDelay?: Duration
  /** Connects to every endpoint at once, instead of when it is first picked; default false. */
  readonly eager?: boolean
  /** The client's zone: endpoints in it are preferred as long as at least half of them are usable. Default: none. */
  readonly zone?: string
  /** The number of endpoints to use of a large set. Each client chooses at random. Default: all of them. */
  readonly subset?: number
  /** Ejects endpoints that fail too many calls for a while; `false` switches it off. Default: on, with its defaults. */
  readonly outlierEjection?: OutlierEjectionOptions | false
  /**
   * Watches gRPC's health service on every connection and leaves out servers that do not serve: `true` for the server as a whole, or the
   * name of a service. For protocols that carry streams. Default false.
   */
  readonly health?: boolean | string
  /**
   * Fails at start-up if the protocol cannot carry one of the methods, such as a stream over Thrift. Default false: the other methods work,
   * and a call of that one fails with `not_carried`.
   */
  readonly strict?: boolean
  /** Custom protocols, which a target can name. Default: none. */
  readonly protocols?: readonly Protocol[]
  /** Custom codecs, which a target can name. Default: none. */
  readonly codecs?: readonly Codec[]
  /** Custom resolvers, which a target can name. Default: none. */
  readonly resolvers?: readonly Resolver[]
  /** Custom balancers by name, for `@Balanced` and configurations. Default: none. */
  readonly balancers?: Readonly<Record<string, BalancerFactory>>
  /** Gets a line for each call, with its code, duration and endpoint: pino or console. Default: none. */
  readonly log?: Logger | CallLogOptions
  /** See every call, such as `openTelemetry()`. Default: none, and calls run no code for them. */
  readonly observers?: readonly CallObserver[]
  /** The source of time, for tests. Default: the system's clock. */
  readonly clock?: Clock
  /** The source of random numbers from 0 up to but not including 1, for tests. Default: `Math.random`. */
  readonly random?: Random
  /** Receives errors that belong to no call, such as a resolver's. Default: emits a process warning, for each distinct problem
   * at most once a minute. */
  readonly report?: (error: unknown) => void
}

/**
 * Creates a client of a service: an object whose methods are calls.
 *
 * A target is `protocol[+resolver]://host:port[,host:port...][?codec=...]`, or an object. The first call opens the connection, or `eager:
 * true` opens it at once. Close it with `disconnect(client)` or `await using`.
 *
 * @example
 * const hello = connect(Hello, 'grpc://10.0.0.1:50051,10.0.0.2:50051')
 * const reply = await hello.sayHello({ name: 'World' })
 *
 * @throws RpcError `failed_precondition` if the target, a type, a policy or an option is invalid, or the protocol can carry no method of
 *   the service
 * @see docs/guide/clients-and-injection.md#targets
 */
export function connect<T extends object>(
  service: Class<T>,
  target: Target,
  options: ConnectOptions = {},
): T & AsyncDisposable {
  if (typeof service !== 'function') throw notAClass('connect', service)
  return connectAll([service], target, options).get(service) as T & AsyncDisposable
}

/** Creates clients of several services over one channel. A schema can have fewer methods than its class. */
export function connectAll(
  services: readonly (Class<object> | ServiceSchema)[],
  target: Target,
  options: ConnectOptions = {},
): ReadonlyMap<Class<object>, object> {
  checkOptionNames<ConnectOptions>('connect', options, connectOptionNames)
  const schemas = services.map(one => (typeof one === 'function' ? serviceOf(one) : one))
  const policies = policiesGivenTo('connect', options.policies)
  const { channel, refused } = openChannel(schemas, parseTarget(target), options)
  const settings = {
    channel,
    refused,
    policies,
    balancers: balancersOf(options),
    config: options.config,
  }
  try {
    const methods = bindMethods(schemas, settings)
    const clients = new Map(
      schemas.map(schema => [
        schema.class as Class<object>,
        createProxy(schema, methods.get(schema) as BoundMethod[], channel),
      ]),
    )
    for (const observer of options.observers ?? [])
      if (observer instanceof CallHistory) channel.onClose(observer.addClients([...clients.values()]))
    return clients
  } catch (error) {
    void channel.close()
    throw error
  }
}

interface OpenChannel {
  readonly channel: Channel
  readonly refused: NotCarried
}

function openChannel(schemas: readonly ServiceSchema[], target: TargetObject, options: ConnectOptions): OpenChannel {
  const chosen = protocolOf(target, options)
  const { protocol, secure } = chosen
  const resolver = resolverOf(target.resolver ?? 'static', options)
  const settings = withPath(chosen, target, resolver)
  checkSecure(protocol, secure)
  checkOptions(settings, protocol)
  const codec = codecOf(target.codec ?? protocol.defaultCodec, protocol, options)
  const refused = notCarried(schemas, { protocol, codec }, options.strict ?? false)
  const clock = options.clock ?? systemClock
  const source = sourceOf(target, resolver, chosen)
  const health = healthOf(options, clock)
  const report = guardedReport(options.report, warn)
  const observer = Observers.of(observersOf(options), report)
  const carried = schemas.map(schema => carriedPart(schema, refused))
  const dialer = protocol.bind(health === undefined ? carried : [...carried, healthService()], {
    codec,
    options: settings,
    limits: limitsOf(options.limits, 'connect'),
    clock,
    connectTimeout: connectTimeoutOf(options),
    keepalive: keepaliveOf(options.keepalive ?? {}),
    ...(secure ? { tls: target.tls ?? {} } : {}),
  })
  if (observer?.needsHeaders && dialer.carriesHeaders === false)
    report(
      `connect: ${protocol.name} carries no headers over this transport, so traces end here; see docs/guide/observability.md`,
    )
  enableFlow()
  const channel = new Channel({
    source,
    dialer,
    protocol: protocol.name,
    uri: uriOf(target),
    clock,
    random: options.random ?? Math.random,
    maxReconnectDelay: maxReconnectDelayOf(options),
    eager: options.eager ?? false,
    zone: options.zone,
    subset: subsetOf(options),
    health,
    ejection: options.outlierEjection === false ? undefined : new OutlierEjection(options.outlierEjection),
    given: given(options),
    secure,
    observer,
    report,
  })
  return { channel, refused }
}

function given({ policies, config, balancers }: ConnectOptions): ExplainOptions {
  return {
    ...(policies !== undefined && { policies }),
    ...(config !== undefined && { config }),
    ...(balancers !== undefined && { balancers }),
  }
}

function observersOf({ observers = [], log }: ConnectOptions): readonly CallObserver[] {
  return log === undefined ? observers : [...observers, callLog(log)]
}

function connectTimeoutOf({ connectTimeout = 5000 }: ConnectOptions): number {
  const timeout = toMilliseconds(connectTimeout, 'connectTimeout')
  if (timeout > 0) return timeout
  throw misuse('invalid_duration', `connectTimeout must be above 0, got ${timeout} ms`)
}

function maxReconnectDelayOf({ maxReconnectDelay = longestDelay }: ConnectOptions): number {
  const longest = toMilliseconds(maxReconnectDelay, 'maxReconnectDelay')
  if (longest > 0 && longest < Number.POSITIVE_INFINITY) return longest
  throw misuse('invalid_duration', `maxReconnectDelay must be above 0 and finite, got ${longest} ms`)
}

function subsetOf({ subset, random = Math.random }: ConnectOptions): ChannelSettings['subset'] {
  if (subset === undefined) return undefined
  if (!Number.isInteger(subset) || subset < 1)
    throw misuse('invalid_policy', `subset must be an integer of at least 1, got ${subset}`)
  return { size: subset, seed: Math.floor(random() * 2 ** 32) }
}

function healthOf({ health = false, random = Math.random }: ConnectOptions, clock: Clock): ChannelSettings['health'] {
  if (health === false) return undefined
  return { service: health === true ? '' : health, clock, random }
}

const warn = /* @__PURE__ */ oncePerMinute(emitWarning)

function balancersOf(options: ConnectOptions): ReadonlyMap<string, BalancerFactory> {
  return new Map([...builtInBalancers, ...Object.entries(options.balancers ?? {})])
}

function sourceOf(target: TargetObject, resolver: Resolver, { protocol, secure }: ChosenProtocol): ResolutionSource {
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
  const candidates = [...(options.resolvers ?? []), ...builtInResolvers]
  const resolver = candidates.find(one => one.name === choice)
  if (resolver !== undefined) return resolver
  throw misuse(
    'unknown_resolver',
    `target: there is no resolver ${JSON.stringify(choice)}; it can be ${candidates.map(one => one.name).join(', ')}`,
  )
}
