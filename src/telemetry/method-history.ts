import type { Call, MethodInfo } from '../core/call.js'
import type { CallObservation, CallOutcome, Decision, MessageDirection, ObservedSide } from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import { isHealthCode } from '../core/code.js'
import type { RpcError } from '../core/rpc-error.js'
import { type CallRecord, CallRecording, endedRecord, peerOf, type RecordedCall } from './call-record.js'
import { bucketOf, type Distribution } from './duration-buckets.js'
import { type HistoryRange, seriesOfRanges, slotOf } from './history-range.js'
import { PolicyWork, type Work } from './policy-work.js'
import { type SeriesView, slotCount } from './time-series.js'

/** Slow and failed calls that are kept of one method. */
const mostRecords = 100
/** A call is slow if it takes longer than the 99th percentile of the last minute; before there are so many calls, than `slowAtFirst` ms. */
const enoughCalls = 100
const slowAtFirst = 100

/** The figures of a method over a time. */
export interface HistoryView extends SeriesView, Distribution {
  readonly inFlight: number
  /** The most frequent failures among the calls that are kept: reason, declared error or code, and how often. */
  readonly top: readonly (readonly [what: string, count: number])[]
  /** What policies did to the calls, whether they are kept or not. */
  readonly work: readonly Work[]
}

/** What a history shares with its methods. */
export interface HistoryScope {
  readonly clock: Clock
  nextKey(): number
  /** A call is over. */
  ended(side: ObservedSide, error: RpcError | undefined): void
}

/**
 * What is known of the calls of one method on one side. It is itself the observation of a call that is only counted, so that a call that
 * nobody looks at allocates nothing here.
 */
export class MethodHistory implements CallObservation {
  inFlight = 0
  /** Bytes of the largest message that this side received. */
  largestReceived = 0
  private readonly series = seriesOfRanges()
  private readonly work = new PolicyWork()
  private readonly records: CallRecord[] = []
  private readonly isUnary: boolean
  private slowAbove = slowAtFirst
  private slowAsOf = Number.NEGATIVE_INFINITY

  constructor(
    readonly method: MethodInfo,
    readonly side: ObservedSide,
    private readonly scope: HistoryScope,
  ) {
    this.isUnary = method.kind === 'unary'
  }

  /** Newest first. */
  get recent(): readonly CallRecord[] {
    return this.records.toReversed()
  }

  view(range: HistoryRange): HistoryView {
    const now = this.scope.clock.now()
    const series = this.series.at(range, now)
    const newest = Date.now()
    const oldest = newest - slotOf(range) * slotCount
    return {
      ...series.view(),
      ...series.distribution(),
      inFlight: this.inFlight,
      top: topOf(this.records.filter(({ at, code }) => code !== 'ok' && at >= oldest && at <= newest)),
      work: this.work.view(range, now),
    }
  }

  /** Adds the calls of each slot, oldest first. */
  addCalls(range: HistoryRange, sums: number[]): void {
    this.series.at(range, this.scope.clock.now()).addCalls(sums)
  }

  decided(decision: Pick<Decision, 'policy' | 'action'>): void {
    this.work.decided(decision, this.scope.clock.now())
  }

  message(direction: MessageDirection, bytes: number): void {
    if (direction === 'received' && bytes > this.largestReceived) this.largestReceived = bytes
  }

  ended(outcome: CallOutcome, call: Call): void {
    this.end(outcome, call)
  }

  /** @param ended what was recorded of the call; the call itself if it was only counted */
  end(outcome: CallOutcome, ended: CallRecording | Call): CallRecord | undefined {
    const { error, duration } = outcome
    this.inFlight--
    this.scope.ended(this.side, error)
    const now = this.scope.clock.now()
    const isSlow = this.isUnary && duration > this.slowLimit(now)
    const counted = error === undefined ? 'ok' : isHealthCode(error.code) ? 'unhealthy' : 'failed'
    const bucket = this.isUnary ? bucketOf(duration) : -1
    this.series.record(now, counted, bucket)
    if (error !== undefined) this.work.ended(outcome, this.side, now)
    if (error === undefined && !isSlow) return undefined
    const call = ended instanceof CallRecording ? ended.record() : this.bareRecord(ended)
    const record = endedRecord(call, outcome, { key: this.scope.nextKey(), slow: isSlow })
    this.records.push(record)
    if (this.records.length > mostRecords) this.records.shift()
    return record
  }

  private bareRecord(call: Call): RecordedCall {
    const { side } = this
    return {
      id: call.id,
      path: this.method.path,
      side,
      protocol: undefined,
      peer: peerOf(call, side),
      deadline: undefined,
      caller: undefined,
      attempts: [],
      decisions: [],
      sent: { messages: 0, bytes: 0 },
      received: { messages: 0, bytes: 0 },
    }
  }

  /** Read from the last minute at most once a second. */
  private slowLimit(now: number): number {
    if (Math.abs(now - this.slowAsOf) < 1000) return this.slowAbove
    this.slowAsOf = now
    const { buckets, p99 } = this.series.at('minute', now).distribution()
    const calls = buckets.reduce((sum, [, count]) => sum + count, 0)
    this.slowAbove = calls < enoughCalls || p99 === null ? slowAtFirst : p99
    return this.slowAbove
  }
}

function topOf(records: readonly CallRecord[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const { type, reason, code } of records) {
    const what = type ?? reason ?? code
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, 3)
}
