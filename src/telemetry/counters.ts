import type { LabelValues } from './exposition.js'

/** The most series of one family. What comes after that counts under `_OTHER`, so that no peer can fill the memory. */
export const mostSeries = 10_000

/** The value of a label that has too many values, or that a stranger chose. */
export const other = '_OTHER'

/** Counters by up to three labels. The number of series is bounded. */
export class Counters {
  private readonly series = new Map<string, { readonly labels: LabelValues; value: number }>()

  /** @param overflowed called when an event is counted under `_OTHER` */
  constructor(private readonly overflowed: () => void) {}

  add(by: number, ...labels: string[]): void {
    this.at(labels).value += by
  }

  set(value: number, ...labels: string[]): void {
    this.at(labels).value = value
  }

  *samples(): Iterable<readonly [LabelValues, number]> {
    for (const { labels, value } of this.series.values()) yield [labels, value]
  }

  private at(labels: readonly string[]): { value: number } {
    const key = labels.join('\n')
    const found = this.series.get(key)
    if (found !== undefined) return found
    if (this.series.size >= mostSeries && labels.some(label => label !== other)) {
      this.overflowed()
      return this.at(labels.map(() => other))
    }
    const made = { labels, value: 0 }
    this.series.set(key, made)
    return made
  }
}
