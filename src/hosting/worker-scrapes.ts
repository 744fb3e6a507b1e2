import type { Worker } from 'node:cluster'
import { type ExpositionFormat, expose } from '../telemetry/exposition.js'
import { type Figure, PooledMetrics } from '../telemetry/pooled-metrics.js'
import type { Questions } from './questions.js'

/** Milliseconds that workers get for their figures. A scrape of Prometheus waits for 10 s. */
const patience = 2000

/** A worker as the supervisor knows it. */
export interface Member {
  /** From 1. The worker that replaces it has the same. */
  readonly number: number
  /** Resolves when its process has ended. */
  readonly ended: Promise<void>
  isServing: boolean
}

/** Makes the page of metrics of all workers. */
export class WorkerScrapes {
  private readonly figures = new PooledMetrics()
  private readonly running = new Map<ExpositionFormat, Promise<readonly string[]>>()

  constructor(
    private readonly workers: ReadonlyMap<Worker, Member>,
    private readonly questions: Questions,
  ) {}

  /** The page in parts. However many readers ask at the same time, each worker is asked once. */
  page(format: ExpositionFormat): Promise<readonly string[]> {
    let running = this.running.get(format)
    if (running === undefined) {
      running = this.gather(format).finally(() => this.running.delete(format))
      this.running.set(format, running)
    }
    return running
  }

  /** Keeps the counters of a worker that ended. */
  ended({ number }: Member): void {
    this.figures.ended(number)
  }

  private async gather(format: ExpositionFormat): Promise<readonly string[]> {
    const all = [...this.workers]
    const answered = new Map(all.map(([, { number }]) => [number, false]))
    await Promise.all(
      all.map(async ([worker, { number, isServing }]) => {
        const figures = isServing ? await this.questions.ask(worker, format, patience) : undefined
        if (figures === undefined) return
        answered.set(number, true)
        this.figures.take(number, figures as readonly Figure[])
      }),
    )
    return [...expose(this.figures.collect(answered), format)]
  }
}
