import type { CallTally } from './call-tally.js'
import { type Distribution, distributionOf, percentile } from './duration-buckets.js'

/** Slots of a series: 60 seconds, 60 minutes, or 60 parts of a day. */
export const slotCount = 60

/** A series as it is shown. Lists have the oldest slot first. */
export interface SeriesView {
  /** Milliseconds of a slot. */
  readonly slot: number
  readonly calls: readonly number[]
  readonly failed: readonly number[]
  readonly unhealthy: readonly number[]
  /** Milliseconds; null in a slot without a measured call. */
  readonly p99s: readonly (number | null)[]
}

type Counts = Uint8Array | Uint16Array | Uint32Array

/** The columns of a row. Those of the durations follow. */
const calls = 0
const failed = 1
const unhealthy = 2
const durations = 3

/**
 * Calls of the last 60 slots of time. It reads no clock: the caller says when it is, in monotonic ms.
 *
 * A row for each slot is all that it keeps, with columns only for the buckets that had calls, of as many bytes as the greatest count needs:
 * 1.2 kB for most methods, and at most 12 kB.
 */
export class TimeSeries {
  private rows: Counts = new Uint8Array(0)
  /** The bucket of the first column of durations, and how many such columns there are. */
  private lowest = 0
  private buckets = 0
  private current = 0

  /** @param slot milliseconds */
  constructor(readonly slot: number) {}

  /** Adds calls to the current slot. */
  add(now: number, tally: CallTally): void {
    this.advance(now)
    this.makeRoom(tally)
    const { rows } = this
    const row = placeOf(this.current) * this.width
    const add = (column: number, count: number) => {
      rows[row + column] = (rows[row + column] as number) + count
    }
    add(calls, tally.calls)
    add(failed, tally.failed)
    add(unhealthy, tally.unhealthy)
    for (let bucket = tally.first; bucket <= tally.last; bucket++)
      add(durations + bucket - this.lowest, tally.durations[bucket] as number)
  }

  /** Leaves out the slots that are older than the series. A clock that goes back a little changes nothing; one that jumps back begins again. */
  advance(now: number): void {
    const slot = Math.floor(now / this.slot)
    const passed = slot - this.current
    if (passed <= 0 && passed > -slotCount) return
    if (Math.abs(passed) >= slotCount) {
      this.rows = new Uint8Array(0)
      this.buckets = 0
    } else
      for (let one = this.current + 1; one <= slot; one++) {
        const row = placeOf(one) * this.width
        this.rows.fill(0, row, row + this.width)
      }
    this.current = slot
  }

  view(): SeriesView {
    const listOf = (column: number) => this.order().map(at => this.rows[at * this.width + column] ?? 0)
    return {
      slot: this.slot,
      calls: listOf(calls),
      failed: listOf(failed),
      unhealthy: listOf(unhealthy),
      p99s: this.order().map(at => {
        const row = at * this.width
        return percentile(this.rows.subarray(row + durations, row + this.width), this.lowest, 0.99)
      }),
    }
  }

  /** Adds the calls of each slot to `sums`, oldest first. */
  addCalls(sums: number[]): void {
    for (const [nth, at] of this.order().entries())
      sums[nth] = (sums[nth] ?? 0) + (this.rows[at * this.width + calls] ?? 0)
  }

  distribution(): Distribution {
    const sums = new Array<number>(this.buckets).fill(0)
    for (let row = durations; row < this.rows.length; row += this.width)
      for (let column = 0; column < this.buckets; column++)
        sums[column] = (sums[column] as number) + (this.rows[row + column] as number)
    return distributionOf(sums, this.lowest)
  }

  private get width(): number {
    return durations + this.buckets
  }

  /** Places of the slots, oldest first. */
  private order(): number[] {
    return Array.from({ length: slotCount }, (_, nth) => placeOf(this.current + 1 + nth))
  }

  /** Makes columns for the buckets of the tally, of enough bytes for the calls of the current slot. No other count is greater. */
  private makeRoom({ calls: more, first, last }: CallTally): void {
    const { rows: old, width: oldWidth, lowest: oldLowest, buckets } = this
    const greatest = (old[placeOf(this.current) * oldWidth + calls] ?? 0) + more
    const isMeasured = first <= last
    const fits = !isMeasured || (buckets > 0 && first >= oldLowest && last < oldLowest + buckets)
    if (old.length > 0 && fits && greatest < 256 ** old.BYTES_PER_ELEMENT) return
    if (!fits) {
      this.lowest = buckets === 0 ? first : Math.min(first, oldLowest)
      this.buckets = (buckets === 0 ? last : Math.max(last, oldLowest + buckets - 1)) + 1 - this.lowest
    }
    this.rows = countsOf(slotCount * this.width, Math.max(greatest, 256 ** old.BYTES_PER_ELEMENT - 1))
    if (old.length === 0) return
    for (let at = 0; at < slotCount; at++) {
      const from = at * oldWidth
      const to = at * this.width
      this.rows.set(old.subarray(from, from + durations), to)
      if (buckets > 0)
        this.rows.set(old.subarray(from + durations, from + oldWidth), to + durations + oldLowest - this.lowest)
    }
  }
}

/** The clock may begin below 0. */
function placeOf(slot: number): number {
  return ((slot % slotCount) + slotCount) % slotCount
}

function countsOf(length: number, greatest: number): Counts {
  if (greatest < 2 ** 8) return new Uint8Array(length)
  return greatest < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length)
}
