import test from 'ava'
import { Code, connect, disconnect, RpcError, serve } from '../../../src/index.js'
import { AdaptiveLimit } from '../../../src/policies/limits/adaptive-limit.js'
import { AdaptiveGate, concurrencyLimit } from '../../../src/policies/limits/concurrency-limit.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

/** A server that works on `capacity` calls at once, 10 ms each; what is more waits for them. Calls come evenly, `rate` a second. */
function simulate(
  limit: AdaptiveLimit,
  world: { now: number },
  options: { rate: number; seconds: number; capacity: number },
) {
  const { rate, capacity } = options
  const ends: number[] = []
  const freeAt = new Array<number>(capacity).fill(world.now)
  const begun: number[] = []
  let accepted = 0
  let worst = 0
  const until = world.now + options.seconds * 1000
  for (let at = world.now; at < until; at += 1000 / rate) {
    while (ends.length > 0 && (ends[0] as number) <= at) {
      world.now = ends.shift() as number
      limit.record(world.now - (begun.shift() as number), false)
    }
    world.now = at
    if (ends.length >= limit.limit) continue
    const worker = freeAt.indexOf(Math.min(...freeAt))
    const end = Math.max(at, freeAt[worker] as number) + 10
    freeAt[worker] = end
    ends.push(end)
    begun.push(at)
    accepted++
    worst = Math.max(worst, end - at)
  }
  return { accepted: accepted / options.seconds, worst }
}

test('auto finds what the server bears: nearly all of its throughput, and no call waits long', t => {
  const world = { now: 0 }
  const limit = new AdaptiveLimit({ now: () => world.now, schedule: () => ({ cancel: () => {} }) }, () => 0.5)
  const calm = simulate(limit, world, { rate: 500, seconds: 20, capacity: 10 })
  t.is(calm.accepted, 500, 'below its capacity nothing is refused')
  simulate(limit, world, { rate: 3000, seconds: 10, capacity: 10 })
  const overloaded = simulate(limit, world, { rate: 3000, seconds: 60, capacity: 10 })
  t.true(overloaded.accepted > 900, `${overloaded.accepted} calls a second of the 1000 that it bears`)
  t.true(overloaded.worst < 30, `a call took ${overloaded.worst} ms where 10 would do`)
})

test('auto follows a server that becomes slower', t => {
  const world = { now: 0 }
  const limit = new AdaptiveLimit({ now: () => world.now, schedule: () => ({ cancel: () => {} }) }, () => 0.5)
  simulate(limit, world, { rate: 3000, seconds: 60, capacity: 10 })
  simulate(limit, world, { rate: 3000, seconds: 120, capacity: 4 })
  const slower = simulate(limit, world, { rate: 3000, seconds: 30, capacity: 4 })
  t.true(slower.accepted > 360, `${slower.accepted} of 400`)
  t.true(slower.worst < 50, `${slower.worst} ms`)
})

test('auto halves its limit while every call fails, and never goes below a few', t => {
  const world = { now: 0 }
  const limit = new AdaptiveLimit({ now: () => world.now, schedule: () => ({ cancel: () => {} }) })
  for (let n = 0; n < 5000; n++) {
    world.now += 5
    limit.record(1, true)
  }
  t.is(limit.limit, 4)
})

test('calls that end in the turn in which they came are no load', async t => {
  const gate = new AdaptiveGate({ now: () => 0, schedule: () => ({ cancel: () => {} }) })
  const turns: number[] = []
  for (let n = 0; n < 100; n++) if (gate.enter()) turns.push(gate.turn)
  t.is(turns.length, 100, 'a burst')
  for (const turn of turns) gate.leaveUnmeasured(turn)
  for (let n = 0; n < 100; n++) gate.enter()
  await new Promise(resolve => setImmediate(resolve))
  t.false(gate.enter(), 'but those that stay are')
})

test('over the limit a call is refused at once, with proof that no handler saw it', async t => {
  const { call, wrap } = rig()
  const policy = concurrencyLimit(2)
  t.truthy(policy)
  const releases: (() => void)[] = []
  const handler = wrap(
    policy === undefined ? [] : [policy],
    () => new Promise(resolve => releases.push(() => resolve('reply'))),
    ['handler'],
  )
  const inside = [handler(call()), handler(call())]
  const error = (await outcome(handler(call()))).error as RpcError
  t.like(error, { code: Code.resource_exhausted, reason: 'overloaded', delivery: 'refused' })
  releases[0]?.()
  await inside[0]
  const next = handler(call())
  releases[2]?.()
  t.is(await next, 'reply')
})

test('a stream counts until its end', async t => {
  const { call, wrap } = rig(methodInfo('safe', 'server_streaming'))
  const policy = concurrencyLimit(1)
  const handler = wrap(policy === undefined ? [] : [policy], async () => (async function* () {})(), ['handler'])
  const stream = (await handler(call())) as AsyncIterable<unknown>
  t.is(((await outcome(handler(call()))).error as RpcError).reason, 'overloaded')
  for await (const _ of stream);
  t.is((await outcome(handler(call()))).error, undefined)
})

test('it is one limit for the whole server', async t => {
  const service = new HelloService()
  let release: () => void = () => {}
  let arrived: () => void = () => {}
  const inside = new Promise<void>(resolve => {
    arrived = resolve
  })
  service.ping = () => {
    arrived()
    return new Promise(resolve => {
      release = resolve
    })
  }
  const server = await serve([service], { port: false, memory: 'one-at-a-time', limits: { concurrency: 1 } })
  const hello = connect(Hello, 'memory://one-at-a-time')
  const ping = hello.ping()
  await inside
  const error = (await outcome(hello.divide(1, 2))).error as RpcError
  t.like(error, { code: Code.resource_exhausted, delivery: 'refused' })
  release()
  await ping
  t.is(await hello.divide(1, 2), 0.5)
  await disconnect(hello)
  await server.close()
})

test('auto answers as before where there is no load', async t => {
  const server = await serve([HelloService], { port: false, memory: 'auto', limits: { concurrency: 'auto' } })
  const hello = connect(Hello, 'memory://auto')
  const replies = await Promise.all(Array.from({ length: 60 }, (_, n) => hello.divide(n, 1)))
  t.deepEqual(
    replies,
    Array.from({ length: 60 }, (_, n) => n),
  )
  await disconnect(hello)
  await server.close()
})

test('a limit that makes no sense is refused at start-up', async t => {
  for (const concurrency of [0, -1, 1.5, Number.NaN, 'automatic' as 'auto']) {
    await t.throwsAsync(serve([HelloService], { port: false, limits: { concurrency } }), {
      message: /limits\.concurrency must be an integer of at least 1, 'auto' or Infinity, got /,
    })
  }
  t.is(concurrencyLimit(Number.POSITIVE_INFINITY), undefined)
})
