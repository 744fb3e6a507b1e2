import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CallObserver } from '../core/call-observer.js'
import { misuse } from '../core/rpc-error.js'
import { loadValidators } from '../policies/validate/validate.js'
import { builtInProtocols } from '../protocols/built-in.js'
import { publish } from '../protocols/memory/directory.js'
import type { HttpShare, Protocol, Router, ServerSettings } from '../protocols/protocol.js'
import { Admission } from './admission.js'
import { HealthChecks } from './health-checks.js'
import { healthPages, type Readiness } from './health-pages.js'
import { isRead, type PageMaker, withPages } from './http-pages.js'
import type { Served } from './instances.js'
import { koaFallback } from './koa-fallback.js'
import { listenForScrapes, metricsOf, metricsPage, type ServerMetrics } from './metrics-page.js'
import { openListeners } from './open-listeners.js'
import { openApiPage } from './openapi-page.js'
import type { ServiceRouter } from './router.js'
import { RunningServer, type Server } from './running-server.js'
import { routerOf, type ServeOptions, type ServingSettings, settingsOf } from './serve-options.js'
import { type AdminServices, standardServicesOf, withAdmin, withStandardServices } from './standard-services.js'
import { warmUpOf } from './warm-up.js'

/** What stands beside a server's own services. */
export interface Beside {
  /** The console. */
  readonly console?: ConsoleServer | undefined
  /** The admin services of gRPC. */
  readonly admin?: AdminServices | undefined
  /** The metrics; default: as the options say. */
  readonly metrics?: ServerMetrics | undefined
  /** Whether another process that serves the same is ready. Never rejects. Default: there is none. */
  readonly isReadyElsewhere?: () => Promise<boolean>
}

export interface ConsoleServer {
  readonly observers: readonly CallObserver[]
  /** Whether requests for the path belong to it. */
  owns(path: string): boolean
  /** Serves a request that is not an RPC. @returns undefined, without touching it, if the request belongs to something else */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined
}

/**
 * `serve` without workers and registration.
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid; Node's own error if the port is not available
 */
export async function serve(
  services: readonly Served[],
  options: ServeOptions = {},
  beside: Beside = {},
): Promise<Server> {
  const metrics = beside.metrics ?? metricsOf(options.metrics)
  const further = [...(metrics === undefined ? [] : [metrics.source]), ...(beside.console?.observers ?? [])]
  const observers = [...(options.observers ?? []), ...further]
  const settings = settingsOf({ ...options, observers })
  const router = routerOf(services, options, settings)
  try {
    return await start({ router, settings, metrics, beside }, options)
  } catch (error) {
    await router.drain()
    throw error
  }
}

interface Started {
  readonly router: ServiceRouter
  readonly settings: ServingSettings
  readonly metrics: ServerMetrics | undefined
  readonly beside: Beside
}

async function start({ router, settings, metrics, beside }: Started, options: ServeOptions): Promise<Server> {
  const protocols = protocolsOf(options, router)
  await loadValidators(router.services.flatMap(service => service.methods))
  const checks = healthChecksOf(options, settings)
  const chosen = standardServicesOf(options, checks)
  const routed = protocols.map(protocol => ({
    protocol,
    router: withStandardServices(withAdmin(router, protocol, { admin: beside.admin, settings }), protocol, {
      chosen,
      settings,
    }),
  }))
  const http = routed.find(({ protocol }) => protocol.name === 'http')
  const koa = koaFallback(http?.router ?? router, settings, options.koa)
  const pages = new Map([
    ...healthPagesOf(options, { router, checks, isReadyElsewhere: beside.isReadyElsewhere }),
    ...metricsPagesOf(metrics),
    ...openApiPagesOf(options, router),
  ])
  const fallback = withConsole(beside.console, withPages(pages, koa.fallback))
  const ownsPage = (verb: string, path: string) =>
    (isRead(verb) && pages.has(path)) || beside.console?.owns(path) === true
  const withKoa = { ...settings, ...koa, fallback, ownsPage }
  const bound = routed.map(({ protocol, router: own }) => {
    const others = routed.filter(other => other.protocol !== protocol)
    const withHttp = { ...withKoa, ...shareHttp(others, withKoa) }
    return { protocol, binding: protocol.serve(own, withHttp) }
  })
  const memory = options.memory === undefined ? undefined : publish(options.memory, router, settings)
  const warmUp = warmUpOf(bound, settings.codecs)
  try {
    const { eager = false } = options
    if (eager !== false) await warmUp(eager === true ? {} : eager)
    const { limits, clock, calls } = settings
    const admission = new Admission(settings)
    const listeners = await openListeners(bound, options, { limits, admission })
    const hasOwnPort = metrics?.port !== undefined && metrics.isServedElsewhere !== true
    const scrapes = hasOwnPort ? await listenForScrapes(metrics) : undefined
    return new RunningServer({
      router,
      bound,
      listeners,
      limits,
      clock,
      checks,
      calls,
      admission,
      memory,
      metrics: metrics?.source,
      scrapes,
      warmUp,
    })
  } catch (error) {
    void memory?.drain()
    for (const { binding } of bound) binding.destroy()
    throw error
  }
}

type Fallback = NonNullable<ServerSettings['fallback']>

function withConsole(console: ConsoleServer | undefined, next: Fallback): Fallback {
  if (console === undefined) return next
  return (request, response) => console.serve(request, response) ?? next(request, response)
}

function healthChecksOf({ health = true }: ServeOptions, { clock, report }: ServerSettings): HealthChecks {
  const { authorize: _exempt, ...checks } = typeof health === 'object' ? health : {}
  return new HealthChecks(checks, clock, report)
}

/** With a Koa app, whose paths they could hide, they are served only if `health` is given. */
function healthPagesOf(options: ServeOptions, readiness: Readiness): [string, PageMaker][] {
  const { health = options.koa === undefined, standardServices = true } = options
  return health === false || !standardServices ? [] : healthPages(readiness)
}

function metricsPagesOf(metrics: ServerMetrics | undefined): [string, PageMaker][] {
  return metrics === undefined || metrics.port !== undefined ? [] : [[metrics.path, metricsPage(metrics)]]
}

function openApiPagesOf({ openapi = false }: ServeOptions, router: Router): [string, PageMaker][] {
  return openapi ? [openApiPage(router)] : []
}

/** Gives HTTP requests of other protocols to these before the Koa app sees them. */
function shareHttp(
  routed: readonly { readonly protocol: Protocol; readonly router: Router }[],
  settings: ServerSettings,
): Pick<ServerSettings, 'fallback' | 'onStream'> {
  const { fallback } = settings
  const sharing = routed.filter(({ protocol }) => protocol.overHttp !== undefined)
  if (sharing.length === 0 || fallback === undefined) return { fallback }
  let made: readonly HttpShare[] | undefined
  // Made for the first such request. What cannot be served has been refused by then: each of these protocols is bound for itself too.
  const shares = () => {
    made ??= sharing
      .map(({ protocol, router }) => protocol.overHttp?.(router, settings))
      .filter(share => share !== undefined)
    return made
  }
  return {
    fallback: (request, response) =>
      shares().some(share => share(request, response)) ? undefined : fallback(request, response),
    onStream: (stream, head, connection) => {
      for (const share of shares()) {
        const handler = share.onStream?.(stream, head, connection)
        if (handler !== undefined) return handler
      }
      return undefined
    },
  }
}

function protocolsOf(options: ServeOptions, router: Router): readonly Protocol[] {
  if (options.protocols === undefined) {
    const sockets = builtInProtocols.filter(protocol => protocol.name !== 'memory')
    for (const service of router.services) {
      for (const method of service.methods) {
        if (sockets.every(protocol => protocol.refuses(method) !== undefined)) checkCarried(router, sockets)
      }
    }
    return sockets
  }
  const chosen = options.protocols.map(choice => {
    if (typeof choice !== 'string') return choice
    const protocol = builtInProtocols.find(one => one.name === choice)
    if (protocol !== undefined) return protocol
    const names = builtInProtocols.map(one => one.name).join(', ')
    throw misuse('unknown_protocol', `serve: there is no protocol ${JSON.stringify(choice)}; it can be ${names}`)
  })
  checkCarried(router, chosen)
  return chosen
}

function checkCarried(router: Router, protocols: readonly Protocol[]): void {
  for (const protocol of protocols) {
    for (const service of router.services) {
      for (const method of service.methods) {
        const why = protocol.refuses(method)
        if (why === undefined) continue
        throw misuse(
          'not_carried',
          `${service.class.name}.${method.key}: ${protocol.name} cannot carry it: ${why}; ` +
            `leave ${protocol.name} out of protocols, or put the method into a service of its own`,
        )
      }
    }
  }
}
