import { hostname, networkInterfaces } from 'node:os'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { limitsOf } from '../core/limits.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import { serviceOf } from '../decorators/read-service.js'
import { maxWeight } from '../resolvers/etcd-entry.js'
import type { Class } from '../schema/type.js'
import type { Served } from '../server/instances.js'
import type { Server } from '../server/running-server.js'
import type { ServeOptions } from '../server/serve-options.js'
import { serve as serveHere } from '../server/start-server.js'
import { RegisteredServer } from './registered-server.js'
import { Registration } from './registration.js'
import { choosePorts, onPorts } from './shared-ports.js'
import { isWorker, serveAsWorker, WorkerPool } from './workers.js'

export interface HostingOptions extends ServeOptions {
  /** A registry that clients find the server in, such as `etcd://127.0.0.1:2379`: `grpc+etcd://127.0.0.1:2379/hello.Hello`. */
  readonly register?: string | RegisterOptions
  /**
   * Runs this program once more for each core (`'auto'`) or so many times, in processes that share the port; what stands behind `serve` then
   * runs in the workers and in the supervisor. Workers that die are started again, with backoff; `close()` drains one after the other.
   */
  readonly workers?: number | 'auto'
}

export interface RegisterOptions {
  readonly at: string
  /** `host:port` as clients shall reach it; default: the machine's first address that is not loopback, or the host that it listens on. */
  readonly address?: string
  readonly weight?: number
  readonly zone?: string
  readonly priority?: number
  /** After which a server that is gone without a word is forgotten; default 10 s. */
  readonly ttl?: Duration
}

/**
 * Serves classes or instances: every protocol on one port.
 *
 *     const server = await serve([Hello], { port: 8080, register: 'etcd://127.0.0.1:2379' })
 *     await server.close()
 *
 * @throws RpcError `failed_precondition` for whatever is wrong with the services, `unavailable` where the registry cannot be reached; the
 * system's error where the port cannot be had
 */
export async function serve(services: readonly Served[], options: HostingOptions = {}): Promise<Server> {
  const { register, workers, ...rest } = options
  if (register !== undefined) checkRegister(howToRegister(register))
  if (workers !== undefined && isWorker())
    return serveAsWorker(ports => serveHere(services, onPorts(rest, ports)), reporterOf(options))
  const server = workers === undefined ? await serveHere(services, rest) : await supervise(workers, options)
  if (register === undefined) return server
  try {
    const registration = await Registration.open(registrationOf(services, server, options))
    return new RegisteredServer(server, registration)
  } catch (error) {
    await server.close()
    throw error
  }
}

function howToRegister(register: string | RegisterOptions): RegisterOptions {
  return typeof register === 'string' ? { at: register } : register
}

/** What cannot be is refused before anything is begun, and not by clients who would not believe it. */
function checkRegister({ ttl = 10_000, weight = 1, priority = 0 }: RegisterOptions): void {
  const time = toMilliseconds(ttl, 'register.ttl')
  if (time <= 0 || time > longestTime)
    throw misuse(
      'invalid_duration',
      `register.ttl is ${time} ms; write a time above 0, and of ${longestTime} ms at most`,
    )
  if (!(weight > 0 && weight <= maxWeight))
    throw misuse(
      'invalid_registration',
      `register.weight is ${weight}; write a number above 0, and of ${maxWeight} at most`,
    )
  if (!Number.isInteger(priority) || priority < 0)
    throw misuse(
      'invalid_registration',
      `register.priority is ${priority}; write a whole number from 0 (which is tried first)`,
    )
}

/** Milliseconds that a timer of Node can wait for. */
const longestTime = 2 ** 31 - 1

function registrationOf(services: readonly Served[], server: Server, options: HostingOptions) {
  const { at, address, ttl, ...properties } = howToRegister(options.register as string | RegisterOptions)
  if (server.port === 0)
    throw misuse('not_listening', 'register: the server listens on no port that clients could be sent to')
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
    ...(ttl === undefined ? {} : { ttl: toMilliseconds(ttl, 'register.ttl') }),
  }
}

/** What listens everywhere is found at the machine's own address. */
function reachableHost(host: string | undefined): string {
  if (host !== undefined && host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) if (!internal && family === 'IPv4') return address
  }
  return hostname()
}

async function supervise(workers: number | 'auto', options: HostingOptions): Promise<Server> {
  const paths = [options, ...(options.listeners ?? [])].map(({ path }) => path)
  if (options.port === false || paths.some(path => path !== undefined) || options.memory !== undefined) {
    throw misuse('invalid_policy', 'workers: they share a port; leave out port: false, path and memory')
  }
  return WorkerPool.start({
    workers,
    ports: await choosePorts(options),
    host: options.host ?? options.listeners?.[0]?.host,
    drain: limitsOf(options.limits, 'serve').drainTimeout,
    clock: options.clock ?? systemClock,
    report: reporterOf(options),
  })
}

function reporterOf({ report }: HostingOptions): (error: unknown) => void {
  return report ?? (error => console.error('polywire:', error))
}
