/**
 * Problem: JavaScript runs on one core, and a machine has many.
 *
 * `serve(..., { workers: 'auto' })` turns the process into a supervisor. It runs the same program once per core, in processes that share
 * one port, and `serve` serves there. They are processes and not threads, so that a crash takes only the calls of one worker.
 */
import cluster, { type Worker } from 'node:cluster'
import type { Server as HttpServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { type Clock, pause } from '../core/clock.js'
import { Code } from '../core/code.js'
import type { Limits } from '../core/limits.js'
import { failure, misuse, type RpcError } from '../core/rpc-error.js'
import type { ConnectionInspection, ServerInspection } from '../server/inspection.js'
import { listenForScrapes, type ServerMetrics } from '../server/metrics-page.js'
import type { Server } from '../server/running-server.js'
import type { ServerTls } from '../server/server-tls.js'
import { onlyOne } from './only-one.js'
import { answer, Questions } from './questions.js'
import type { Ports } from './shared-ports.js'
import { workerMark } from './worker.js'
import { isMessage, type Question, tell } from './worker-messages.js'
import { type Member, WorkerScrapes } from './worker-scrapes.js'
import { WorkerTls } from './worker-tls.js'

/** Milliseconds; a worker that lived this long is restarted at once. */
const settled = 10_000
const firstBackoff = 1000
const longestBackoff = 60_000
/** Milliseconds that a worker gets to end after its drain limit. */
const slack = 1000
/** Milliseconds in which a worker says whether it is ready. Its checks take at most 5 s. */
const readyPatience = 6000

export interface WorkerOptions {
  /** The number of workers; `'auto'`: one per core. */
  readonly workers: number | 'auto'
  readonly ports: Ports
  readonly host: string | undefined
  /** Those of each worker; calls of a closing one may continue for `drainDelay` and `drainTimeout`. */
  readonly limits: Limits
  /** Undefined if the server has none. */
  readonly metrics: ServerMetrics | undefined
  /** That of each listener; undefined for one without. */
  readonly tls: readonly (ServerTls | undefined)[]
  readonly clock: Clock
  readonly report: (error: unknown) => void
}

/** The supervisor: a server whose workers answer its calls. */
export class WorkerPool implements Server {
  port = 0
  addresses: readonly string[] = []
  protocols: readonly string[] = []
  private readonly tls: WorkerTls
  /** The workers whose process runs. */
  private readonly workers = new Map<Worker, Member>()
  private readonly questions: Questions
  private readonly scrapes: WorkerScrapes
  /** Serves the metrics on their own port. */
  private scrapePort: HttpServer | undefined
  private readonly abort = new AbortController()
  private closing: Promise<void> | undefined

  private constructor(private readonly options: WorkerOptions) {
    this.questions = new Questions(options.clock)
    this.tls = new WorkerTls(options.tls)
    this.scrapes = new WorkerScrapes(this.workers, this.questions)
  }

  /**
   * @throws RpcError `failed_precondition` if the number is invalid; `unavailable` if a worker cannot start the first time; Node's own
   *   error if the port of the metrics is not available
   */
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
        await pool.listenForScrapes()
        await Promise.all(Array.from({ length: count }, (_, at) => pool.spawn(at + 1)))
      } catch (error) {
        await pool.close()
        throw error
      }
      return pool
    })
  }

  get metricsPort(): number | undefined {
    const address = this.scrapePort?.address()
    return typeof address === 'object' ? address?.port : undefined
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
      health: {},
      protocols: {},
      calls: { started: 0, succeeded: 0, failed: 0 },
      refusedConnections: 0,
      peakConnections: 0,
      busiestConnection: 0,
      peers: { busiest: 0, peak: 0, most: 0, refused: 0 },
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
    for (const message of this.tls.renew(tls, this.addresses, address))
      for (const worker of this.workers.keys()) tell(worker, message)
  }

  /** Whether at least one worker is ready. */
  async ready(): Promise<boolean> {
    if (this.closing !== undefined) return false
    const asked = [...this.workers].map(async ([worker, { isServing }]) => {
      const answered = isServing ? await this.questions.ask(worker, 'ready', readyPatience) : undefined
      if (answered?.[0] !== true) throw new Error('the worker is not ready')
    })
    // The first that is ready decides: nobody waits for a worker that hangs.
    return Promise.any(asked).then(
      () => this.closing === undefined,
      () => false,
    )
  }

  /** Each worker compiles for itself. */
  async warmUp(): Promise<never> {
    throw misuse('misplaced_option', 'warmUp: each worker compiles its own methods; write serve(..., { eager: true })')
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
    for (const [worker, { ended }] of [...this.workers]) {
      // Later workers may have died meanwhile.
      if (!this.workers.has(worker)) continue
      if (worker.isConnected()) tell(worker, { polywire: 'close' })
      else worker.process.kill()
      const timer = setTimeout(() => this.killLate(worker), drainDelay + drainTimeout + slack)
      await ended
      clearTimeout(timer)
    }
    this.scrapePort?.closeAllConnections()
    this.scrapePort?.close()
  }

  /** Kills the worker, because a process that hangs ignores messages. */
  private killLate(worker: Worker): void {
    worker.process.kill('SIGKILL')
    const message = `worker ${worker.process.pid} did not end within its drain limit, and was killed`
    this.options.report(failure('worker_ended', Code.unavailable, message))
  }

  private async listenForScrapes(): Promise<void> {
    const { metrics } = this.options
    if (metrics?.port === undefined) return
    const text: ServerMetrics['text'] = async format => (await this.scrapes.page(format)).join('')
    this.scrapePort = await listenForScrapes({ ...metrics, text })
  }

  private async reply(worker: Worker, question: Question): Promise<void> {
    const { subject } = question
    await answer(worker, question, subject === 'ready' ? [await this.ready()] : await this.scrapes.page(subject))
  }

  /** Resolves when the worker serves. */
  private spawn(number: number): Promise<void> {
    const worker = cluster.fork({ [workerMark]: JSON.stringify(this.options.ports) })
    const began = this.options.clock.now()
    const ended = new Promise<void>(resolve => worker.once('exit', () => resolve()))
    const member: Member = { number, ended, isServing: false }
    this.workers.set(worker, member)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: unknown) => {
        if (!isMessage(message)) return
        if (message.polywire === 'answer') this.questions.answered(message)
        if (message.polywire === 'question') void this.reply(worker, message).catch(this.options.report)
        if (message.polywire !== 'ready') return
        this.port = message.port
        this.addresses = message.addresses
        this.protocols = message.protocols
        for (const one of this.tls.renewed()) tell(worker, one)
        member.isServing = true
        resolve()
      })
      worker.once('exit', (code: number | null, signal: string | null) => {
        this.workers.delete(worker)
        this.questions.abandon(worker)
        this.scrapes.ended(member)
        const message = `worker ${worker.process.pid} ended (${signal ?? `exit code ${code}`})`
        const error = failure('worker_ended', Code.unavailable, message)
        reject(error)
        // The caller of `spawn` handles a worker that never started.
        if (member.isServing && !this.abort.signal.aborted)
          void this.replace(error, { number, lived: this.options.clock.now() - began })
      })
    })
  }

  private async replace(
    error: RpcError,
    { number, lived }: { readonly number: number; readonly lived: number },
  ): Promise<void> {
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
        return await this.spawn(number)
      } catch (again) {
        report(again)
      }
    }
  }
}
