import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Collected } from './exposition.js'
import { metricTable } from './metric-table.js'

/** Milliseconds between two looks at the event loop. */
const resolution = 20

/** What a scrape reads about this process. The event loop is watched from the first scrape on. */
export class ProcessMetrics {
  private delays: IntervalHistogram | undefined
  private last = performance.eventLoopUtilization()

  /** Ends the watch of the event loop. */
  stop(): void {
    this.delays?.disable()
    this.delays = undefined
  }

  *collect(): Iterable<Collected> {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed } = process.memoryUsage()
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.last)
    this.last = now
    yield* this.delay()
    yield { family: metricTable.loopUtilization, samples: [[[], utilization]] }
    yield { family: metricTable.cpu, samples: [[[], (user + system) / 1e6]] }
    yield { family: metricTable.memory, samples: [[[], rss]] }
    yield { family: metricTable.heap, samples: [[[], heapUsed]] }
  }

  private *delay(): Iterable<Collected> {
    const { delays } = this
    if (delays === undefined) {
      this.delays = monitorEventLoopDelay({ resolution })
      this.delays.enable()
      return
    }
    // The histogram measures the whole interval between two looks.
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1000)
    yield { family: metricTable.loopDelayMedian, samples: [[[], seconds(delays.percentile(50))]] }
    yield { family: metricTable.loopDelayTail, samples: [[[], seconds(delays.percentile(99))]] }
    yield { family: metricTable.loopDelayMost, samples: [[[], seconds(delays.max)]] }
    delays.reset()
  }
}
