import test from 'ava'
import { CallSeries } from '../../src/telemetry/call-series.js'
import type { Counted } from '../../src/telemetry/call-tally.js'
import { bucketOf, distributionOf, percentile } from '../../src/telemetry/duration-buckets.js'
import { slotCount, TimeSeries } from '../../src/telemetry/time-series.js'

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

/** Numbers from 0 to below 1, the same in each run. */
function numbers(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 0x7fffffff
    return state / 0x7fffffff
  }
}

interface Event {
  readonly at: number
  readonly counted: Counted
  readonly bucket: number
}

/** What a series has to show, counted from a list of all calls. */
function expected(events: readonly Event[], now: number, slot: number) {
  const current = Math.floor(now / slot)
  const inSlot = Array.from({ length: slotCount }, (_, nth) =>
    events.filter(({ at }) => Math.floor(at / slot) === current - slotCount + 1 + nth),
  )
  const counts = (some: readonly Event[]) =>
    Array.from({ length: 48 }, (_, bucket) => some.filter(event => event.bucket === bucket).length)
  const count = (matches: (event: Event) => boolean) => inSlot.map(some => some.filter(matches).length)
  return {
    slot,
    calls: count(() => true),
    failed: count(({ counted }) => counted !== 'ok'),
    unhealthy: count(({ counted }) => counted === 'unhealthy'),
    p99s: inSlot.map(some => percentile(counts(some), 0, 0.99)),
    ...distributionOf(counts(inSlot.flat()), 0),
  }
}

function newSeries() {
  return new CallSeries({ minute: new TimeSeries(1000), hour: new TimeSeries(60_000) })
}

test('series show what a list of all calls shows', t => {
  const random = numbers()
  const kinds: readonly Counted[] = ['ok', 'ok', 'ok', 'failed', 'unhealthy']
  const series = newSeries()
  const events: Event[] = []
  let now = 12_345
  for (let round = 0; round < 30; round++) {
    // More than 255 calls in some slots, durations that come to lie outside of the buckets before, and silence longer than a minute.
    const calls = Math.floor(random() * (round % 15 === 0 ? 400 : 8))
    for (let nth = 0; nth < calls; nth++) {
      const bucket = random() < 0.1 ? -1 : bucketOf(10 ** (random() * (round / 6) - 1))
      const event = { at: now, counted: kinds[Math.floor(random() * kinds.length)] ?? 'ok', bucket }
      events.push(event)
      series.record(event.at, event.counted, event.bucket)
      now += random() * 2
    }
    for (const [range, slot] of [['minute', 1000] as const, ['hour', 60_000] as const]) {
      const shown = series.at(range, now)
      t.deepEqual({ ...shown.view(), ...shown.distribution() }, expected(events, now, slot), `round ${round}`)
    }
    now += random() < 0.1 ? 70_000 * random() : 700 * random()
  }
})

test('counts pass 255 and 65,535 in one slot', t => {
  const series = newSeries()
  for (let nth = 0; nth < 70_000; nth++) {
    series.record(1000 + (nth % 2) * 1000, 'failed', 3)
    if (nth !== 254 && nth !== 255 && nth !== 65_534 && nth !== 65_535) continue
    t.is(sum(series.at('hour', 2000).view().calls), nth + 1)
  }
  const { calls, failed } = series.at('hour', 2000).view()
  t.deepEqual([calls.at(-1), failed.at(-1)], [70_000, 70_000])
  t.deepEqual(
    series
      .at('hour', 2000)
      .distribution()
      .buckets.map(([, count]) => count),
    [70_000],
  )
})

test('a clock that goes back a little loses no call, and one that jumps back begins again', t => {
  const series = newSeries()
  series.record(100_000, 'ok', 0)
  series.record(99_999, 'ok', 0)
  series.record(98_000, 'ok', 0)
  t.is(sum(series.at('minute', 100_000).view().calls), 3)
  series.record(1000, 'ok', 0)
  t.deepEqual(series.at('minute', 1000).view().calls.slice(-2), [0, 1])
  series.record(-500_000, 'ok', 0)
  series.record(-499_000, 'ok', 0)
  t.deepEqual(series.at('minute', -499_000).view().calls.slice(-3), [0, 1, 1])
})

test('a clock that jumps forwards a day leaves nothing of before in the minute', t => {
  const series = newSeries()
  for (let nth = 0; nth < 100; nth++) series.record(nth * 1000, 'ok', nth % 48)
  series.record(86_400_000, 'ok', 1)
  t.is(sum(series.at('minute', 86_400_000).view().calls), 1)
  t.is(series.at('minute', 86_400_000).distribution().buckets.length, 1)
})
