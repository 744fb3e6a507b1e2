import { builtInCodecs } from '../codecs/built-in.js'
import type { Codec } from '../codecs/codec.js'
import type { ConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import { CallCount } from '../core/call-count.js'
import type { CallObserver } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import { guardedReport, oncePerMinute } from '../core/default-report.js'
import type { LimitOptions } from '../core/limits.js'
import { Observers } from '../core/observers.js'
import type { PolicyDefinition } from '../core/policy.js'
import { limitsOf } from '../core/read-limits.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { serviceOf } from '../decorators/read-service.js'
import { policiesGivenTo } from '../policies/built-in.js'
import { type CompressedOptions, compressed, type EncodingName, uncompressed } from '../policies/compressed.js'
import { concurrencyLimit } from '../policies/limits/concurrency-limit.js'
import { type ReportLoadOptions, reportLoad } from '../policies/load-report/report-load.js'
import { type CorsOptions, CorsRules } from '../protocols/cors.js'
import type { Protocol, ServerSettings } from '../protocols/protocol.js'
import type { Class } from '../schema/type.js'
import { type CallLogOptions, callLog, type Logger } from '../telemetry/call-log.js'
import type { Report } from './errors-for-peer.js'
import type { HealthCheck } from './health-checks.js'
import type { InstanceSource, Served } from './instances.js'
import type { KoaApp } from './koa.js'
import type { ListenerOptions } from './listener.js'
import type { MetricsOptions } from './metrics-page.js'
import { ServiceRouter } from './router.js'
import type { WarmUpOptions } from './warm-up.js'

/** Options of services, whether `serve` or `koaMiddleware` serves them. */
export interface ServingOptions {
  /** An inversify container that makes the instances of the classes bound in it. Default: `new` without arguments makes them. */
  readonly container?: InstanceSource
  /** Custom codecs, in addition to the built-in ones. Default: none. */
  readonly codecs?: readonly Codec[]
  /** Replaces some of the limits. Default: `defaultLimits` (docs/reference/limits.md). */
  readonly limits?: LimitOptions
  /**
   * Lets pages of other origins call from a browser: `{ origins: ['https://app.example.com'] }`. Default: only pages of this server can,
   * and each origin that tries is reported once.
   */
  readonly cors?: CorsOptions
  /** Settings of Thrift. Default: none. */
  readonly thrift?: {
    /**
     * The class that answers Thrift calls without a service name (a client without TMultiplexedProtocol) if several classes have the
     * method. Default: such calls are refused.
     */
    readonly default?: Class<object>
  }
  /** Policies as data: a service config, or a source of one that is followed. They win over all others. Default: none. */
  readonly config?: ServiceConfig | ConfigSource
  /**
   * Compresses replies to clients that accept the encoding, whatever the classes declare: `'br'`, or `{ encoding: 'br', minBytes: 4096 }`.
   * `false`: never. Default: as the classes declare, else as the request was.
   */
  readonly compression?:
    | EncodingName
    | ({
        /** The encoding of the replies. */
        readonly encoding: EncodingName
      } & CompressedOptions)
    | false
  /**
   * Sends with each reply how loaded this process is, over every protocol that carries trailers. Clients balance by it: polywire's with
   * `weighted-round-robin`, gRPC's by gRFC A51. Default false.
   */
  readonly reportLoad?: boolean | ReportLoadOptions
  /**
   * Handler policies of every method, such as `rateLimit(...)`. They replace those of the same name that the classes declare. Default:
   * none.
   */
  readonly policies?: readonly PolicyDefinition[]
  /** Receives each error that is hidden from the peer, and warnings at start-up as text. Default: prints them to the console, each distinct
   * problem at most once a minute. */
  readonly report?: Report
  /** Gets a line for each call, with its code, duration and peer: pino or console. Default: none. */
  readonly log?: Logger | CallLogOptions
  /** See every call, such as `openTelemetry()`. Default: none, and calls run no code for them. */
  readonly observers?: readonly CallObserver[]
  /** The source of time, for tests. Default: the system's clock. */
  readonly clock?: Clock
}

/** Options of a server: what it serves, and where. */
export interface ServeOptions extends ServingOptions, Omit<ListenerOptions, 'port' | 'protocols'> {
  /** The port to listen on. Default 0: any free one. `false`: no socket, for a server that is only reached by `memory://`. */
  readonly port?: number | false
  /** Several listeners instead of `port`, `host`, `path`, `tls` and `plain`. Default: one listener. */
  readonly listeners?: readonly ListenerOptions[]
  /** A name by which this process reaches the server without a socket, as `memory://<name>`. Default: none. */
  readonly memory?: string
  /** Names of built-in protocols, or custom ones. Each must carry every method. Default: every built-in one. */
  readonly protocols?: readonly (string | Protocol)[]
  /**
   * Compiles the methods before the server listens, so that first calls take no longer than later ones: `true`, or which codecs, as
   * `server.warmUp` takes them. Default false: a method is compiled for its first call.
   */
  readonly eager?: boolean | WarmUpOptions
  /** Whether protocols offer their standard services, health and reflection. `false` wins over the two options below. Default true. */
  readonly standardServices?: boolean
  /**
   * Offers gRPC's health service. `policies` guard it as they guard your services. Probes carry no credentials: `{ authorize: false }`
   * exempts it from `authorize`, but not from the other policies. Default true.
   *
   * Any other name is a check of something that the server needs: `{ database: () => pool.query('select 1') }`. While one fails, the server
   * is not ready, for gRPC's health service and for `GET /readyz`. `GET /healthz` answers as long as the process runs.
   */
  readonly health?:
    | boolean
    | {
        /** Exempts it from `authorize`. Default: it is guarded. */
        readonly authorize?: false
        /** Checks of what the server needs, by name. Default: none. */
        readonly [check: string]: HealthCheck | false | undefined
      }
  /**
   * Serves metrics in the format of Prometheus at `/metrics`, to everyone who reaches the server; `{ port: 9464 }` serves them only to
   * this machine. With `workers` they are those of all workers. Default false.
   */
  readonly metrics?: boolean | MetricsOptions
  /**
   * Offers gRPC's server reflection, over gRPC and HTTP, from which tools learn the services and messages. `policies` guard it. A warning
   * for each protocol goes to `report` at start-up. Default: only if NODE_ENV is `development`.
   */
  readonly reflection?: boolean
  /**
   * Serves the OpenAPI 3.1 document of the services at `GET /openapi.json`, to everyone who reaches the server: the routes of `@Http`, and
   * the methods as RPCs over HTTP. Default false.
   */
  readonly openapi?: boolean
  /**
   * Your Koa app: its middleware runs for RPC paths too, and its routes are served on the same port. Default: none, other paths get 404.
   */
  readonly koa?: KoaApp
}

/** The settings of a server, with what only its router needs. */
export interface ServingSettings extends ServerSettings {
  readonly observer: Observers | undefined
  /** The calls of the server. */
  readonly calls: CallCount
}

export function settingsOf(options: ServingOptions): ServingSettings {
  const report = reportOf(options)
  return {
    limits: limitsOf(options.limits, 'serve'),
    clock: options.clock ?? systemClock,
    codecs: new Map([...builtInCodecs, ...(options.codecs ?? [])].map(codec => [codec.name, codec])),
    report,
    observer: Observers.of(observersOf(options), report),
    calls: new CallCount(),
    cors: new CorsRules(options.cors ?? { origins: [] }, report),
    thriftDefault: options.thrift?.default === undefined ? undefined : serviceOf(options.thrift.default).name,
  }
}

function observersOf({ observers = [], log }: ServingOptions): readonly CallObserver[] {
  return log === undefined ? observers : [...observers, callLog(log)]
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

/** @throws RpcError `failed_precondition` if a service or one of its policies is invalid */
export function routerOf(
  services: readonly Served[],
  options: ServingOptions,
  settings: ServingSettings,
): ServiceRouter {
  if (!Array.isArray(services))
    throw misuse('no_services', 'serve: the first argument must be a list of services; write serve([Hello], ...)')
  const { clock, report, limits, observer, calls } = settings
  const concurrency = concurrencyLimit(limits.concurrency)
  const policies = [
    ...compressionOf(options),
    ...policiesGivenTo('serve', options.policies),
    ...(concurrency === undefined ? [] : [concurrency]),
    ...loadReporting(options, report),
  ]
  const { container, config } = options
  const router = new ServiceRouter(services, { clock, report, observer, calls, container, policies, config })
  const { thriftDefault: name } = settings
  if (name !== undefined && !router.services.some(service => service.name === name))
    throw misuse('misplaced_option', `serve: thrift.default is ${name}, which is not among the services`)
  return router
}

/** The `report` of the options, which never throws. */
export function reportOf({ report }: Pick<ServingOptions, 'report'>): Report {
  return guardedReport(report, logToConsole)
}

/** The default of `report`. */
const logToConsole: Report = /* @__PURE__ */ oncePerMinute((text, first) => {
  if (first === undefined) console.error('polywire:', text)
  else console.error(first.call === undefined ? 'polywire:' : `polywire: ${first.call.method.path}:`, first.error)
})
