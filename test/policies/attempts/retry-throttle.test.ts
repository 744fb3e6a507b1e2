import test from 'ava'
import fc from 'fast-check'
import { Code, RpcError } from '../../../src/index.js'
import { RetryThrottle } from '../../../src/policies/attempts/retry-throttle.js'
import { StillClock } from '../../balancers/fleet.js'

const failure = new RpcError('no', Code.unavailable)

test('the throttle closes at half of its tokens and opens as calls succeed', t => {
  const throttle = new RetryThrottle(new StillClock())
  throttle.configure({ maxTokens: 10, tokenRatio: 0.1 })
  for (let n = 0; n < 4; n++) throttle.failed(undefined, failure)
  t.true(throttle.allow())
  throttle.failed(undefined, failure)
  t.false(throttle.allow(), 'five of ten are left')
  throttle.succeeded()
  t.true(throttle.allow())
})

test('without a bucket only the budget stops retries, and a bucket that comes later is full', t => {
  const throttle = new RetryThrottle(new StillClock())
  for (let n = 0; n < 1000; n++) {
    throttle.callBegan()
    throttle.failed(undefined, failure)
  }
  let retries = 0
  while (throttle.allow()) retries++
  t.true(retries >= 1000 * 0.2 && retries < 1000 * 0.2 + 100, `${retries} retries`)
  throttle.configure({ maxTokens: 10, tokenRatio: 0.1 })
  for (let n = 0; n < 5; n++) throttle.callBegan()
  t.true(throttle.allow())
})

test('a call that began before the window does not empty the second that has its place', t => {
  const clock = new StillClock()
  const throttle = new RetryThrottle(clock)
  clock.time = 15_000
  for (let n = 0; n < 20; n++) throttle.callBegan(15_000)
  throttle.callBegan(5000)
  t.is(throttle.inspect().calls, 21)
})

test('whatever happens: retries within their budget, none while most calls fail, and they are never shut for good', t => {
  const times = fc.integer({ min: 1, max: 60 })
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('call' as const), fails: fc.boolean(), times }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('retry' as const), times }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat({ max: 3000 }) }) },
    // A process that was stopped, or a machine that slept.
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat({ max: 1e12 }) }) },
  )
  const settings = fc.record({
    maxTokens: fc.integer({ min: 1, max: 1000 }),
    tokenRatio: fc.constantFrom(0.01, 0.1, 1),
  })
  fc.assert(
    fc.property(settings, fc.array(event, { maxLength: 60 }), ({ maxTokens, tokenRatio }, events) => {
      const clock = new StillClock()
      const throttle = new RetryThrottle(clock)
      throttle.configure({ maxTokens, tokenRatio })
      let tokens = maxTokens
      const calls: number[] = []
      const retries: number[] = []
      const failures: number[] = []
      const within = (times: readonly number[]) =>
        times.filter(at => Math.floor(at / 1000) > Math.floor(clock.time / 1000) - 10)
      const call = (fails: boolean) => {
        throttle.callBegan()
        calls.push(clock.time)
        if (fails) failures.push(clock.time)
        if (fails) throttle.failed(undefined, failure)
        else throttle.succeeded()
        tokens = fails ? Math.max(0, tokens - 1) : Math.min(maxTokens, tokens + tokenRatio)
      }
      /** @returns whether it was as it should be */
      const retry = (): boolean => {
        const [called, retried, failed] = [calls, retries, failures].map(times => within(times).length) as [
          number,
          number,
          number,
        ]
        const healthy = called < 10 ? 1 : Math.max(0, 1 - failed / (called + retried))
        const budget = called * 0.2 + 100 * healthy
        const may = tokens > maxTokens / 2 && retried + 1 <= budget
        if (throttle.allow() !== may) return false
        if (may) retries.push(clock.time)
        return true
      }
      for (const what of events) {
        if (what.kind === 'time') clock.time += what.ms
        else
          for (let n = 0; n < what.times; n++) {
            if (what.kind === 'call') call(what.fails)
            else if (!retry()) return false
          }
      }
      clock.time += 60_000
      for (let n = 0; n < maxTokens / tokenRatio; n++) throttle.succeeded()
      return throttle.allow()
    }),
  )
  t.pass()
})
