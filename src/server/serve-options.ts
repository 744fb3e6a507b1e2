import { builtInCodecs } from '../codecs/built-in.js'
import type { Codec } from '../codecs/codec.js'
import type { ConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import type { Clock } from '../core/clock.js'
import { type LimitOptions, limitsOf } from '../core/limits.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { policiesGivenTo } from '../policies/built-in.js'
import { type CompressedOptions, compressed, type EncodingName, uncompressed } from '../policies/compressed.js'
import { concurrencyLimit } from '../policies/limits/concurrency-limit.js'
import { type ReportLoadOptions, reportLoad } from '../policies/load-report/report-load.js'
import type { Protocol, ServerSettings } from '../protocols/protocol.js'
import type { Report } from './errors-for-peer.js'
import type { InstanceSource, Served } from './instances.js'
import type { KoaApp } from './koa.js'
import type { ListenerOptions } from './listener.js'
import { ServiceRouter } from './router.js'

/** What holds wherever services are served, on a port of their own or inside a Koa app. */
export interface ServingOptions {
  /** Makes the instances of classes that are bound in it. */
  readonly container?: InstanceSource
  /** Codecs of one's own, beside the built-in ones. */
  readonly codecs?: readonly Codec[]
  /** Each replaces one of the finite defaults (docs/reference/limits.md). */
  readonly limits?: LimitOptions
  /** Wins over all that is declared or given: gRPC's service config, ours beside it, or a source of them that is followed. */
  readonly config?: ServiceConfig | ConfigSource
  /**
   * How large replies are compressed for clients that take it, whatever the classes declare: `'br'`, or `{ encoding: 'br', minBytes: 4096 }`.
   * `false`: never. Default: as classes declare, else as the request was.
   */
  readonly compression?: EncodingName | ({ readonly encoding: EncodingName } & CompressedOptions) | false
  /**
   * Says with each reply how loaded this process is, for clients that balance by it (`weighted-round-robin`; gRPC's own, by gRFC A51); default
   * false. Over every protocol that carries trailers.
   */
  readonly reportLoad?: boolean | ReportLoadOptions
  /** Handler policies of every method, such as `rateLimit(...)`. They replace those of the same name that the classes declare. Default: none. */
  readonly policies?: readonly PolicyDefinition[]
  /** Told of every error that is kept from the peer, and of what should be known at start-up, as a text; default: the console. */
  readonly report?: Report
  /** For tests. */
  readonly clock?: Clock
}

export interface ServeOptions extends ServingOptions, Omit<ListenerOptions, 'port' | 'protocols'> {
  /** Default 0: any free one. `false`: no socket at all, for servers that are only reached by `memory://`. */
  readonly port?: number | false
  /** Several listeners, in place of `port`, `host`, `path`, `tls` and `plain`. */
  readonly listeners?: readonly ListenerOptions[]
  /** Also reachable in this process as `memory://<name>`. */
  readonly memory?: string
  /** Names of built-in protocols, or protocols of one's own; default: every built-in one. Each named here must carry every method. */
  readonly protocols?: readonly (string | Protocol)[]
  /** `false`: protocols offer neither health nor reflection, whatever the two options below say. Default true. */
  readonly standardServices?: boolean
  /**
   * gRPC's health service; default true. `policies` guard it as they guard your services: for load balancers and probes, which carry no
   * credentials, `{ authorize: false }` exempts it from `authorize`. The others, a rate limit say, still hold.
   */
  readonly health?: boolean | { readonly authorize: false }
  /**
   * gRPC's server reflection, by which tools learn services and messages without a file; `policies` guard it. Default: only where NODE_ENV is
   * `development`. The server tells `report` at start-up when it is on.
   */
  readonly reflection?: boolean
  /** An app of yours: its middleware runs for RPC paths too, and its routes live on the same port. */
  readonly koa?: KoaApp
}

export function settingsOf(options: ServingOptions): ServerSettings {
  return {
    limits: limitsOf(options.limits, 'serve'),
    clock: options.clock ?? systemClock,
    codecs: new Map([...builtInCodecs, ...(options.codecs ?? [])].map(codec => [codec.name, codec])),
    report: options.report ?? logToConsole,
  }
}

function compressionOf({ compression }: ServingOptions): readonly PolicyDefinition[] {
  if (compression === undefined) return []
  if (compression === false) return [uncompressed]
  if (typeof compression === 'string') return [compressed(compression)]
  const { encoding, ...rest } = compression
  return [compressed(encoding, rest)]
}

function loadReporting({ reportLoad: how = false }: ServingOptions, report: Report): readonly PolicyDefinition[] {
  return how === false ? [] : [reportLoad(how === true ? {} : how, report)]
}

/** @throws RpcError `failed_precondition` for whatever is wrong with the services or their policies */
export function routerOf(
  services: readonly Served[],
  options: ServingOptions,
  settings: ServerSettings,
): ServiceRouter {
  if (!Array.isArray(services))
    throw misuse('no_services', 'serve: its first argument is a list of services; write serve([Hello], ...)')
  const { clock, report, limits } = settings
  const concurrency = concurrencyLimit(limits.concurrency)
  const policies = [
    ...compressionOf(options),
    ...policiesGivenTo('serve', options.policies),
    ...(concurrency === undefined ? [] : [concurrency]),
    ...loadReporting(options, report),
  ]
  const { container, config } = options
  return new ServiceRouter(services, { clock, report, container, policies, config })
}

const logToConsole: Report = (error, call) => {
  console.error(call === undefined ? 'polywire:' : `polywire: ${call.method.path}:`, error)
}
