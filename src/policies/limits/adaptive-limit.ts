import type { Clock } from '../../core/clock.js'

/** The limit before anything was measured. */
const initial = 40
const least = 4
/** Latency up to this share above the lowest is not taken for overload. */
const tolerance = 0.3
/** A window ends after 100 ms if it has 200 samples, else after a second. With fewer than 100 samples it is ignored. */
const shortWindow = 100
const manySamples = 200
const longWindow = 1000
const fewSamples = 100
const latencyShare = 0.1
const rateShare = 0.01
/** Milliseconds until the lowest latency is measured again, plus up to as much at random, so that servers do not do it together. */
const remeasureAfter = 25_000
const shrink = 0.9

/**
 * Measures how many calls a server can work on at once without making them wait for each other. By Little's law that is the highest rate
 * times the lowest latency; a little more while latency is near its lowest, less when it rises.
 *
 *     limit = highest rate * ((2 + 0.3) * lowest latency - latency)
 *
 * Every 40 s or so it lowers the limit by 10 % and measures the lowest latency again. Under constant load it would never see it.
 *
 * Source: bRPC, docs/en/auto_concurrency_limiter.md.
 */
export class AdaptiveLimit {
  limit = initial
  private leastLatency: number | undefined
  /** Calls per millisecond. */
  private highestRate = 0
  private windowStart: number
  private successes = 0
  private failures = 0
  private time = 0
  private remeasureAt: number
  /** Until then, calls that end started under the old limit and are not measured. */
  private deafUntil = 0
  private remeasuring = false

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {
    this.windowStart = clock.now()
    this.remeasureAt = this.next(this.windowStart)
  }

  /** A call has ended. @param latency milliseconds */
  record(latency: number, failed: boolean): void {
    const now = this.clock.now()
    if (now < this.deafUntil) return
    if (this.remeasuring) this.restart(now)
    if (failed) this.failures++
    else this.successes++
    // The time of failures is added to that of the successes, so that failing fast does not look fast.
    this.time += latency
    const samples = this.successes + this.failures
    const passed = now - this.windowStart
    if (passed < shortWindow || (passed < longWindow && samples < manySamples)) return
    if (samples >= fewSamples) this.adjust(now, passed)
    this.openWindow(now)
  }

  private adjust(now: number, passed: number): void {
    if (this.successes === 0) {
      this.limit = Math.max(least, this.limit / 2)
      return
    }
    const latency = this.time / this.successes
    const rate = this.successes / passed
    if (this.leastLatency === undefined) this.leastLatency = latency
    else if (latency < this.leastLatency) this.leastLatency += (latency - this.leastLatency) * latencyShare
    if (rate >= this.highestRate) this.highestRate = rate
    else this.highestRate += (rate - this.highestRate) * rateShare
    if (now >= this.remeasureAt) {
      this.remeasuring = true
      this.deafUntil = now + 2 * latency
      this.set(this.highestRate * this.leastLatency * shrink)
    } else this.set(this.highestRate * ((2 + tolerance) * this.leastLatency - latency))
  }

  private restart(now: number): void {
    this.remeasuring = false
    this.leastLatency = undefined
    this.remeasureAt = this.next(now)
    this.openWindow(now)
  }

  private openWindow(now: number): void {
    this.windowStart = now
    this.successes = this.failures = this.time = 0
  }

  private set(limit: number): void {
    this.limit = Math.max(least, Math.ceil(limit))
  }

  private next(now: number): number {
    return now + remeasureAfter * (1 + this.random())
  }
}
