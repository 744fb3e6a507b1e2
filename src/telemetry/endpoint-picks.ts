import type { Clock } from '../core/clock.js'
import { CallSeries } from './call-series.js'
import type { Distribution } from './duration-buckets.js'
import { slotOf } from './history-range.js'
import { type SeriesView, TimeSeries } from './time-series.js'

/** Endpoints whose picks are counted one by one. */
const mostEndpoints = 1000
/** Milliseconds after which an endpoint that is not picked may give its place to another one: no figure of it is left by then. */
const kept = 60_000

interface Counted {
  readonly series: CallSeries<'minute'>
  /** When it was last picked. */
  readonly lastAt: number
}

/** How often each endpoint was picked in the last minute. Its memory is bounded: beyond 1,000 endpoints the others count together. */
export class EndpointPicks {
  /** By service and address, those that were picked last at the end. */
  private readonly counted = new Map<string, Counted>()
  /** Of the endpoints beyond the limit, by service. */
  private readonly others = new Map<string, CallSeries<'minute'>>()

  constructor(private readonly clock: Clock) {}

  /** The last minute of one endpoint. */
  of(service: string, address: string): SeriesView & Distribution {
    return this.view(this.counted.get(`${service} ${address}`)?.series)
  }

  /** The last minute of the endpoints that are not counted one by one. */
  ofOthers(service: string): SeriesView & Distribution {
    return this.view(this.others.get(service))
  }

  /** Where to count a pick. */
  to(service: string, address: string): CallSeries<'minute'> {
    const key = `${service} ${address}`
    const known = this.counted.get(key)
    if (known === undefined && !this.makeRoom()) return this.toOthers(service)
    const { series } = known ?? { series: newSeries() }
    this.counted.delete(key)
    this.counted.set(key, { series, lastAt: this.clock.now() })
    return series
  }

  private makeRoom(): boolean {
    if (this.counted.size < mostEndpoints) return true
    for (const [oldest, { lastAt }] of this.counted) {
      if (Math.abs(this.clock.now() - lastAt) < kept) return false
      return this.counted.delete(oldest)
    }
    return true
  }

  private toOthers(service: string): CallSeries<'minute'> {
    let series = this.others.get(service)
    if (series === undefined) {
      series = newSeries()
      this.others.set(service, series)
    }
    return series
  }

  private view(picks = newSeries()): SeriesView & Distribution {
    const series = picks.at('minute', this.clock.now())
    return { ...series.view(), ...series.distribution() }
  }
}

function newSeries(): CallSeries<'minute'> {
  return new CallSeries({ minute: new TimeSeries(slotOf('minute')) })
}
