import { type IntervalHistogram, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Vitals } from './views.js'

/** Milliseconds between two looks at the event loop. */
const resolution = 20
/** Milliseconds without a reader after which the event loop is not watched. */
const patience = 30_000
const points = 60

/** How the process feels. It is measured only while somebody reads it: one point per read, at most one a second. */
export class VitalsWatch {
  private delays: IntervalHistogram | undefined
  private utilization = performance.eventLoopUtilization()
  private collections: PerformanceObserver | undefined
  /** Milliseconds of garbage collection since the last sample, and what that came to in percent. */
  private collected = 0
  private collecting = 0
  private stopping: NodeJS.Timeout | undefined
  private readAt = 0
  private readonly delay: number[] = []
  private readonly busy: number[] = []
  private readonly heap: number[] = []

  read(): Vitals {
    const now = performance.now()
    if (now - this.readAt >= 900) this.sample(now)
    const { heap_size_limit: heapLimit } = getHeapStatistics()
    return {
      eventLoopDelay: [...this.delay],
      eventLoopBusy: [...this.busy],
      heap: [...this.heap],
      heapLimit,
      rss: process.memoryUsage.rss(),
      collecting: this.collecting,
    }
  }

  /** Stops watching the event loop and the garbage collector. */
  stop(): void {
    clearTimeout(this.stopping)
    this.stopping = undefined
    this.delays?.disable()
    this.delays = undefined
    this.collections?.disconnect()
    this.collections = undefined
    this.collected = this.collecting = 0
  }

  private sample(now: number): void {
    this.collecting = this.collectingNow(now - this.readAt)
    // After a break the last points say nothing about the last minute.
    if (now - this.readAt > patience) for (const list of [this.delay, this.busy, this.heap]) list.length = 0
    this.readAt = now
    const last = this.utilization
    this.utilization = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(this.utilization, last)
    push(this.busy, Math.round(utilization * 1000) / 10)
    push(this.delay, this.delayNow())
    push(this.heap, process.memoryUsage().heapUsed)
    this.stopping ??= setTimeout(() => this.stop(), patience).unref()
    this.stopping.refresh()
  }

  /** @param passed milliseconds since the last sample */
  private collectingNow(passed: number): number {
    if (this.collections === undefined) {
      this.collections = new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) this.collected += duration
      })
      this.collections.observe({ entryTypes: ['gc'] })
      return 0
    }
    const percent = Math.min(100, (this.collected / passed) * 100)
    this.collected = 0
    return Math.round(percent * 10) / 10
  }

  /** Milliseconds, the 99th percentile since the last read. */
  private delayNow(): number {
    if (this.delays === undefined) {
      this.delays = monitorEventLoopDelay({ resolution })
      this.delays.enable()
      return 0
    }
    // The histogram measures the whole interval between two looks.
    const ms = Math.max(0, this.delays.percentile(99) / 1e6 - resolution)
    this.delays.reset()
    return Math.round(ms * 10) / 10
  }
}

function push(list: number[], value: number): void {
  list.push(value)
  if (list.length > points) list.shift()
}
