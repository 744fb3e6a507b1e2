import { CallTally, type Counted } from './call-tally.js'
import type { TimeSeries } from './time-series.js'

/** Milliseconds. The slots of all series are multiples of it. */
const settling = 1000

/**
 * Counts calls for several series. A call is only added to a tally, which goes into the series once a second: so a call costs the same
 * however many series there are, and these can be small instead of fast.
 */
export class CallSeries<Range extends string> {
  private readonly tally = new CallTally()
  private readonly all: readonly TimeSeries[]
  /** The second of the calls in the tally. */
  private second = 0

  constructor(private readonly series: Readonly<Record<Range, TimeSeries>>) {
    this.all = Object.values(series)
  }

  /** @param bucket of its duration; -1 if it was not measured */
  record(now: number, counted: Counted, bucket: number): void {
    const second = Math.floor(now / settling)
    if (second !== this.second) {
      this.settle()
      this.second = second
    }
    this.tally.record(counted, bucket)
  }

  /** The series of a range, with all calls until now. */
  at(range: Range, now: number): TimeSeries {
    this.settle()
    const series = this.series[range]
    series.advance(now)
    return series
  }

  private settle(): void {
    if (this.tally.calls === 0) return
    for (const one of this.all) one.add(this.second * settling, this.tally)
    this.tally.clear()
  }
}
