/** Milliseconds; the upper bound of the first bucket. */
const firstBound = 0.05
/** Each bound is this many times the one before, so a percentile is exact to about 15 %. */
const growth = 1.35
export const bucketCount = 48
const logGrowth = Math.log(growth)

/** Measured durations, as counts of buckets. */
export interface Distribution {
  /** Upper bound in milliseconds, and count; only from the first to the last bucket that has calls. */
  readonly buckets: readonly (readonly [le: number, count: number])[]
  readonly p50: number | null
  readonly p99: number | null
}

/** The index of the bucket for a duration in milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > firstBound)) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log(ms / firstBound) / logGrowth))
}

/** @param lowest the bucket of the first count */
export function distributionOf(counts: readonly number[], lowest: number): Distribution {
  const first = counts.findIndex(count => count > 0)
  const shown = first < 0 ? [] : counts.slice(first, counts.findLastIndex(count => count > 0) + 1)
  return {
    buckets: shown.map((count, at) => [rounded(upperBound(lowest + first + at)), count] as const),
    p50: percentile(counts, lowest, 0.5),
    p99: percentile(counts, lowest, 0.99),
  }
}

/** Milliseconds, interpolated within the bucket; null if there is no call. @param lowest the bucket of the first count */
export function percentile(counts: ArrayLike<number>, lowest: number, share: number): number | null {
  let total = 0
  for (let at = 0; at < counts.length; at++) total += counts[at] as number
  if (total === 0) return null
  const rank = share * total
  let below = 0
  let at = 0
  for (; at < counts.length - 1 && below + (counts[at] as number) < rank; at++) below += counts[at] as number
  const bucket = lowest + at
  const low = bucket === 0 ? 0 : upperBound(bucket - 1)
  return rounded(low + ((upperBound(bucket) - low) * (rank - below)) / (counts[at] as number))
}

function upperBound(bucket: number): number {
  return firstBound * growth ** bucket
}

/** To three digits. */
function rounded(ms: number): number {
  return Number(ms.toPrecision(3))
}
