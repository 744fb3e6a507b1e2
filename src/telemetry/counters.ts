import type { LabelValues } from './exposition.js'

/** The most series of one family. What comes after that counts under `_OTHER`, so that no peer can fill the memory. */
export const mostSeries = 10_000

/** The value of a label that has too many values, or that a stranger chose. */
export const other = '_OTHER'

/** One value of a family, with its labels. Code that counts often keeps it. */
export interface Series {
  readonly labels: LabelValues
  value: number
}

/** Counters by up to three labels. The number of series is bounded. */
export class Counters {
  private readonly all = new Map<string, Series>()

  /** @param overflowed called when an event is counted under `_OTHER` */
  constructor(private readonly overflowed: () => void) {}

  add(by: number, ...labels: string[]): void {
    this.series(...labels).value += by
  }

  set(value: number, ...labels: string[]): void {
    this.series(...labels).value = value
  }

  *samples(): Iterable<readonly [LabelValues, number]> {
    for (const { labels, value } of this.all.values()) yield [labels, value]
  }

  /** The series of a family with one label, without an array for it. */
  of(label: string): Series {
    return this.all.get(label) ?? this.series(label)
  }

  series(...labels: string[]): Series {
    const key = labels.join('\n')
    const found = this.all.get(key)
    if (found !== undefined) return found
    if (this.all.size >= mostSeries && labels.some(label => label !== other)) {
      this.overflowed()
      return this.series(...labels.map(() => other))
    }
    const made = { labels, value: 0 }
    this.all.set(key, made)
    return made
  }
}
