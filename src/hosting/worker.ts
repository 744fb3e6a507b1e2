import cluster from 'node:cluster'
import type { Clock } from '../core/clock.js'
import { Code } from '../core/code.js'
import { failure } from '../core/rpc-error.js'
import type { Server } from '../server/running-server.js'
import type { ExpositionFormat } from '../telemetry/exposition.js'
import type { Metrics } from '../telemetry/metrics.js'
import { figuresOf } from '../telemetry/pooled-metrics.js'
import { onlyOne } from './only-one.js'
import { answer, Questions } from './questions.js'
import type { Ports } from './shared-ports.js'
import { onSignals } from './signals.js'
import { isMessage, type Message, type Question } from './worker-messages.js'

/** The environment variable that makes `serve` a worker's: the ports as JSON. */
export const workerMark = 'POLYWIRE_WORKER'

export function isWorker(): boolean {
  return cluster.isWorker && process.env[workerMark] !== undefined
}

/** Milliseconds that the supervisor gets for an answer. It waits for other workers itself, but less long. */
const patience = 8000

/** The supervisor, as a worker asks it. */
export class Supervisor {
  constructor(private readonly questions: Questions) {}

  /** The page of metrics of all workers. @throws RpcError `unavailable` (`worker_ended`) if the supervisor does not answer */
  readonly text = async (format: ExpositionFormat): Promise<string> => {
    const parts = await this.questions.ask(process, format, patience)
    if (parts === undefined)
      throw failure('worker_ended', Code.unavailable, `the supervisor did not answer a scrape within ${patience} ms`)
    return parts.join('')
  }

  /** Whether any worker is ready. Never rejects. */
  readonly isReady = async (): Promise<boolean> => (await this.questions.ask(process, 'ready', patience))?.[0] === true
}

interface WorkerOptions {
  /** Serves on the ports that the supervisor chose. */
  readonly serve: (ports: Ports, supervisor: Supervisor) => Promise<Server>
  readonly shutdownOn: readonly NodeJS.Signals[]
  readonly clock: Clock
  /** What counts the calls of this worker; undefined if the server has no metrics. */
  readonly metrics: Metrics | undefined
  readonly report: (error: unknown) => void
}

/** In a worker: serves, reports it to the supervisor, answers its questions, and drains on request. */
export async function serveAsWorker({ serve, shutdownOn, clock, metrics, report }: WorkerOptions): Promise<Server> {
  const ports = JSON.parse(process.env[workerMark] ?? '[]') as Ports
  const questions = new Questions(clock)
  const server = await onlyOne(() => serve(ports, new Supervisor(questions)))
  const { port, addresses, protocols } = server
  const close = () => void server.close().then(() => process.exit(0))
  process.on('message', message => {
    if (!isMessage(message)) return
    if (message.polywire === 'close') close()
    else if (message.polywire === 'question') void reply(message).catch(report)
    else if (message.polywire === 'answer') questions.answered(message)
    else if (message.polywire === 'tls') {
      try {
        server.setTls(message.tls, message.address)
      } catch (error) {
        report(error)
      }
    }
  })
  process.send?.({ polywire: 'ready', port, addresses, protocols } satisfies Message)
  // Ctrl-C in a terminal reaches the whole process group. A worker ignores it: the supervisor tells it when to end.
  process.on('SIGINT', () => {})
  process.once('disconnect', close)
  // A signal may reach the whole process group. The supervisor replaces a worker that was the only one to get it.
  onSignals(shutdownOn, { shutDown: close })
  return server

  async function reply(question: Question): Promise<void> {
    const { subject } = question
    if (subject === 'ready') return answer(process, question, [await server.ready()])
    return answer(process, question, metrics === undefined ? [] : figuresOf(metrics, subject))
  }
}
