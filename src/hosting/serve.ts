import { hostname, networkInterfaces } from 'node:os'
import type { AdminOptions } from '../admin/admin.js'
import type { Console } from '../console/console.js'
import type { ConsoleOptions } from '../console/options.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { checkOptionNames, type OptionNames } from '../core/option-names.js'
import { limitsOf } from '../core/read-limits.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { serviceOf } from '../decorators/read-service.js'
import { maxWeight } from '../resolvers/etcd-entry.js'
import type { Class } from '../schema/type.js'
import type { Served } from '../server/instances.js'
import { metricsOf } from '../server/metrics-page.js'
import { serveOptionNames } from '../server/option-names.js'
import type { Server } from '../server/running-server.js'
import { reportOf, type ServeOptions } from '../server/serve-options.js'
import type { AdminServices } from '../server/standard-services.js'
import { serve as serveHere } from '../server/start-server.js'
import { HostedServer } from './hosted-server.js'
import { Registration } from './registration.js'
import { choosePorts, onPorts } from './shared-ports.js'
import { checkSignals, onSignals } from './signals.js'
import { isWorker, serveAsWorker } from './worker.js'
import { WorkerPool } from './workers.js'

/** Options of `serve`. */
export interface HostingOptions extends ServeOptions {
  /**
   * The registry in which clients find the server: with `etcd://127.0.0.1:2379` they connect to `grpc+etcd://127.0.0.1:2379/hello.Hello`.
   * Default: none.
   */
  readonly register?: string | RegisterOptions
  /**
   * The number of processes that run this program and share the port; `'auto'`: one per core. Code after `serve` runs in each worker and in
   * the supervisor. A worker that dies is restarted with backoff; `close()` drains them one after the other. Default: no workers, this
   * process serves.
   */
  readonly workers?: number | 'auto'
  /**
   * Serves the console at `/_polywire/`: what the server does, its calls and their policies, and a form to call its methods. Only this
   * machine can open it unless `{ token }` or `{ authorize }` is given. It has nothing to do while nobody looks, besides counting calls.
   * Default false.
   */
  readonly console?: boolean | ConsoleOptions
  /**
   * Offers gRPC's admin services (gRFC A38): `grpc.channelz.v1.Channelz`, which shows the channels, servers and connections of the process.
   * Only over gRPC, and only to callers on this machine unless `{ authorize }` is given; `policies` guard them too. Default false.
   */
  readonly admin?: boolean | AdminOptions
  /**
   * Signals at which the server closes, as `close()` does, such as `['SIGTERM', 'SIGINT']`. A second signal ends the process at once. After
   * `close()` the process has no listener of these signals left. Default: none.
   */
  readonly shutdownOn?: readonly NodeJS.Signals[]
}

const hostingOptionNames: OptionNames<HostingOptions> = {
  ...serveOptionNames,
  register: true,
  workers: true,
  console: true,
  admin: true,
  shutdownOn: true,
}

/** How a server registers itself. */
export interface RegisterOptions {
  /** The registry: `etcd://<member>[,<member>...]`. */
  readonly at: string
  /**
   * The address for clients, `host:port`; default: the host it listens on, or the first IPv4 address of the machine, with the server's
   * port.
   */
  readonly address?: string
  /** Its share of the calls relative to the other servers, above 0; default 1. */
  readonly weight?: number
  /** Its location: clients with the same `zone` prefer it. Default: none. */
  readonly zone?: string
  /** An integer from 0; clients use the servers with the lowest first. Default 0. */
  readonly priority?: number
  /** How long a server that vanished stays registered; default 10 s. */
  readonly ttl?: Duration
}

/**
 * Serves classes or instances over every protocol on one port.
 *
 * Without `port` it picks a free one: read `server.port`. `server.close()` drains: it lets calls in flight finish, for at most
 * `limits.drainTimeout` (30 s), then cancels them.
 *
 * @example
 * const server = await serve([Hello, new Orders(payments)], { port: 8080, shutdownOn: ['SIGTERM', 'SIGINT'] })
 *
 * @throws RpcError `failed_precondition` if a service, policy or option is invalid; `unavailable` if the registry cannot be reached.
 *   An error with Node's `code`, such as `EADDRINUSE`, if the port is not available
 * @see docs/guide/getting-started.md
 */
export async function serve(services: readonly Served[], options: HostingOptions = {}): Promise<Server> {
  checkOptionNames('serve', options, hostingOptionNames)
  const { register, workers, shutdownOn = [], console = false, admin = false, ...rest } = options
  if (register !== undefined) checkRegister(howToRegister(register))
  checkSignals(shutdownOn)
  if (workers !== undefined && (console !== false || admin !== false))
    throw misuse(
      'misplaced_option',
      `${admin === false ? 'console' : 'admin'}: each worker would show only its own calls; leave out workers in a process that you look ` +
        'at with it. metrics: true answers for all workers',
    )
  if (workers !== undefined && isWorker()) return serveInWorker(services, rest, shutdownOn)
  const pool = workers === undefined ? undefined : await supervise(workers, options)
  const server =
    pool === undefined ? await serveWith(services, rest, options) : await registered(pool, services, options)
  if (shutdownOn.length === 0) return server
  const shutDown = () => void hosted.close().catch(reportOf(options))
  const forget = onSignals(shutdownOn, { shutDown, end: () => pool?.kill() })
  const hosted = new HostedServer(server, () => server.close().finally(forget))
  return hosted
}

/** The server of a worker. Its metrics and its readiness are those of all workers. */
function serveInWorker(
  services: readonly Served[],
  options: ServeOptions,
  shutdownOn: readonly NodeJS.Signals[],
): Promise<Server> {
  const metrics = metricsOf(options.metrics)
  return serveAsWorker({
    serve: (ports, { text, isReady }) =>
      serveHere(services, onPorts(options, ports), {
        metrics: metrics && { ...metrics, text, isServedElsewhere: metrics.port !== undefined },
        isReadyElsewhere: isReady,
      }),
    shutdownOn,
    clock: options.clock ?? systemClock,
    metrics: metrics?.source,
    report: reportOf(options),
  })
}

/** A server with what is chosen of console and admin services, whose code is loaded only here. */
async function serveWith(services: readonly Served[], options: ServeOptions, hosting: HostingOptions): Promise<Server> {
  const { console: chosen = false, admin: chosenAdmin = false } = hosting
  const admin = chosenAdmin === false ? undefined : await adminOf(chosenAdmin, options)
  if (chosen === false) return registered(await serveHere(services, options, { admin }), services, hosting)
  const { Console } = await import('../console/console.js')
  const console = new Console(services, options, chosen === true ? {} : chosen)
  return registered(await serveHere(services, options, { console, admin }), services, hosting, console)
}

async function adminOf(chosen: true | AdminOptions, options: ServeOptions): Promise<AdminServices> {
  const { adminServices } = await import('../admin/admin.js')
  return adminServices(chosen === true ? {} : chosen, options)
}

/** The server, which is registered as long as it is open, if the options say so; and its console, which shows that. */
async function registered(
  server: Server,
  services: readonly Served[],
  options: HostingOptions,
  console?: Console,
): Promise<Server> {
  const beside: Partial<Record<'registration', Registration>> = {}
  const close = async () => {
    console?.leave()
    try {
      // At once, so that a registry that does not answer delays no call.
      await Promise.all([beside.registration?.close(), server.close()])
    } finally {
      await console?.close()
    }
  }
  try {
    if (options.register !== undefined)
      beside.registration = new Registration(registrationOf(services, server, options))
    const hosted = new HostedServer(server, close, beside)
    const consoleUrl = await console?.open(hosted)
    await beside.registration?.open()
    return consoleUrl === undefined ? hosted : new HostedServer(hosted, () => hosted.close(), { consoleUrl })
  } catch (error) {
    await close()
    throw error
  }
}

function howToRegister(register: string | RegisterOptions): RegisterOptions {
  return typeof register === 'string' ? { at: register } : register
}

/** Invalid options fail before the server starts. Later only the clients would notice them. */
function checkRegister({ ttl = 10_000, weight = 1, priority = 0 }: RegisterOptions): void {
  const time = toMilliseconds(ttl, 'register.ttl')
  if (time <= 0 || time > longestTime)
    throw misuse('invalid_duration', `register.ttl must be above 0 and at most ${longestTime} ms, got ${time} ms`)
  if (!(weight > 0 && weight <= maxWeight))
    throw misuse('invalid_registration', `register.weight must be above 0 and at most ${maxWeight}, got ${weight}`)
  if (!Number.isInteger(priority) || priority < 0)
    throw misuse('invalid_registration', `register.priority must be an integer of at least 0, got ${priority}`)
}

/** Milliseconds; the longest delay of a Node timer. */
const longestTime = 2 ** 31 - 1

function registrationOf(services: readonly Served[], server: Server, options: HostingOptions) {
  const { at, address, ttl, ...properties } = howToRegister(options.register as string | RegisterOptions)
  if (server.port === 0)
    throw misuse('not_listening', 'register: the server does not listen on a port; leave out port: false')
  return {
    registry: at,
    names: services.map(
      served => serviceOf((typeof served === 'function' ? served : served.constructor) as Class).name,
    ),
    endpoint: {
      address: address ?? `${reachableHost(options.host ?? options.listeners?.[0]?.host)}:${server.port}`,
      ...properties,
    },
    clock: options.clock ?? systemClock,
    report: reportOf(options),
    ready: () => server.ready(),
    ...(ttl === undefined ? {} : { ttl: toMilliseconds(ttl, 'register.ttl') }),
  }
}

/** A server that listens on a wildcard address is reached at the machine's address. */
function reachableHost(host: string | undefined): string {
  if (host !== undefined && host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) if (!internal && family === 'IPv4') return address
  }
  return hostname()
}

async function supervise(workers: number | 'auto', options: HostingOptions): Promise<WorkerPool> {
  const paths = [options, ...(options.listeners ?? [])].map(({ path }) => path)
  if (options.port === false || paths.some(path => path !== undefined) || options.memory !== undefined) {
    throw misuse('invalid_policy', 'workers share a port: leave out port: false, path and memory')
  }
  return WorkerPool.start({
    workers,
    ports: await choosePorts(options),
    host: options.host ?? options.listeners?.[0]?.host,
    limits: limitsOf(options.limits, 'serve'),
    metrics: metricsOf(options.metrics),
    tls: (options.listeners ?? [options]).map(listener => listener.tls),
    clock: options.clock ?? systemClock,
    report: reportOf(options),
  })
}
