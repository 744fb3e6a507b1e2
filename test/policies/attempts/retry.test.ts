import test from 'ava'
import type { Delivery } from '../../../src/index.js'
import { Code, Headers, RpcError, retry, timeout } from '../../../src/index.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

function failing(times: number, code = Code.unavailable, delivery: Delivery = 'unknown') {
  const at: number[] = []
  const { clock, call, wrap } = rig()
  const handler = async () => {
    at.push(clock.now())
    if (at.length <= times) throw new RpcError(`failure ${at.length}`, code, { delivery })
    return 'reply'
  }
  return { at, clock, call, wrap, handler }
}

test('a failure that is retryable is tried again with growing backoff', async t => {
  const { at, clock, call, wrap, handler } = failing(3)
  const result = outcome(wrap([retry({ attempts: 4, initialBackoff: '100ms', maxBackoff: '150ms' })], handler)(call()))
  await clock.advance(1000)
  t.deepEqual(await result, { value: 'reply' })
  const gaps = at.slice(1).map((time, i) => time - (at[i] as number))
  const [first, second, third] = gaps as [number, number, number]
  t.true(first >= 80 && first <= 120, `first backoff ${first}`)
  t.true(second >= 120 && second <= 180, `second backoff ${second}`)
  t.true(third >= 120 && third <= 180, `third backoff ${third}, bounded by maxBackoff`)
})

test('attempts include the original', async t => {
  const { at, clock, call, wrap, handler } = failing(9)
  const result = outcome(wrap([retry({ attempts: 3 })], handler)(call()))
  await clock.advance(10_000)
  t.is(((await result).error as RpcError).message, 'failure 3')
  t.is(at.length, 3)
})

test('a call is not unsent because its last attempt is', async t => {
  const { call, wrap, clock } = rig()
  const deliveries: Delivery[] = ['unsent', 'unknown', 'refused']
  const handler = async () => {
    const delivery = deliveries.shift() ?? 'unsent'
    throw new RpcError(`it is ${delivery}`, Code.unavailable, { delivery, reason: 'draining' })
  }
  const result = outcome(wrap([retry({ attempts: 3 })], handler)(call()))
  await clock.advance(10_000)
  t.like((await result).error, { message: 'it is refused', delivery: 'unknown', reason: 'draining' })
})

test('a code that is not listed is not retried', async t => {
  const { at, call, wrap, handler } = failing(1, Code.deadline_exceeded)
  t.is(((await outcome(wrap([retry()], handler)(call()))).error as RpcError).code, Code.deadline_exceeded)
  t.is(at.length, 1)
})

test('no attempt starts that cannot begin before the deadline', async t => {
  const { at, clock, call, wrap, handler } = failing(9)
  const result = outcome(wrap([retry({ attempts: 5, initialBackoff: '100ms', multiplier: 1 })], handler)(call(150)))
  await clock.advance(1000)
  t.is(((await result).error as RpcError).code, Code.unavailable)
  t.is(at.length, 2)
})

test('cancelling during the backoff ends the call at once', async t => {
  const { clock, call, wrap, handler } = failing(9)
  const active = call()
  const result = outcome(wrap([retry({ initialBackoff: '1s' })], handler)(active))
  await clock.advance(10)
  active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await result).error as RpcError).message, 'enough')
  t.is(clock.size, 0)
})

test('a method that promises nothing retries only what reached no handler', async t => {
  for (const [delivery, attempts] of [
    ['unknown', 1],
    ['refused', 3],
    ['unsent', 3],
  ] as const) {
    const { clock, call, wrap } = rig(methodInfo('unknown'))
    let count = 0
    const handler = async () => {
      count++
      throw new RpcError('no', Code.unavailable, { delivery })
    }
    const result = outcome(wrap([retry()], handler)(call()))
    await clock.advance(10_000)
    await result
    t.is(count, attempts, delivery)
  }
})

test('pushback is obeyed exactly, and a negative or unreadable one forbids the retry', async t => {
  for (const [pushback, times] of [
    ['700', [0, 700]],
    ['0', [0, 0]],
    ['-1', [0]],
    ['soon', [0]],
  ] as const) {
    const { clock, call, wrap } = rig()
    const at: number[] = []
    const handler = async () => {
      at.push(clock.now())
      if (at.length > 1) return 'reply'
      throw new RpcError('busy', Code.unavailable, { headers: new Headers({ 'grpc-retry-pushback-ms': pushback }) })
    }
    const result = outcome(wrap([retry()], handler)(call()))
    await clock.advance(5000)
    await result
    t.deepEqual(at, [...times], pushback)
  }
})

test('the number of previous attempts is on the call', async t => {
  const { clock, call, wrap } = rig()
  const seen: number[] = []
  const active = call()
  const handler = async () => {
    seen.push(active.previousAttempts)
    throw new RpcError('no', Code.unavailable)
  }
  const result = outcome(wrap([retry({ attempts: 3 })], handler)(active))
  await clock.advance(10_000)
  await result
  t.deepEqual(seen, [0, 1, 2])
})

test('a dead backend sees at most 1.2 times its load', async t => {
  const { clock, call, wrap } = rig()
  let attempts = 0
  const handler = wrap([retry({ attempts: 5, initialBackoff: 1 })], async () => {
    attempts++
    throw new RpcError('dead', Code.unavailable)
  })
  const calls = 2000
  for (let i = 0; i < calls; i++) {
    const result = outcome(handler(call()))
    await clock.advance(25)
    await result
  }
  t.true(attempts <= calls * 1.2, `${attempts} attempts of ${calls} calls`)
  t.true(attempts > calls, 'there were retries at all')
})

for (const [what, code, reason] of [
  ['one lost connection takes with it', Code.unavailable, 'connection_lost'],
  ['one replica that hangs lets run into their timeout', Code.deadline_exceeded, 'deadline_exceeded'],
] as const) {
  test(`the calls that ${what} are one failure`, async t => {
    const { clock, call, wrap } = rig()
    const tried = new Set<unknown>()
    const handler = wrap([retry({ initialBackoff: 1, codes: ['unavailable', 'deadline_exceeded'] })], async active => {
      active.setEndpoint(endpoint)
      if (tried.has(active)) return 'reply'
      tried.add(active)
      throw new RpcError('no answer', code, { reason })
    })
    const endpoint = { address: 'a:1' }
    const results = Array.from({ length: 50 }, () => outcome(handler(call())))
    await clock.advance(100)
    t.deepEqual(await Promise.all(results), Array(50).fill({ value: 'reply' }))
  })
}

test('a backend that fails now and then is helped by retries within the budget', async t => {
  const { clock, call, wrap } = rig()
  let attempts = 0
  const handler = wrap([retry({ attempts: 3, initialBackoff: 1 })], async () => {
    if (attempts++ % 20 === 0) throw new RpcError('now and then', Code.unavailable)
    return 'reply'
  })
  let failed = 0
  for (let i = 0; i < 1000; i++) {
    const result = outcome(handler(call()))
    await clock.advance(10)
    if ((await result).error !== undefined) failed++
  }
  t.is(failed, 0)
})

test('of 1,000 calls to a backend that fails one in five, hardly any fails', async t => {
  const { clock, call, wrap } = rig()
  let attempts = 0
  const handler = wrap([retry({ attempts: 4, initialBackoff: 1 })], async () => {
    if (attempts++ % 5 === 0) throw new RpcError('one in five', Code.unavailable)
    return 'reply'
  })
  const results = []
  for (let i = 0; i < 1000; i++) {
    results.push(outcome(handler(call())))
    if (i % 10 === 9) await clock.advance(10)
  }
  await clock.advance(1000)
  const failed = (await Promise.all(results)).filter(({ error }) => error !== undefined)
  t.true(failed.length < 5, `${failed.length} calls failed`)
})

test('settings that make no sense are refused at start-up', t => {
  t.throws(() => retry({ attempts: 1 }), { message: /attempts must be an integer from 2 to 10, got 1/ })
  for (const multiplier of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => retry({ multiplier }), { message: /multiplier must be a number above 0, got / })
  t.throws(() => retry({ codes: ['nonsense' as never] }), { message: /codes/ })
  const conflict = retry({ initialBackoff: '2s', maxBackoff: '2s' }).conflict
  t.regex(conflict?.(methodInfo(), [timeout({ total: '2s', perTry: '1s' })]) ?? '', /cannot fit/)
  t.is(conflict?.(methodInfo(), [timeout({ total: '10s', perTry: '1s' })]), undefined)
})
