/**
 * Problem: a node accepts connections and answers, but badly: it fails every call, or many more than its peers. Backoff does not see it, since
 * it is not down.
 *
 * Kept by the channel and not by a policy: it speaks of a node for all methods, and it must change what balancers may pick.
 * Rules and defaults: gRFC A50, with consecutive failures as Envoy counts them. It runs on the calls themselves: no timer.
 */
import { type Duration, toMilliseconds } from '../core/duration.js'
import { misuse } from '../core/rpc-error.js'

export interface OutlierEjectionOptions {
  /** Between two looks at the rates; default 10 s. */
  readonly interval?: Duration
  /** A node is out for this times the number of its ejections; default 30 s. */
  readonly baseEjection?: Duration
  /** Default 300 s. */
  readonly maxEjection?: Duration
  /** Of all nodes, but always one; default 10. */
  readonly maxEjectionPercent?: number
  /** Failures in a row that eject a node at once; default 5. */
  readonly consecutiveFailures?: number
  /** Standard deviations below the mean success rate; default 1.9. Needs 5 nodes with 100 calls in the interval. */
  readonly stdevFactor?: number
  /** Failures in a hundred; default 85. Needs 5 nodes with 50 calls in the interval. */
  readonly failurePercentage?: number
}

/** What is counted of a node. */
export class NodeRecord {
  successes = 0
  failures = 0
  failuresInARow = 0
  ejections = 0
  /** Monotonic milliseconds until which it is, or was, out; back to 0 at the first look after that. */
  ejectedUntil = 0
}

const rateNodes = 5
const rateCalls = 100
const percentageCalls = 50

export class OutlierEjection {
  private readonly settings: Required<{ [K in keyof OutlierEjectionOptions]: number }>
  private nextLook = 0

  /** @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) for a setting that makes no sense */
  constructor(options: OutlierEjectionOptions = {}) {
    this.settings = {
      interval: timeOf(options.interval ?? 10_000, 'interval'),
      baseEjection: timeOf(options.baseEjection ?? 30_000, 'baseEjection'),
      maxEjection: timeOf(options.maxEjection ?? 300_000, 'maxEjection'),
      maxEjectionPercent: percentageOf(options.maxEjectionPercent ?? 10, 'maxEjectionPercent'),
      consecutiveFailures: countOf(options.consecutiveFailures ?? 5, 'consecutiveFailures'),
      stdevFactor: factorOf(options.stdevFactor ?? 1.9, 'stdevFactor'),
      failurePercentage: percentageOf(options.failurePercentage ?? 85, 'failurePercentage'),
    }
  }

  /**
   * Counts a call that has ended.
   * @param all the records of all nodes, that of the call among them
   * @returns true where a node has been ejected or has served its time, so that the nodes to pick from are others now
   */
  count(record: NodeRecord, failed: boolean, all: () => readonly NodeRecord[], now: number): boolean {
    let changed = false
    if (failed) {
      record.failures++
      // Asked anew with each further row, where too many others were out before.
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
    record.ejectedUntil = now + Math.min(this.settings.baseEjection * record.ejections, this.settings.maxEjection)
    return true
  }
}

function timeOf(duration: Duration, name: string): number {
  const milliseconds = toMilliseconds(duration, `outlierEjection ${name}`)
  if (milliseconds > 0) return milliseconds
  throw misuse('invalid_duration', `outlierEjection ${name}: ${milliseconds} ms is no time; write one above 0`)
}

function percentageOf(value: number, name: string): number {
  return checked(value, value >= 0 && value <= 100, { name, instead: 'a number from 0 to 100' })
}

function countOf(value: number, name: string): number {
  return checked(value, Number.isInteger(value) && value >= 1, { name, instead: 'a whole number from 1' })
}

function factorOf(value: number, name: string): number {
  return checked(value, Number.isFinite(value) && value >= 0, { name, instead: 'a number from 0' })
}

function checked(
  value: number,
  makesSense: boolean,
  said: { readonly name: string; readonly instead: string },
): number {
  if (makesSense && typeof value === 'number') return value
  throw misuse('invalid_policy', `outlierEjection: ${said.name} is ${value}; write ${said.instead}, or leave it out`)
}

function callsOf({ successes, failures }: NodeRecord): number {
  return successes + failures
}
