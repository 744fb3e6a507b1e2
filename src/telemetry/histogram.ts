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

/**
 * The most calls of a bucket that are asked for their trace between two scrapes: enough to find one if tracing takes a sample, few enough
 * to cost nothing if calls have no trace.
 */
const mostLooks = 200

/** What a histogram has counted, as plain values. */
export interface HistogramState {
  /** By bucket. */
  readonly counts: readonly number[]
  readonly exemplars: readonly (Exemplar | null)[]
  readonly sum: number
  readonly count: number
}

/** Counts durations in buckets. */
export class Histogram {
  /** The counts of the buckets, and of what is above the last bound. */
  readonly counts = new Float64Array(durationBounds.length + 1)
  readonly exemplars: (Exemplar | undefined)[] = []
  sum = 0
  count = 0
  /** By bucket: how many more calls are asked for their trace before the next scrape. */
  private readonly looks = new Uint8Array(durationBounds.length + 1).fill(mostLooks)

  /** @returns the index of the bucket */
  record(seconds: number): number {
    let at = 0
    while (at < durationBounds.length && seconds > (durationBounds[at] as number)) at++
    this.counts[at] = (this.counts[at] as number) + 1
    this.sum += seconds
    this.count++
    return at
  }

  get state(): HistogramState {
    const { sum, count } = this
    const exemplars = Array.from(this.exemplars, exemplar => exemplar ?? null)
    return { counts: [...this.counts], exemplars, sum, count }
  }

  /** Adds what another process has counted. The newest exemplar of a bucket stays. */
  add({ counts, exemplars, sum, count }: HistogramState): void {
    for (const [at, more] of counts.entries()) this.counts[at] = (this.counts[at] ?? 0) + more
    for (const [at, exemplar] of exemplars.entries())
      if (exemplar !== null && exemplar.at > (this.exemplars[at]?.at ?? 0)) this.exemplars[at] = exemplar
    this.sum += sum
    this.count += count
  }

  /** Whether the next call of a bucket is asked for its trace, which costs more than counting the call. */
  looksForTrace(bucket: number): boolean {
    const left = this.looks[bucket] as number
    if (left === 0) return false
    this.looks[bucket] = left - 1
    return true
  }

  /** Keeps the exemplar of a bucket until a scrape has written it. */
  keep(bucket: number, exemplar: Exemplar): void {
    this.exemplars[bucket] = exemplar
    this.looks[bucket] = 0
  }

  /** A scrape has written the exemplars: look for new ones. */
  scraped(): void {
    this.looks.fill(mostLooks)
  }
}
