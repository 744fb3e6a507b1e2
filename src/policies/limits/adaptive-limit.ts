import type { Clock } from '../../core/clock.js'

/** Before anything is known. */
const initial = 40
const least = 4
/** How much more than the least latency is taken for exploring and not for overload. */
const tolerance = 0.3
/** A window is over after 100 ms with 200 samples, else after a second; one with fewer than 100 then says nothing. */
const shortWindow = 100
const manySamples = 200
const longWindow = 1000
const fewSamples = 100
const latencyShare = 0.1
const rateShare = 0.01
/** Milliseconds until the least latency is measured anew, and again as much at random so that servers do not do it together. */
const remeasureAfter = 25_000
const shrink = 0.9

/**
 * How many calls a server works on at once without making them wait for each other, from what it measures: by Little's law the highest rate
 * seen times the least latency seen, a little more while latency is near its least, less when it rises.
 *
 *     limit = highest rate * ((2 + 0.3) * least latency - latency)
 *
 * The least latency is measured anew about every 40 s with the limit shrunk by a tenth, since load that never ceases would hide it.
 *
 * Source: bRPC, docs/en/auto_concurrency_limiter.md.
 */
export class AdaptiveLimit {
  limit = initial
  private leastLatency: number | undefined
  /** Calls a millisecond. */
  private highestRate = 0
  private windowStart: number
  private successes = 0
  private failures = 0
  private time = 0
  private remeasureAt: number
  /** While the shrunk limit takes hold, what ends says nothing of it. */
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
    if (this.remeasuring) this.beginAnew(now)
    if (failed) this.failures++
    else this.successes++
    // The time of failures is put upon the successes: a server that fails is no quick one.
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

  private beginAnew(now: number): void {
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
