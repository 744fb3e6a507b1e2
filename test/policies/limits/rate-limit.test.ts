import test from 'ava'
import fc from 'fast-check'
import { Code, Headers, RpcError, rateLimit } from '../../../src/index.js'
import { TokenBucket } from '../../../src/policies/limits/rate-limit.js'
import { outcome, rig } from '../../support/calls.js'

function limited(options: Parameters<typeof rateLimit>[0]) {
  const { clock, call, wrap } = rig()
  const handler = wrap([rateLimit(options)], async () => 'reply', ['handler'])
  const passes = async (count: number, headers: Record<string, string> = {}) => {
    let passed = 0
    for (let n = 0; n < count; n++) {
      const active = call()
      for (const [name, value] of new Headers(headers)) active.headers.set(name, value)
      if ((await outcome(handler(active))).error === undefined) passed++
    }
    return passed
  }
  return { clock, call, handler, passes }
}

test('a burst passes at once, then as many as the rate allows', async t => {
  const { clock, passes } = limited({ rate: 10, burst: 5 })
  t.is(await passes(20), 5)
  await clock.advance(300)
  t.is(await passes(20), 3)
  await clock.advance(60_000)
  t.is(await passes(20), 5, 'no more than the burst is saved up')
})

test('a refusal says when to come back, and that no handler ran', async t => {
  const { clock, call, handler, passes } = limited({ rate: 4, burst: 1 })
  await passes(1)
  await clock.advance(50)
  const error = (await outcome(handler(call()))).error as RpcError
  t.like(error, { code: Code.resource_exhausted, reason: 'rate_limited', delivery: 'refused' })
  t.is(error.headers?.get('grpc-retry-pushback-ms'), '200')
  await clock.advance(200)
  t.is(await passes(1), 1)
})

test('each key has a limit of its own, and keys are bounded', async t => {
  const { passes } = limited({ rate: 1, burst: 2, by: call => call.headers.get('x-tenant') ?? '' })
  t.is(await passes(5, { 'x-tenant': 'a' }), 2)
  t.is(await passes(5, { 'x-tenant': 'b' }), 2)
  t.is(await passes(5), 2)
  for (let n = 0; n < 10_001; n++) await passes(1, { 'x-tenant': `t${n}` })
  t.is(await passes(5, { 'x-tenant': 'a' }), 2, 'the one used longest ago was forgotten')
})

test('a key that cannot be found is an error of the server and lets nobody in', async t => {
  const { call, wrap } = rig()
  const by = () => {
    throw new TypeError('no tenant')
  }
  const handler = wrap([rateLimit({ rate: 1, by })], async () => 'reply', ['handler'])
  t.is(((await outcome(handler(call()))).error as TypeError).message, 'no tenant')
})

test('settings that make no sense are refused at start-up', t => {
  t.throws(() => rateLimit({ rate: 0 }), { message: /rate must be a number above 0, got 0/ })
  t.throws(() => rateLimit({ rate: 5, burst: 0.5 }), { message: /burst must be a number of at least 1, got 0.5/ })
})

test('whatever the times of the calls, never more than burst + rate * time pass, and never fewer than could', t => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 200 }),
      fc.double({ min: 0.5, max: 500, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      (gaps, rate, burst) => {
        let now = 0
        const bucket = new TokenBucket(rate, burst, { now: () => now, schedule: () => ({ cancel: () => {} }) })
        let tokens = burst
        for (const gap of gaps) {
          now += gap
          tokens = Math.min(burst, tokens + (gap * rate) / 1000)
          const near = Math.abs(tokens - 1) < 1e-4
          const passed = bucket.take()
          if (near) {
            tokens = Math.max(0, tokens - (passed ? 1 : 0))
            continue
          }
          t.is(passed, tokens >= 1)
          if (passed) tokens--
          else t.true(Math.abs(bucket.wait - ((1 - tokens) * 1000) / rate) < 1)
        }
      },
    ),
  )
})
