import test from 'ava'
import { arrivals } from '../../../src/cli/bench/arrivals.js'
import { Load, type Send, type Step } from '../../../src/cli/bench/load.js'
import type { Pace } from '../../../src/cli/bench/pace.js'
import { seeded } from '../../../src/cli/bench/random.js'
import { type Part, Tally } from '../../../src/cli/bench/tally.js'
import { pause, sleep } from '../../../src/core/clock.js'
import { Code, RpcError } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/index.js'

/** Runs a step in virtual time. @param send what a call takes of it */
async function ran(
  step: Partial<Step>,
  send: (clock: VirtualClock) => Send,
  { end = 60_000, share = { index: 0, of: 1 } } = {},
) {
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
    windows: 1,
    arrivals: 'uniform',
    seed: 1,
    maxInFlight: 10_000,
    patience: 30_000,
    ...step,
  }
  const { signal } = new AbortController()
  const load = new Load(whole, { send: send(clock), pace, signal, share, random: seeded(whole.seed) })
  const done = load.run()
  await clock.advance(end)
  const tallies = await done
  return { tally: tallies[0] as Tally, tallies, load }
}

const taking =
  (milliseconds: number) =>
  (clock: VirtualClock): Send =>
  async () => {
    await sleep(clock, milliseconds)
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
    windows: 1,
    arrivals: 'uniform',
    seed: 1,
    maxInFlight: 100,
    patience: 0,
  }
  const { signal } = new AbortController()
  const context = { send: async () => {}, pace, signal, share: { index: 0, of: 1 }, random: () => 0 }
  const [tally] = await new Load(step, context).run()
  return tally as Tally
}

test('what is due with too many in flight is not sent, and what has no end is unfinished', async t => {
  const { tally } = await ran({ maxInFlight: 10, patience: 500 }, () => () => new Promise(() => {}))
  t.like(tally, { due: 100, sent: 10, notSent: 90, ok: 0, unfinished: 10 })
  t.true(tally.corrected.quantile(0.01) >= 1_400_000, 'its age counts as its least latency')
})

test('failures stay in the percentiles, by code and reason', async t => {
  const { tally } = await ran({}, clock => async (index, flight) => {
    flight.method = 'a.A/B'
    await sleep(clock, index % 2 === 0 ? 1 : 100)
    if (index % 4 !== 3) flight.endpoint = index % 4 === 0 ? 'a:1' : 'b:1'
    if (index % 2 === 1) throw new RpcError('no', Code.unavailable, { reason: 'draining' })
  })
  t.like(tally, { ok: 50, failed: 50 })
  t.deepEqual(
    [...tally.failures.values()].map(({ code, reason, count }) => [code, reason, count]),
    [['unavailable', 'draining', 50]],
  )
  t.true(tally.corrected.quantile(0.9) >= 100_000)
  t.true(tally.succeeded.max < 2000)
  const failed = (parts: ReadonlyMap<string, Part>) => [...parts].map(([name, part]) => [name, part.failed]).sort()
  t.deepEqual(failed(tally.endpoints), [
    ['a:1', 0],
    ['b:1', 25],
    ['no endpoint', 25],
  ])
  t.deepEqual(failed(tally.methods), [['a.A/B', 50]])
})

test('a closed loop has so many calls in flight, and one after the other', async t => {
  const { tally } = await ran({ rate: undefined, concurrency: 4 }, taking(100))
  t.like(tally, { sent: 40, ok: 40 })
})

test('random arrivals have the rate, and are the same for the same seed', async t => {
  const poisson = () => ran({ arrivals: 'poisson', rate: 1000, duration: 10_000, seed: 7 }, taking(1))
  const [{ tally }, other] = await Promise.all([poisson(), poisson()])
  t.is(tally.due, other.tally.due)
  t.true(Math.abs(tally.due - 10_000) < 400, String(tally.due))
})

test('a ramp grows from one rate to the other, and its windows are counted apart', async t => {
  const { tallies } = await ran({ rate: 100, endRate: 1100, duration: 10_000, windows: 10 }, taking(1))
  // The rate in the middle of each second: 150, 250 ... 1050.
  for (const [at, tally] of tallies.entries())
    t.true(Math.abs(tally.due - (150 + 100 * at)) <= 1, `${at}: ${tally.due}`)
  const down = await ran({ rate: 100, endRate: 20, duration: 1000 }, taking(1))
  t.is(down.tally.due, 60)
})

test('the shares of several generators are the load, in the same order', t => {
  const whole = [...arrivals({ rate: 97, endRate: 311, duration: 1000, share: { index: 0, of: 1 }, random: undefined })]
  const shares = [0, 1, 2].flatMap(index => [
    ...arrivals({ rate: 97, endRate: 311, duration: 1000, share: { index, of: 3 }, random: undefined }),
  ])
  t.is(whole.length, 204)
  t.deepEqual(
    shares.sort((one, other) => one - other),
    whole,
  )
})

test('of callers and of calls in flight each generator has its share', async t => {
  const shared = (step: Partial<Step>) =>
    Promise.all([0, 1, 2].map(index => ran(step, () => () => new Promise(() => {}), { share: { index, of: 3 } })))
  const sent = async (step: Partial<Step>) => (await shared(step)).map(({ tally }) => tally.sent)
  t.deepEqual(await sent({ rate: undefined, concurrency: 4 }), [2, 1, 1])
  t.deepEqual(await sent({ maxInFlight: 5 }), [2, 2, 1])
})

test('tallies of several threads add up to one, failures and their causes too', async t => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const failing = () => async (index: number) => {
    if (index % 2 === 0) throw new RpcError('no', Code.unavailable, { reason: 'connect_failed', cause })
  }
  const [one, other] = [await ran({}, failing), await ran({ rate: 50 }, taking(40))]
  const sum = new Tally()
  for (const { tally } of [one, other]) sum.add(structuredClone(tally.packed()))
  t.like(sum, { due: 150, sent: 150, ok: 100, failed: 50 })
  t.is(sum.corrected.total, 150)
  t.is(sum.corrected.max, other.tally.corrected.max)
  t.is(sum.endpoints.get('no endpoint')?.latency.total, 150)
  const [failure] = sum.failures.values()
  t.like(failure, { code: 'unavailable', reason: 'connect_failed', count: 50 })
  t.like(failure?.first.cause, { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' })
})
