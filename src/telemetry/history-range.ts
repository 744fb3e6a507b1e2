import { CallSeries } from './call-series.js'
import { TimeSeries } from './time-series.js'

/** The time that a chart shows. */
export type HistoryRange = 'minute' | 'hour' | 'day'

const slots: Readonly<Record<HistoryRange, number>> = { minute: 1000, hour: 60_000, day: 24 * 60_000 }

/** Milliseconds of a slot. */
export function slotOf(range: HistoryRange): number {
  return slots[range]
}

/** A series of each range, without calls. */
export function seriesOfRanges(): CallSeries<HistoryRange> {
  return new CallSeries({
    minute: new TimeSeries(slots.minute),
    hour: new TimeSeries(slots.hour),
    day: new TimeSeries(slots.day),
  })
}
