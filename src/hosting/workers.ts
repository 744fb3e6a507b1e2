/**
 * Problem: JavaScript runs on one core, and a machine has many.
 *
 * `serve(..., { workers: 'auto' })` turns the process into a supervisor. It runs the same program once per core, in processes that share
 * one port, and `serve` serves there. They are processes and not threads, so that a crash takes only the calls of one worker.
 */
import cluster, { type Worker } from 'node:cluster'
import { availableParallelism } from 'node:os'
import { type Clock, pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Limits } from '../core/limits.js'
import { failure, misuse, type RpcError } from '../core/rpc-error.js'
import type { ConnectionInspection, ServerInspection } from '../server/inspection.js'
import type { Server } from '../server/running-server.js'
import { nodeTlsOptions, type ServerTls } from '../server/server-tls.js'
import type { Ports } from './shared-ports.js'
import { onSignals } from './signals.js'

/** The environment variable that makes `serve` a worker's: the ports as JSON. */
const workerMark = 'POLYWIRE_WORKER'
/** Milliseconds; a worker that lived this long is restarted at once. */
const settled = 10_000
const firstBackoff = 1000
const longestBackoff = 60_000
/** Milliseconds that a worker gets to end after its drain limit. */
const slack = 1000

/** A message between a worker and the supervisor. */
type Message =
  | {
      readonly polywire: 'ready'
      readonly port: number
      readonly addresses: readonly string[]
      readonly protocols: readonly string[]
    }
  | { readonly polywire: 'close' }
  | TlsMessage

interface TlsMessage {
  readonly polywire: 'tls'
  readonly tls: ServerTls
  readonly address: string | undefined
}

export function isWorker(): boolean {
  return cluster.isWorker && process.env[workerMark] !== undefined
}

/**
 * In a worker: serves, reports it to the supervisor, and drains on request.
 * @param serve serves on the ports that the supervisor chose
 */
export async function serveAsWorker(
  serve: (ports: Ports) => Promise<Server>,
  options: { readonly shutdownOn: readonly NodeJS.Signals[]; readonly report: (error: unknown) => void },
): Promise<Server> {
  const ports = JSON.parse(process.env[workerMark] ?? '[]') as Ports
  const server = await onlyOne(() => serve(ports))
  const { port, addresses, protocols } = server
  process.send?.({ polywire: 'ready', port, addresses, protocols } satisfies Message)
  const close = () => void server.close().then(() => process.exit(0))
  process.on('message', message => {
    if (!isMessage(message)) return
    if (message.polywire === 'close') close()
    else if (message.polywire === 'tls') {
      try {
        server.setTls(message.tls, message.address)
      } catch (error) {
        options.report(error)
      }
    }
  })
  // Ctrl-C in a terminal reaches the whole process group. A worker ignores it: the supervisor tells it when to end.
  process.on('SIGINT', () => {})
  process.once('disconnect', close)
  // A signal may reach the whole process group. The supervisor replaces a worker that was the only one to get it.
  onSignals(options.shutdownOn, { shutDown: close })
  return server
}

let isTaken = false

/**
 * One server with workers per program, in the supervisor and in the worker. A worker runs the program from its start and serves at the
 * first `workers`; it could not tell several servers apart.
 */
async function onlyOne<T>(start: () => Promise<T>): Promise<T> {
  if (isTaken)
    throw misuse(
      'invalid_policy',
      'workers: this program already has a server with workers; give that one more listeners, or this one no workers',
    )
  isTaken = true
  try {
    return await start()
  } catch (error) {
    isTaken = false
    throw error
  }
}

export interface WorkerOptions {
  /** The number of workers; `'auto'`: one per core. */
  readonly workers: number | 'auto'
  readonly ports: Ports
  readonly host: string | undefined
  /** Those of each worker; calls of a closing one may continue for `drainDelay` and `drainTimeout`. */
  readonly limits: Limits
  readonly clock: Clock
  readonly report: (error: unknown) => void
}

/** The supervisor: a server whose workers answer its calls. */
export class WorkerPool implements Server {
  port = 0
  addresses: readonly string[] = []
  protocols: readonly string[] = []
  readonly metricsPort = undefined
  /** The start of later workers, whatever the files contain by then. */
  private tls: TlsMessage[] = []
  /** The workers whose process runs, each with its end. */
  private readonly workers = new Map<Worker, Promise<void>>()
  private readonly abort = new AbortController()
  private closing: Promise<void> | undefined

  private constructor(private readonly options: WorkerOptions) {}

  /** @throws RpcError `failed_precondition` if the number is invalid; `unavailable` if a worker cannot start the first time */
  static async start(options: WorkerOptions): Promise<WorkerPool> {
    const count = options.workers === 'auto' ? availableParallelism() : options.workers
    if (!Number.isInteger(count) || count < 1)
      throw misuse(
        'invalid_policy',
        `workers must be 'auto' or an integer of at least 1, got ${String(options.workers)}`,
      )
    return onlyOne(async () => {
      const pool = new WorkerPool(options)
      try {
        await Promise.all(Array.from({ length: count }, () => pool.spawn()))
      } catch (error) {
        await pool.close()
        throw error
      }
      return pool
    })
  }

  get address(): string {
    const { host } = this.options
    const reachable = host === undefined || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${this.port}`
  }

  /** Only the supervisor's view: each worker serves in its own process. */
  inspect(): ServerInspection {
    return {
      id: 0,
      addresses: this.addresses,
      draining: this.closing !== undefined,
      protocols: {},
      calls: { started: 0, succeeded: 0, failed: 0 },
      refusedConnections: 0,
      peakConnections: 0,
      methods: [],
      policies: {},
      limits: this.options.limits,
      workers: this.workers.size,
    }
  }

  /** Each worker has its own connections. */
  connections(): readonly ConnectionInspection[] {
    return []
  }

  setTls(tls: ServerTls, address?: string): void {
    nodeTlsOptions(tls)
    const message: TlsMessage = { polywire: 'tls', tls: textsOf(tls), address }
    this.tls = [...(address === undefined ? [] : this.tls.filter(one => one.address !== address)), message]
    for (const worker of this.workers.keys()) tell(worker, message)
  }

  /** Each worker has its own checks, and answers for itself. */
  async ready(): Promise<boolean> {
    return this.closing === undefined
  }

  close(): Promise<void> {
    this.closing ??= this.drain()
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Kills every worker, for a process that ends without draining them. */
  kill(): void {
    for (const worker of this.workers.keys()) worker.process.kill('SIGKILL')
  }

  /** Drains one worker after the other, so that the others keep answering. */
  private async drain(): Promise<void> {
    this.abort.abort()
    const { drainDelay, drainTimeout } = this.options.limits
    // None of them may look ready while others are not.
    if (drainDelay > 0) for (const worker of this.workers.keys()) tell(worker, { polywire: 'close' })
    for (const [worker, ended] of [...this.workers]) {
      // Later workers may have died meanwhile.
      if (!this.workers.has(worker)) continue
      if (worker.isConnected()) tell(worker, { polywire: 'close' })
      else worker.process.kill()
      const timer = setTimeout(() => this.killLate(worker), drainDelay + drainTimeout + slack)
      await ended
      clearTimeout(timer)
    }
  }

  /** Kills the worker, because a process that hangs ignores messages. */
  private killLate(worker: Worker): void {
    worker.process.kill('SIGKILL')
    const message = `worker ${worker.process.pid} did not end within its drain limit, and was killed`
    this.options.report(failure('worker_ended', Code.unavailable, message))
  }

  /** Resolves when the worker serves. */
  private spawn(): Promise<void> {
    const worker = cluster.fork({ [workerMark]: JSON.stringify(this.options.ports) })
    const began = this.options.clock.now()
    let ready = false
    this.workers.set(worker, new Promise(resolve => worker.once('exit', () => resolve())))
    return new Promise((resolve, reject) => {
      worker.on('message', (message: unknown) => {
        if (!isMessage(message) || message.polywire !== 'ready') return
        this.port = message.port
        this.addresses = message.addresses
        this.protocols = message.protocols
        for (const one of this.tls) tell(worker, one)
        ready = true
        resolve()
      })
      worker.once('exit', (code: number | null, signal: string | null) => {
        this.workers.delete(worker)
        const message = `worker ${worker.process.pid} ended (${signal ?? `exit code ${code}`})`
        const error = failure('worker_ended', Code.unavailable, message)
        reject(error)
        // The caller of `spawn` handles a worker that never started.
        if (ready && !this.abort.signal.aborted) void this.replace(error, this.options.clock.now() - began)
      })
    })
  }

  private async replace(error: RpcError, lived: number): Promise<void> {
    const { report, clock } = this.options
    report(error)
    for (
      let backoff = lived >= settled ? 0 : firstBackoff;
      ;
      backoff = Math.min(Math.max(backoff * 2, firstBackoff), longestBackoff)
    ) {
      await pause(clock, backoff, this.abort.signal)
      if (this.abort.signal.aborted) return
      try {
        return await this.spawn()
      } catch (again) {
        report(again)
      }
    }
  }
}

/** A process that is about to end cannot be reached, and need not be. */
function tell(worker: Worker, message: Message): void {
  if (worker.isConnected()) worker.send(message, undefined, () => {})
}

/** Bytes are base64, because messages between processes are JSON. */
function textsOf({ ca, cert, key, ...rest }: ServerTls): ServerTls {
  const authorities = ca === undefined ? {} : { ca: [ca].flat().map(String) }
  return { ...rest, ...authorities, cert: String(cert), key: String(key) }
}

function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'polywire' in message
}
