/** The upper bounds of buckets, in seconds, that the OpenTelemetry conventions advise for the duration of calls. */
export const durationBounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** One measured call, by which a bucket leads to its trace. */
export interface Exemplar {
  readonly traceId: string
  readonly spanId: string
  readonly value: number
  /** Wall clock, in seconds since 1970. */
  readonly at: number
}

/** Counts durations in buckets. */
export class Histogram {
  /** The counts of the buckets, and of what is above the last bound. */
  readonly counts = new Float64Array(durationBounds.length + 1)
  readonly exemplars: (Exemplar | undefined)[] = []
  sum = 0
  count = 0

  /** @returns the index of the bucket */
  record(seconds: number): number {
    let at = 0
    while (at < durationBounds.length && seconds > (durationBounds[at] as number)) at++
    this.counts[at] = (this.counts[at] as number) + 1
    this.sum += seconds
    this.count++
    return at
  }
}
