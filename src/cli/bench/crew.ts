import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Generator, Glimpse, Ran } from './generator.js'
import type { Step } from './load.js'
import { type PackedTally, Tally } from './tally.js'

/** What a thread is started with: the command line, which it reads as this one has. */
export interface Assignment {
  readonly line: readonly string[]
  readonly connections: number
  readonly index: number
  readonly of: number
}

/** To a thread. */
export type Order = { readonly step: Step } | 'stop' | 'close'

/** From a thread. */
export type News =
  | 'ready'
  | { readonly glimpse: Glimpse }
  | { readonly ran: number; readonly tallies: readonly PackedTally[] }

/** Several threads that share the load of each step. */
export class Crew implements Generator {
  private glimpses: Glimpse[] = []

  private constructor(private readonly workers: readonly Worker[]) {}

  /** Resolves when all threads could begin. @param program the code of a thread */
  static async start(program: URL, assignments: readonly Assignment[]): Promise<Crew> {
    const workers = assignments.map(workerData => new Worker(program, { workerData }))
    try {
      await Promise.all(workers.map(worker => once(worker, 'message')))
    } catch (error) {
      for (const worker of workers) void worker.terminate()
      throw error
    }
    return new Crew(workers)
  }

  async run(step: Step, signal: AbortSignal): Promise<Ran> {
    const stop = () => this.tell('stop')
    signal.addEventListener('abort', stop)
    try {
      const done = Promise.all(this.workers.map((worker, index) => this.partOf(worker, index)))
      this.tell({ step })
      if (signal.aborted) stop()
      const parts = await done
      const tallies = Array.from({ length: step.windows }, () => new Tally())
      for (const part of parts) for (const [at, packed] of part.tallies.entries()) tallies[at]?.add(packed)
      return { tallies, ran: Math.max(...parts.map(({ ran }) => ran)) }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  glimpse(): Glimpse {
    const sum = (of: (glimpse: Glimpse) => number) => this.glimpses.reduce((total, one) => total + of(one), 0)
    return { flying: sum(({ flying }) => flying), failed: sum(({ failed }) => failed) }
  }

  async close(): Promise<void> {
    const ended = Promise.all(this.workers.map(worker => once(worker, 'exit')))
    this.tell('close')
    await ended
  }

  private tell(order: Order): void {
    for (const worker of this.workers) worker.postMessage(order)
  }

  /** What a thread counts in the step that it is told to run next. */
  private partOf(worker: Worker, index: number) {
    return new Promise<{ readonly ran: number; readonly tallies: readonly PackedTally[] }>((resolve, reject) => {
      const hear = (news: Exclude<News, 'ready'>) => {
        if ('glimpse' in news) this.glimpses[index] = news.glimpse
        else end(() => resolve(news))
      }
      const fail = (error: Error) => end(() => reject(error))
      const end = (settle: () => void) => {
        worker.off('message', hear).off('error', fail)
        settle()
      }
      worker.on('message', hear).on('error', fail)
    })
  }
}
