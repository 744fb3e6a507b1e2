import test from 'ava'
import { Load, type Send, type Step } from '../../../src/cli/bench/load.js'
import type { Pace } from '../../../src/cli/bench/pace.js'
import { seeded } from '../../../src/cli/bench/random.js'
import { pause, sleep } from '../../../src/core/clock.js'
import { Code, RpcError } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/index.js'

/** Runs a step in virtual time. @param send what a call takes of it */
async function ran(step: Partial<Step>, send: (clock: VirtualClock) => Send, end = 60_000) {
  const clock = new VirtualClock()
  const pace: Pace = {
    now: () => clock.now(),
    schedule: (delay, target) => clock.schedule(delay, target),
    until: (time, signal) => pause(clock, time - clock.now(), signal),
  }
  const whole: Step = {
    rate: 100,
    concurrency: 0,
    duration: 1000,
    arrivals: 'uniform',
    random: seeded(1),
    maxInFlight: 10_000,
    patience: 30_000,
    ...step,
  }
  const load = new Load(whole, send(clock), pace, new AbortController().signal)
  const done = load.run()
  await clock.advance(end)
  return { tally: await done, load }
}

const taking =
  (milliseconds: number) =>
  (clock: VirtualClock): Send =>
  async () => {
    await sleep(clock, milliseconds)
    return 'a:1'
  }

test('calls are due at fixed times, and the latency of each is counted', async t => {
  const { tally, load } = await ran({}, taking(5))
  t.like(tally, { due: 100, sent: 100, ok: 100, failed: 0, unfinished: 0, late: 0 })
  t.is(load.ran, 1000)
  t.is(tally.corrected.quantile(0.99), tally.raw.quantile(0.99))
  t.true(Math.abs(tally.corrected.quantile(0.5) - 5000) <= 5)
})

test('a server that stalls is charged for every call that was due meanwhile: no coordinated omission', async t => {
  // One second of silence, after which everything is answered at once.
  const { tally } = await ran({}, clock => async () => {
    await sleep(clock, Math.max(1, 1000 - clock.now()))
    return 'a:1'
  })
  t.is(tally.sent, 100)
  t.true(tally.corrected.quantile(0.5) >= 490_000, 'a closed loop would have sent one call')
  t.true(tally.corrected.max >= 1_000_000)
})

test('a generator that falls behind charges its delay to corrected, not to raw', async t => {
  const blocked = await ranLate()
  t.is(blocked.late, 9)
  t.is(blocked.latest, 10)
  t.true(blocked.corrected.max >= 10_000)
  t.true(blocked.raw.max < 10_000)
})

/** Time jumps by 10 ms in the middle of a run of one call a millisecond. */
async function ranLate() {
  let now = 0
  const pace: Pace = {
    now: () => now,
    schedule: () => ({ cancel() {} }),
    until: async time => {
      await new Promise(setImmediate)
      now = Math.max(now, time === 5 ? 15 : time)
    },
  }
  const step: Step = {
    rate: 1000,
    concurrency: 0,
    duration: 30,
    arrivals: 'uniform',
    random: () => 0,
    maxInFlight: 100,
    patience: 0,
  }
  return new Load(step, async () => 'a:1', pace, new AbortController().signal).run()
}

test('what is due with too many in flight is not sent, and what has no end is unfinished', async t => {
  const { tally } = await ran({ maxInFlight: 10, patience: 500 }, () => () => new Promise(() => {}))
  t.like(tally, { due: 100, sent: 10, notSent: 90, ok: 0, unfinished: 10 })
  t.true(tally.corrected.quantile(0.01) >= 1_400_000, 'its age counts as its least latency')
})

test('failures stay in the percentiles, by code and reason', async t => {
  const { tally } = await ran({}, clock => async index => {
    await sleep(clock, index % 2 === 0 ? 1 : 100)
    if (index % 2 === 1) throw new RpcError('no', Code.unavailable, { reason: 'draining' })
    return index % 4 === 0 ? 'a:1' : 'b:1'
  })
  t.like(tally, { ok: 50, failed: 50 })
  t.deepEqual(
    [...tally.failures.values()].map(({ code, reason, count }) => [code, reason, count]),
    [['unavailable', 'draining', 50]],
  )
  t.true(tally.corrected.quantile(0.9) >= 100_000)
  t.true(tally.succeeded.max < 2000)
  t.deepEqual([...tally.endpoints.keys()].sort(), ['a:1', 'b:1', 'no endpoint'])
})

test('a closed loop has so many calls in flight, and one after the other', async t => {
  const { tally } = await ran({ rate: undefined, concurrency: 4 }, taking(100))
  t.like(tally, { sent: 40, ok: 40 })
})

test('random arrivals have the rate, and are the same for the same seed', async t => {
  const poisson = () => ran({ arrivals: 'poisson', rate: 1000, duration: 10_000, random: seeded(7) }, taking(1))
  const [{ tally }, other] = await Promise.all([poisson(), poisson()])
  t.is(tally.due, other.tally.due)
  t.true(Math.abs(tally.due - 10_000) < 400, String(tally.due))
})
