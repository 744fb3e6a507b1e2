import test from 'ava'
import fc from 'fast-check'
import type { ActiveCall } from '../../../src/extend.js'
import { Code, Headers, hedge, RpcError, timeout, use } from '../../../src/index.js'
import { LatencyQuantile } from '../../../src/policies/attempts/latency-quantile.js'
import { throttleOf } from '../../../src/policies/attempts/retry-throttle.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

interface Attempt {
  readonly at: number
  readonly call: ActiveCall
  readonly address: string
  readonly answer: (reply: unknown) => void
  readonly fail: (code: Code, options?: ConstructorParameters<typeof RpcError>[2]) => void
}

/** Attempts wait until the test answers them; each goes to the first endpoint of those that the call has not tried. */
function hedged(options: Parameters<typeof hedge>[0] = {}, endpoints = 5) {
  const base = rig()
  const attempts: Attempt[] = []
  const canceled: string[] = []
  const handler = base.wrap([hedge({ maxExtraLoad: 1, ...options })], call => {
    const at = Array.from({ length: endpoints }, (_, n) => `e${n}`).find(
      address => !call.tried?.some(one => one.address === address),
    )
    if (at === undefined)
      return Promise.reject(new RpcError('none left', Code.unavailable, { reason: 'no_endpoint', delivery: 'unsent' }))
    call.setEndpoint({ address: at })
    return new Promise((answer, reject) => {
      const fail: Attempt['fail'] = (code, how) => reject(new RpcError(`no from ${at}`, code, how))
      call.onCancel(reason => {
        canceled.push(at)
        reject(reason)
      })
      attempts.push({ at: base.clock.now(), call, address: at, answer, fail })
    })
  })
  return { ...base, attempts, canceled, handler }
}

test('a policy within the hedge may throw or return no promise, also in an attempt that a timer begins', async t => {
  const { clock, call, wrap } = rig()
  let attempts = 0
  const own = use(
    () => () => {
      if (++attempts === 2) throw new RpcError('refused', Code.unavailable, { delivery: 'unsent' })
      return attempts === 1 ? new Promise<never>(() => {}) : ('plain' as never)
    },
    { name: 'own', after: 'hedge' },
  )
  const handler = wrap([hedge({ attempts: 3, delay: '20ms', maxExtraLoad: 1 }), own], () => Promise.resolve())
  const result = outcome(handler(call()))
  await clock.advance(20)
  t.deepEqual(await result, { value: 'plain' })
  t.is(attempts, 3)
})

test('the next attempt goes out after the delay, elsewhere; the first success wins and cancels the rest', async t => {
  const { clock, call, attempts, canceled, handler } = hedged({ attempts: 3, delay: '20ms' })
  const active = call()
  const result = outcome(handler(active))
  await clock.advance(50)
  t.deepEqual(
    attempts.map(({ at, address }) => [at, address]),
    [
      [0, 'e0'],
      [20, 'e1'],
      [40, 'e2'],
    ],
  )
  t.deepEqual(
    attempts.map(one => one.call.attempt),
    [1, 2, 3],
  )
  attempts[1]?.call.receiveReplyHeaders(['x-from', 'e1'])
  attempts[0]?.call.receiveReplyHeaders(['x-from', 'e0'])
  attempts[1]?.answer('reply of e1')
  t.deepEqual(await result, { value: 'reply of e1' })
  t.deepEqual(canceled, ['e0', 'e2'])
  t.is(active.endpoint?.address, 'e1')
  t.is(active.replyHeaders.get('x-from'), 'e1', 'nothing is heard of those that lost')
  active.finish()
  t.is(clock.size, 0)
})

test('an original that answers in time is alone', async t => {
  const { clock, call, attempts, handler } = hedged({ delay: '20ms' })
  const active = call()
  const result = handler(active)
  await clock.advance(19)
  attempts[0]?.answer('reply')
  t.is(await result, 'reply')
  active.finish()
  await clock.advance(100)
  t.is(attempts.length, 1)
  t.is(clock.size, 0)
})

test('a failure that is not fatal sends the next out at once; a fatal one ends the call', async t => {
  const { clock, call, attempts, canceled, handler } = hedged({ attempts: 4, delay: '1s' })
  const result = outcome(handler(call()))
  attempts[0]?.fail(Code.unavailable)
  await clock.advance(0)
  t.is(attempts.length, 2)
  await clock.advance(1000)
  t.is(attempts.length, 3)
  attempts[2]?.fail(Code.invalid_argument)
  t.is(((await result).error as RpcError).message, 'no from e2')
  t.deepEqual(canceled, ['e1'])
})

test('when every attempt fails the last real failure is told', async t => {
  const { clock, call, attempts, handler } = hedged({ attempts: 3, delay: '1s' }, 2)
  const result = outcome(handler(call()))
  for (let n = 0; n < 2; n++) {
    attempts[n]?.fail(Code.unavailable)
    await clock.advance(0)
  }
  t.is(((await result).error as RpcError).message, 'no from e1')
})

test('a call is not unsent because the attempt that failed last is, or the one that ends it', async t => {
  const { clock, call, attempts, handler } = hedged({ attempts: 2, delay: '1s' }, 2)
  const both = outcome(handler(call()))
  attempts[0]?.fail(Code.unavailable)
  await clock.advance(0)
  attempts[1]?.fail(Code.unavailable, { delivery: 'unsent' })
  t.like((await both).error, { message: 'no from e1', delivery: 'unknown' })
  const active = call()
  const canceled = outcome(handler(active))
  await clock.advance(1000)
  t.is(attempts.length, 4)
  attempts[3]?.fail(Code.unavailable, { delivery: 'unsent' })
  active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await canceled).error as RpcError).delivery, 'unknown')
})

test('with one endpoint there is no hedge, and the original is not harmed', async t => {
  const { clock, call, attempts, handler } = hedged({ delay: '10ms' }, 1)
  const result = handler(call())
  await clock.advance(100)
  t.is(attempts.length, 1)
  attempts[0]?.answer('reply')
  t.is(await result, 'reply')
})

test('pushback is obeyed: a negative one ends hedging, another puts off the next attempt', async t => {
  const pushback = (value: string) => ({ headers: new Headers({ 'grpc-retry-pushback-ms': value }) })
  const never = hedged({ attempts: 3, delay: '10ms' })
  const refused = outcome(never.handler(never.call()))
  never.attempts[0]?.fail(Code.unavailable, pushback('-1'))
  t.is(((await refused).error as RpcError).message, 'no from e0')
  t.is(never.attempts.length, 1)

  const later = hedged({ attempts: 3, delay: '10ms' })
  const result = outcome(later.handler(later.call()))
  later.attempts[0]?.fail(Code.unavailable, pushback('700'))
  await later.clock.advance(699)
  t.is(later.attempts.length, 1)
  await later.clock.advance(1)
  later.attempts[1]?.answer('reply')
  t.deepEqual(await result, { value: 'reply' })

  const tooLate = hedged({ attempts: 3, delay: '10ms' })
  const over = outcome(tooLate.handler(tooLate.call(500)))
  tooLate.attempts[0]?.fail(Code.unavailable, pushback('600'))
  t.is(((await over).error as RpcError).message, 'no from e0')
})

test('cancelling the call ends every attempt, and the pause before one', async t => {
  const { clock, call, attempts, canceled, handler } = hedged({ delay: '10ms' })
  const active = call()
  const result = outcome(handler(active))
  await clock.advance(10)
  active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await result).error as RpcError).message, 'enough')
  t.deepEqual(canceled, ['e0', 'e1'])

  const pausing = call()
  const paused = outcome(handler(pausing))
  attempts.at(-1)?.fail(Code.unavailable, { headers: new Headers({ 'grpc-retry-pushback-ms': '5000' }) })
  await clock.advance(1)
  pausing.cancel(new RpcError('enough', Code.canceled))
  t.is(((await paused).error as RpcError).message, 'enough')
  t.is(clock.size, 0)
})

test('a stream belongs to whichever attempt was accepted first, and goes on after the others were cancelled', async t => {
  const { clock, call, wrap } = rig(methodInfo('safe', 'server_streaming'))
  let first = true
  const handler = wrap([hedge({ delay: '10ms', maxExtraLoad: 1 })], async active => {
    if (first) {
      first = false
      return new Promise((_, reject) => active.onCancel(reject))
    }
    return (async function* () {
      yield 1
      active.receiveReplyTrailers(['x-tail', 'last'])
    })()
  })
  const active = call()
  const result = handler(active)
  await clock.advance(10)
  const seen: unknown[] = []
  for await (const message of (await result) as AsyncIterable<unknown>) seen.push(message)
  t.deepEqual(seen, [1])
  t.is(active.replyTrailers.get('x-tail'), 'last')
})

test('hedges stay within maxExtraLoad, and none goes out while the throttle holds', async t => {
  const { clock, call, wrap } = rig()
  let attempts = 0
  const handler = wrap([hedge({ delay: '10ms' })], async active => {
    attempts++
    active.setEndpoint({ address: `e${active.previousAttempts}` })
    await new Promise(resolve => clock.schedule(50, { expire: () => resolve(undefined) }))
    return 'reply'
  })
  for (let n = 0; n < 200; n++) {
    const result = handler(call())
    await clock.advance(50)
    await result
  }
  t.is(attempts, 200 + 21)

  const dead = hedged({ attempts: 5, delay: '1s', maxExtraLoad: 4 }, 5)
  throttleOf(dead).configure({ maxTokens: 10, tokenRatio: 0.1 })
  for (let n = 0; n < 30; n++) {
    const result = outcome(dead.handler(dead.call()))
    for (let seen = -1; seen !== dead.attempts.length; ) {
      seen = dead.attempts.length
      dead.attempts.at(-1)?.fail(Code.unavailable)
      await dead.clock.advance(0)
    }
    await result
  }
  t.true(dead.attempts.length < 40, `${dead.attempts.length} attempts of 30 calls`)
})

test('the delay follows the percentile of what was seen', async t => {
  const { clock, call, attempts, handler } = hedged({ percentile: 90 })
  for (let n = 1; n <= 100; n++) {
    const result = handler(call())
    await clock.advance(n <= 95 ? 10 : 30)
    attempts.at(-1)?.answer('reply')
    await result
  }
  const before = attempts.length
  const result = handler(call())
  await clock.advance(9)
  t.is(attempts.length, before + 1)
  await clock.advance(3)
  t.is(attempts.length, before + 2)
  attempts.at(-1)?.answer('reply')
  await result
})

test('a quantile is right to a tenth, and follows when the times change', t => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 52, maxLength: 52 }),
      fc.constantFrom(0.5, 0.9, 0.95),
      (latencies, quantile) => {
        const digest = new LatencyQuantile(quantile)
        for (const latency of latencies) digest.record(latency)
        const exact = [...latencies].sort((a, b) => a - b)[Math.ceil(latencies.length * quantile) - 1] as number
        const found = digest.current as number
        t.true(found >= exact * 0.999 && found <= exact * 1.1, `${found} for ${exact}`)
      },
    ),
  )
  const digest = new LatencyQuantile(0.95)
  for (let n = 0; n < 5000; n++) digest.record(10)
  for (let n = 0; n < 8000; n++) digest.record(500)
  t.true((digest.current as number) > 450)
})

test('what cannot be hedged is found at start-up', t => {
  const conflict = hedge({ delay: '1s' }).conflict
  t.regex(conflict?.(methodInfo('unknown'), []) ?? '', /put @Safe\(\) or @Idempotent\(\) on it/)
  t.regex(conflict?.(methodInfo('safe', 'bidi_streaming'), []) ?? '', /a stream of requests cannot be hedged/)
  t.regex(conflict?.(methodInfo(), [timeout('500ms')]) ?? '', /is never sent within 500 ms/)
  t.throws(() => hedge({ attempts: 1 }), { message: /attempts must be an integer from 2 to 5, got 1/ })
  t.throws(() => hedge({ percentile: 100 }), { message: /percentile must be a number above 0 and below 100, got 100/ })
  t.throws(() => hedge({ delay: 1, percentile: 50 }), { message: /exclude each other/ })
  t.throws(() => hedge({ maxExtraLoad: 0 }), { message: /maxExtraLoad must be a number above 0, got 0/ })
  t.throws(() => hedge({ nonFatal: ['nonsense' as never] }), { message: /nonFatal/ })
})
