/** Slots of a series: 60 seconds, 60 minutes, or 60 parts of a day. */
export const slotCount = 60

/** Milliseconds; the upper bound of the first bucket. */
const firstBound = 0.05
/** Each bound is this many times the one before, so a percentile is exact to about 15 %. */
const growth = 1.35
const bucketCount = 48
const logGrowth = Math.log(growth)

/** The index of the bucket for a duration in milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > firstBound)) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log(ms / firstBound) / logGrowth))
}

function upperBound(bucket: number): number {
  return firstBound * growth ** bucket
}

/** How a call counts: as good, as failed, or as a failure that speaks of the server's health. */
export type Counted = 'ok' | 'failed' | 'unhealthy'

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

/** Measured durations, as counts of buckets. */
export interface Distribution {
  /** Upper bound in milliseconds, and count; only from the first to the last bucket that has calls. */
  readonly buckets: readonly (readonly [le: number, count: number])[]
  readonly p50: number | null
  readonly p99: number | null
}

/** Calls of the last 60 slots of time, in memory that never grows. It reads no clock: the caller says when it is, in monotonic ms. */
export class TimeSeries {
  private readonly calls = new Uint32Array(slotCount)
  private readonly failed = new Uint32Array(slotCount)
  private readonly unhealthy = new Uint32Array(slotCount)
  private readonly durations = new Uint32Array(slotCount * bucketCount)
  private current = 0

  /** @param slot milliseconds */
  constructor(private readonly slot: number) {}

  /** @param bucket of its duration; -1 if it was not measured */
  record(now: number, counted: Counted, bucket: number): void {
    this.advance(now)
    const at = this.current % slotCount
    this.calls[at] = (this.calls[at] as number) + 1
    if (counted !== 'ok') this.failed[at] = (this.failed[at] as number) + 1
    if (counted === 'unhealthy') this.unhealthy[at] = (this.unhealthy[at] as number) + 1
    if (bucket < 0) return
    const place = at * bucketCount + bucket
    this.durations[place] = (this.durations[place] as number) + 1
  }

  view(now: number): SeriesView {
    this.advance(now)
    const order = this.order()
    const listOf = (counts: Uint32Array) => order.map(at => counts[at] as number)
    return {
      slot: this.slot,
      calls: listOf(this.calls),
      failed: listOf(this.failed),
      unhealthy: listOf(this.unhealthy),
      p99s: order.map(at => percentile(this.durations.subarray(at * bucketCount, (at + 1) * bucketCount), 0.99)),
    }
  }

  /** Adds the calls of each slot to `sums`, oldest first. */
  addCalls(now: number, sums: number[]): void {
    this.advance(now)
    for (let at = 0; at < slotCount; at++)
      sums[at] = (sums[at] ?? 0) + (this.calls[(this.current + 1 + at) % slotCount] as number)
  }

  distribution(now: number): Distribution {
    this.advance(now)
    const sums = new Float64Array(bucketCount)
    for (let at = 0; at < this.durations.length; at++)
      sums[at % bucketCount] = (sums[at % bucketCount] as number) + (this.durations[at] as number)
    const first = sums.findIndex(count => count > 0)
    const last = sums.findLastIndex(count => count > 0)
    const shown = first < 0 ? [] : [...sums].slice(first, last + 1)
    return {
      buckets: shown.map((count, at) => [rounded(upperBound(first + at)), count] as const),
      p50: percentile(sums, 0.5),
      p99: percentile(sums, 0.99),
    }
  }

  /** Places of the slots, oldest first. */
  private order(): number[] {
    return Array.from({ length: slotCount }, (_, at) => (this.current + 1 + at) % slotCount)
  }

  /** Clears the slots whose time has come again. A clock that goes back changes nothing. */
  private advance(now: number): void {
    const slot = Math.floor(now / this.slot)
    if (slot <= this.current) return
    const from = Math.max(this.current + 1, slot - slotCount + 1)
    for (let one = from; one <= slot; one++) {
      const at = one % slotCount
      this.calls[at] = this.failed[at] = this.unhealthy[at] = 0
      this.durations.fill(0, at * bucketCount, (at + 1) * bucketCount)
    }
    this.current = slot
  }
}

/** Milliseconds, interpolated within the bucket; null if there is no call. */
function percentile(counts: Uint32Array | Float64Array, share: number): number | null {
  let total = 0
  for (const count of counts) total += count
  if (total === 0) return null
  const rank = share * total
  let below = 0
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const count = counts[bucket] as number
    if (count > 0 && below + count >= rank) {
      const low = bucket === 0 ? 0 : upperBound(bucket - 1)
      return rounded(low + ((upperBound(bucket) - low) * (rank - below)) / count)
    }
    below += count
  }
  return rounded(upperBound(bucketCount - 1))
}

/** To three digits. */
function rounded(ms: number): number {
  return Number(ms.toPrecision(3))
}
