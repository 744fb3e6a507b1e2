import cluster from 'node:cluster'
import { hostname, networkInterfaces } from 'node:os'
import type { AdminOptions } from '../admin/admin.js'
import { toMilliseconds } from '../core/duration.js'
import { checkOptionNames } from '../core/option-names.js'
import { limitsOf } from '../core/read-limits.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { serviceOf } from '../decorators/read-service.js'
import { maxWeight } from '../resolvers/etcd-entry.js'
import type { Class } from '../schema/type.js'
import type { Served } from '../server/instances.js'
import { metricsOf } from '../server/metrics-page.js'
import type { Server } from '../server/running-server.js'
import { logToConsole, type ServeOptions } from '../server/serve-options.js'
import type { AdminServices } from '../server/standard-services.js'
import { serve as serveHere } from '../server/start-server.js'
import { HostedServer } from './hosted-server.js'
import { hostingOptionNames } from './option-names.js'
import type { HostingOptions, RegisterOptions } from './options.js'
import { Registration } from './registration.js'
import { checkSignals, onSignals } from './signals.js'
import { workerMark } from './worker-messages.js'
import type { WorkerPool } from './workers.js'

/** `serve`. */
export async function host(services: readonly Served[], options: HostingOptions): Promise<Server> {
  checkOptionNames('serve', options, hostingOptionNames)
  const { register, workers, shutdownOn = [], console: consoleOptions = false, admin = false, ...rest } = options
  if (register !== undefined) checkRegister(howToRegister(register))
  checkSignals(shutdownOn)
  if (workers !== undefined && (consoleOptions !== false || admin !== false))
    throw misuse(
      'misplaced_option',
      `${admin === false ? 'console' : 'admin'}: each worker would show only its own calls; leave out workers in a process that you look ` +
        'at with it. metrics: true answers for all workers',
    )
  if (workers !== undefined && isWorker()) return serveInWorker(services, rest, shutdownOn)
  const pool = workers === undefined ? undefined : await supervise(workers, options)
  const started = pool ?? (await serveWith(services, rest, { console: consoleOptions, admin }))
  const server = await registered(started, services, options)
  if (shutdownOn.length === 0) return server
  const shutDown = () => void hosted.close().catch(reporterOf(options))
  const forget = onSignals(shutdownOn, { shutDown, end: () => pool?.kill() })
  const hosted = new HostedServer(server, () => server.close().finally(forget))
  return hosted
}

function isWorker(): boolean {
  return cluster.isWorker && process.env[workerMark] !== undefined
}

/** The server of a worker. Its metrics and its readiness are those of all workers. */
async function serveInWorker(
  services: readonly Served[],
  options: ServeOptions,
  shutdownOn: readonly NodeJS.Signals[],
): Promise<Server> {
  const { serveAsWorker } = await import('./worker.js')
  const { onPorts } = await import('./shared-ports.js')
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
    report: reporterOf(options),
  })
}

/** A server with what is chosen of console and admin services, whose code is loaded only here. */
async function serveWith(
  services: readonly Served[],
  options: ServeOptions,
  chosen: Required<Pick<HostingOptions, 'console' | 'admin'>>,
): Promise<Server> {
  const admin = chosen.admin === false ? undefined : await adminOf(chosen.admin, options)
  if (chosen.console === false) return serveHere(services, options, { admin })
  const { Console } = await import('../console/console.js')
  const console = new Console(services, options, chosen.console === true ? {} : chosen.console)
  const server = await serveHere(services, options, { console, admin })
  try {
    const url = await console.open(server)
    return new HostedServer(server, () => Promise.all([console.close(), server.close()]), url)
  } catch (error) {
    await server.close()
    throw error
  }
}

async function adminOf(chosen: true | AdminOptions, options: ServeOptions): Promise<AdminServices> {
  const { adminServices } = await import('../admin/admin.js')
  return adminServices(chosen === true ? {} : chosen, options)
}

/** The server, which is registered as long as it is open, if the options say so. */
async function registered(server: Server, services: readonly Served[], options: HostingOptions): Promise<Server> {
  if (options.register === undefined) return server
  try {
    const registration = await Registration.open(registrationOf(services, server, options))
    // The registration ends while the server drains, so that a registry that does not answer delays no call.
    return new HostedServer(server, () => Promise.all([registration.close(), server.close()]))
  } catch (error) {
    await server.close()
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
    report: reporterOf(options),
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
  const { WorkerPool } = await import('./workers.js')
  const { choosePorts } = await import('./shared-ports.js')
  return WorkerPool.start({
    workers,
    ports: await choosePorts(options),
    host: options.host ?? options.listeners?.[0]?.host,
    limits: limitsOf(options.limits, 'serve'),
    metrics: metricsOf(options.metrics),
    clock: options.clock ?? systemClock,
    report: reporterOf(options),
  })
}

function reporterOf({ report }: HostingOptions): (error: unknown) => void {
  return report ?? logToConsole
}
