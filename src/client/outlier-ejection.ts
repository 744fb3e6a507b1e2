import type { Duration } from '../core/duration.js'
import { integer, number, type OptionReaders, positiveTime, readOptions, type Settings } from '../core/options.js'

/**
 * Options of `outlierEjection` in `connect`.
 *
 * A node can accept connections and answer, but fail every call, or many more than its peers. Reconnect backoff does not notice, because
 * the node is not down. Outlier ejection leaves such a node out for a while. It judges a node by the calls of all methods. Rules and
 * defaults: gRFC A50, with consecutive failures as Envoy counts them.
 *
 * @example
 * connect(Hello, target, { outlierEjection: { consecutiveFailures: 3, baseEjectionTime: '10s' } })
 *
 * @see docs/guide/balancing.md
 */
export interface OutlierEjectionOptions {
  /** The time between two checks of the rates; default 10 s. */
  readonly interval?: Duration
  /** A node is ejected for this time times the number of its ejections; default 30 s. */
  readonly baseEjectionTime?: Duration
  /** The longest ejection; default 300 s. */
  readonly maxEjectionTime?: Duration
  /** The share of nodes that may be ejected at once, in percent, but always one node; default 10. */
  readonly maxEjectionPercent?: number
  /** Failures in a row that eject a node at once; default 5. */
  readonly consecutiveFailures?: number
  /** Ejects a node this many standard deviations below the mean success rate; default 1.9. Needs 5 nodes with 100 calls in the interval. */
  readonly stdevFactor?: number
  /** Ejects a node that fails more of its calls, in percent; default 85. Needs 5 nodes with 50 calls in the interval. */
  readonly failurePercentage?: number
}

const readers = {
  interval: positiveTime('10s'),
  baseEjectionTime: positiveTime('30s'),
  maxEjectionTime: positiveTime('300s'),
  maxEjectionPercent: number({ from: 0, to: 100 }, 10),
  consecutiveFailures: integer({ from: 1 }, 5),
  stdevFactor: number({ from: 0 }, 1.9),
  failurePercentage: number({ from: 0, to: 100 }, 85),
} satisfies OptionReaders<OutlierEjectionOptions>

/** The counters of a node. */
export class NodeRecord {
  successes = 0
  failures = 0
  failuresInARow = 0
  ejections = 0
  /** Monotonic milliseconds at which its ejection ends, or ended; reset to 0 by the first check after that. */
  ejectedUntil = 0
  /** Whether its ejection was the last that observers were told. */
  isToldEjected = false
}

const rateNodes = 5
const rateCalls = 100
const percentageCalls = 50

/**
 * Ejects nodes of a channel. It is not a policy, because it changes which nodes balancers may pick. It runs when calls end, without a
 * timer.
 */
export class OutlierEjection {
  private readonly settings: Settings<typeof readers>
  private nextLook = 0

  /** @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range */
  constructor(options: OutlierEjectionOptions = {}) {
    this.settings = readOptions('outlierEjection', options, readers)
  }

  /**
   * Counts a call that has ended.
   * @param all the records of all nodes, including that of the call
   * @returns true if a node was ejected or its ejection ended, so that the set of usable nodes changed
   */
  count(record: NodeRecord, failed: boolean, all: () => readonly NodeRecord[], now: number): boolean {
    let changed = false
    if (failed) {
      record.failures++
      // Checked again after each further row, in case too many other nodes were ejected before.
      if (++record.failuresInARow % this.settings.consecutiveFailures === 0) changed = this.eject(record, all(), now)
    } else {
      record.successes++
      record.failuresInARow = 0
    }
    if (now < this.nextLook) return changed
    const first = this.nextLook === 0
    this.nextLook = now + this.settings.interval
    return first ? changed : this.look(all(), now) || changed
  }

  private look(all: readonly NodeRecord[], now: number): boolean {
    const before = all.map(({ ejectedUntil }) => ejectedUntil > now)
    for (const outlier of [...this.bySuccessRate(all), ...this.byFailurePercentage(all)]) this.eject(outlier, all, now)
    for (const record of all) {
      if (record.ejectedUntil === 0) record.ejections = Math.max(0, record.ejections - 1)
      else if (record.ejectedUntil <= now) record.ejectedUntil = 0
      record.successes = record.failures = 0
    }
    return all.some(({ ejectedUntil }, at) => ejectedUntil > now !== before[at])
  }

  private bySuccessRate(all: readonly NodeRecord[]): NodeRecord[] {
    const counted = all.filter(record => callsOf(record) >= rateCalls)
    if (counted.length < rateNodes) return []
    const rates = counted.map(record => record.successes / callsOf(record))
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
    const threshold = mean - Math.sqrt(variance) * this.settings.stdevFactor
    return counted.filter((_, at) => (rates[at] as number) < threshold)
  }

  private byFailurePercentage(all: readonly NodeRecord[]): NodeRecord[] {
    const counted = all.filter(record => callsOf(record) >= percentageCalls)
    if (counted.length < rateNodes) return []
    return counted.filter(record => (record.failures / callsOf(record)) * 100 > this.settings.failurePercentage)
  }

  private eject(record: NodeRecord, all: readonly NodeRecord[], now: number): boolean {
    const out = all.filter(({ ejectedUntil }) => ejectedUntil > now).length
    const most = Math.max(1, Math.floor((all.length * this.settings.maxEjectionPercent) / 100))
    if (all.length < 2 || record.ejectedUntil > now || out >= most) return false
    record.ejections++
    record.failuresInARow = 0
    record.ejectedUntil =
      now + Math.min(this.settings.baseEjectionTime * record.ejections, this.settings.maxEjectionTime)
    return true
  }
}

function callsOf({ successes, failures }: NodeRecord): number {
  return successes + failures
}
