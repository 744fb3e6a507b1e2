/** Steps per doubling: neighbouring buckets are 9 % apart. */
const resolution = 8
/** From a sixteenth of a millisecond to over an hour. */
const lowest = -4 * resolution
const buckets = 26 * resolution
/** After this many samples, the earlier ones count half. */
const halfLife = 1000
/** Samples between two computations of the quantile. */
const stride = 32
/** With fewer samples the quantile is unknown. */
const enough = 20

/**
 * A quantile of recent latencies, to about 9 %: a histogram with buckets of equal ratio whose old samples fade. A sample costs a logarithm
 * and two additions.
 */
export class LatencyQuantile {
  private readonly counts = new Float64Array(buckets)
  private total = 0
  private recorded = 0
  private value: number | undefined

  /** @param quantile above 0 and below 1 */
  constructor(private readonly quantile: number) {}

  /** Milliseconds; undefined until there are enough samples. */
  get current(): number | undefined {
    return this.value
  }

  record(latency: number): void {
    const at = Math.ceil(Math.log2(Math.max(latency, Number.MIN_VALUE)) * resolution) - lowest
    const bucket = Math.min(buckets - 1, Math.max(0, at))
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.total++
    this.recorded++
    if (this.recorded < enough || (this.recorded - enough) % stride !== 0) return
    this.value = this.read()
    if (this.total >= halfLife) this.fade()
  }

  private read(): number {
    let left = this.total * this.quantile
    for (let bucket = 0; bucket < buckets; bucket++) {
      left -= this.counts[bucket] as number
      if (left <= 0) return 2 ** ((bucket + lowest) / resolution)
    }
    return 2 ** ((buckets + lowest) / resolution)
  }

  private fade(): void {
    this.total = 0
    for (let bucket = 0; bucket < buckets; bucket++) {
      const half = (this.counts[bucket] as number) / 2
      this.counts[bucket] = half
      this.total += half
    }
  }
}
