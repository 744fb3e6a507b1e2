import { bucketCount } from './duration-buckets.js'

/** How a call counts: as good, as failed, or as a failure that speaks of the server's health. */
export type Counted = 'ok' | 'failed' | 'unhealthy'

/** Counts of calls. It is where each call is counted, so it is small and has one shape. */
export class CallTally {
  calls = 0
  failed = 0
  unhealthy = 0
  /** By bucket of their duration. */
  readonly durations = new Uint32Array(bucketCount)
  /** The first and the last bucket with a call. Without one, `first` is above `last`. */
  first = bucketCount
  last = -1

  /** @param bucket of its duration; -1 if it was not measured */
  record(counted: Counted, bucket: number): void {
    this.calls++
    if (counted !== 'ok') {
      this.failed++
      if (counted === 'unhealthy') this.unhealthy++
    }
    if (bucket < 0) return
    this.durations[bucket] = (this.durations[bucket] as number) + 1
    if (bucket < this.first) this.first = bucket
    if (bucket > this.last) this.last = bucket
  }

  clear(): void {
    this.calls = this.failed = this.unhealthy = 0
    this.durations.fill(0)
    this.first = bucketCount
    this.last = -1
  }
}
