import test from 'ava'
import fc from 'fast-check'
import { Code, circuitBreaker, RpcError } from '../../../src/index.js'
import { ByEndpoint } from '../../../src/policies/by-endpoint.js'
import { Breaker, type Pass } from '../../../src/policies/circuit-breaker/breaker.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

const settings = {
  window: 20_000,
  minimumCalls: 4,
  failureRate: 0.5,
  slowThreshold: Number.POSITIVE_INFINITY,
  slowRate: 0.5,
  openFor: 10_000,
  halfOpenCalls: 3,
}

/** An endpoint whose calls do as the test says. */
function guarded(options: Parameters<typeof circuitBreaker>[0] = {}) {
  const { clock, call, wrap } = rig()
  const scripted = { reached: 0, answer: (): unknown => 'reply' }
  const handler = wrap([circuitBreaker(options)], async () => {
    scripted.reached++
    return scripted.answer()
  })
  const at = (address: string) => {
    const active = call()
    active.setEndpoint({ address })
    return outcome(handler(active))
  }
  return { clock, scripted, at }
}

function failing(code: Code): () => never {
  return () => {
    throw new RpcError('no', code)
  }
}

test('a circuit opens when most calls fail, and answers at once as a call that was never sent', async t => {
  const { scripted, at } = guarded()
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 10; n++) await at('a')
  t.is(scripted.reached, 10)
  const error = (await at('a')).error as RpcError
  t.is(scripted.reached, 10)
  t.like(error, { code: Code.unavailable, reason: 'circuit_open', delivery: 'unsent' })
  t.regex(error.message, /test\.Service\/Do: the circuit to a is open.*trial calls are admitted in 10000 ms/)
})

test('each endpoint has a circuit of its own', async t => {
  const { scripted, at } = guarded()
  scripted.answer = failing(Code.internal)
  for (let n = 0; n < 12; n++) await at('a')
  scripted.answer = () => 'reply'
  t.deepEqual(await at('b'), { value: 'reply' })
})

test('codes that say nothing of the health of a server do not open it', async t => {
  const { scripted, at } = guarded()
  for (const code of [Code.not_found, Code.invalid_argument, Code.permission_denied, Code.canceled]) {
    scripted.answer = failing(code)
    for (let n = 0; n < 20; n++) await at('a')
  }
  t.is(scripted.reached, 80)
})

test('failures that are older than the window are forgotten', async t => {
  const { clock, scripted, at } = guarded({ window: '20s', minimumCalls: 10 })
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 9; n++) await at('a')
  await clock.advance(20_000)
  for (let n = 0; n < 9; n++) await at('a')
  t.is(scripted.reached, 18)
  await at('a')
  t.is(((await at('a')).error as RpcError).reason, 'circuit_open')
})

test('an open circuit lets exactly halfOpenCalls calls through after its time, and closes when all succeed', async t => {
  const { clock, scripted, at } = guarded({ halfOpenCalls: 3 })
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 10; n++) await at('a')
  await clock.advance(10_000)
  let release: () => void = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  scripted.reached = 0
  scripted.answer = () => released
  const results = Array.from({ length: 8 }, () => at('a'))
  await clock.advance(0)
  t.is(scripted.reached, 3)
  release()
  const refused = (await Promise.all(results)).filter(({ error }) => error !== undefined)
  t.is(refused.length, 5)
  t.deepEqual(await at('a'), { value: undefined }, 'closed')
})

test('one failure on trial opens it again for the whole time', async t => {
  const { clock, scripted, at } = guarded()
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 10; n++) await at('a')
  await clock.advance(10_000)
  scripted.reached = 0
  await at('a')
  t.is(((await at('a')).error as RpcError).reason, 'circuit_open')
  await clock.advance(9_999)
  t.is(((await at('a')).error as RpcError).reason, 'circuit_open')
  await clock.advance(1)
  await at('a')
  t.is(scripted.reached, 2)
})

test('failures that arrive late neither put off nor call off the time to try again', async t => {
  const { clock, scripted, at } = guarded()
  const late: (() => void)[] = []
  scripted.answer = () =>
    new Promise((_, reject) => late.push(() => reject(new RpcError('late', Code.unavailable)))) as unknown
  const pending = Array.from({ length: 5 }, () => at('a'))
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 10; n++) await at('a')
  await clock.advance(9_000)
  for (const fail of late) fail()
  await Promise.all(pending)
  await clock.advance(1_000)
  scripted.answer = () => 'reply'
  t.deepEqual(await at('a'), { value: 'reply' })
})

test('a call on trial that is cancelled gives its place to another', async t => {
  const { clock, scripted, at } = guarded({ halfOpenCalls: 1 })
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 10; n++) await at('a')
  await clock.advance(10_000)
  scripted.answer = failing(Code.canceled)
  await at('a')
  scripted.answer = () => 'reply'
  t.deepEqual(await at('a'), { value: 'reply' })
})

test('slow calls open it where slowCall says so', async t => {
  const { clock, scripted, at } = guarded({ slowCall: { threshold: '1s', rate: 0.5 }, minimumCalls: 4 })
  scripted.answer = () => new Promise(resolve => clock.schedule(1000, { expire: () => resolve('slow') }))
  const slow = Array.from({ length: 4 }, () => at('a'))
  await clock.advance(1000)
  t.deepEqual((await Promise.all(slow))[3], { value: 'slow' })
  t.is(((await at('a')).error as RpcError).reason, 'circuit_open')
})

test('a stream that breaks is a failure, one that ends or is left is none', async t => {
  const { call, wrap } = rig(methodInfo('safe', 'server_streaming'))
  const run = async (read: (stream: AsyncIterableIterator<unknown>) => Promise<unknown>) => {
    const handler = wrap([circuitBreaker({ minimumCalls: 3 })], async () =>
      (async function* () {
        yield 1
        throw new RpcError('broken', Code.unavailable)
      })(),
    )
    for (let n = 0; n < 3; n++) await read((await handler(call())) as AsyncIterableIterator<unknown>).catch(() => {})
    return outcome(handler(call()))
  }
  const all = async (stream: AsyncIterable<unknown>) => {
    for await (const _ of stream);
  }
  t.is(((await run(all)).error as RpcError).reason, 'circuit_open')
  t.is((await run(stream => stream.return?.() as Promise<unknown>)).error, undefined)
})

test('endpoints that are gone are forgotten, those of which something is known are not', t => {
  let made = 0
  const kept = new ByEndpoint(() => ({ idle: made++ !== 0 }))
  const { call } = rig()
  const visit = (address: string) => {
    const active = call()
    active.setEndpoint({ address })
    return kept.of(active)
  }
  const first = visit('e0')
  const second = visit('e1')
  for (let n = 2; n < 100; n++) visit(`e${n}`)
  t.is(visit('e0'), first)
  t.not(visit('e1'), second)
  t.is(visit('e99'), visit('e99'))
})

test('settings that make no sense are refused at start-up', t => {
  t.throws(() => circuitBreaker({ failureRate: 0 }), {
    message: /failureRate must be a number above 0 and up to 1, got 0/,
  })
  t.throws(() => circuitBreaker({ halfOpenCalls: 0 }), {
    message: /halfOpenCalls must be an integer of at least 1, got 0/,
  })
  t.throws(() => circuitBreaker({ openFor: 0 }), { message: /openFor must be above 0, got 0 ms/ })
  t.throws(() => circuitBreaker({ slowCall: { threshold: '1s', rate: 2 } }), {
    message: /circuitBreaker\.slowCall: rate must be a number above 0 and up to 1, got 2/,
  })
})

test('under any sequence of events: nothing passes while open, at most halfOpenCalls on trial, a trial can always end', t => {
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ kind: 'enter' as const, by: 0 }) },
    { weight: 3, arbitrary: fc.nat(40).map(by => ({ kind: 'fail' as const, by })) },
    { weight: 3, arbitrary: fc.nat(40).map(by => ({ kind: 'succeed' as const, by })) },
    { weight: 1, arbitrary: fc.nat(40).map(by => ({ kind: 'forgo' as const, by })) },
    { weight: 2, arbitrary: fc.nat(6_000).map(by => ({ kind: 'advance' as const, by })) },
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 300 }), events => {
      let now = 0
      const breaker = new Breaker(settings, { now: () => now, schedule: () => ({ cancel: () => {} }) })
      const out: Pass[] = []
      const onTrial = () => {
        const last = Math.max(-1, ...out.map(({ epoch }) => epoch))
        return out.filter(({ probing, epoch }) => probing && epoch === last).length
      }
      for (const { kind, by } of events) {
        if (kind === 'advance') {
          now += by
          continue
        }
        const { wait } = breaker
        if (kind === 'enter') {
          const pass = breaker.enter()
          t.false(wait > 0 && pass !== undefined, 'nothing passes while it is open')
          if (pass !== undefined) out.push(pass)
        } else {
          const [pass] = out.splice(by % Math.max(1, out.length), 1)
          if (pass === undefined) continue
          breaker[kind](pass)
          t.true(wait === 0 || breaker.wait === wait, 'what happens while it is open does not change when it is tried')
        }
        t.true(onTrial() <= settings.halfOpenCalls)
      }
      for (const pass of out) breaker.forgo(pass)
      now += settings.openFor
      for (let n = 0; n < settings.halfOpenCalls; n++) {
        const pass = breaker.enter()
        if (pass !== undefined) breaker.succeed(pass)
      }
      t.is(breaker.enter()?.probing, false, 'closed again')
    }),
    { numRuns: 300 },
  )
})

test('what never left this process counts as nothing: it neither opens a circuit nor passes for a call on trial', async t => {
  const { clock, scripted, at } = guarded()
  const unsent = (code: Code) => () => {
    throw new RpcError('it never left', code, { delivery: 'unsent' })
  }
  scripted.answer = unsent(Code.unavailable)
  for (let n = 0; n < 30; n++) await at('a')
  t.is(scripted.reached, 30)
  scripted.answer = failing(Code.unavailable)
  for (let n = 0; n < 10; n++) await at('a')
  await clock.advance(10_000)
  scripted.answer = unsent(Code.invalid_argument)
  for (let n = 0; n < 3; n++) await at('a')
  scripted.answer = failing(Code.unavailable)
  await at('a')
  t.is(((await at('a')).error as RpcError).reason, 'circuit_open', 'the first real failure on trial opens it again')
})

test('a circuit that nobody asks for a window after it would admit trial calls can be forgotten', async t => {
  const { clock } = rig()
  const breaker = new Breaker(settings, clock)
  const passes = Array.from({ length: 4 }, () => breaker.enter() as Pass)
  for (const pass of passes) breaker.fail(pass)
  t.is(breaker.state, 'open')
  await clock.advance(settings.openFor + settings.window)
  t.false(breaker.idle, 'its time has only just passed')
  await clock.advance(1)
  t.true(breaker.idle)
  const [first, second] = [breaker.enter() as Pass, breaker.enter() as Pass]
  breaker.succeed(first)
  await clock.advance(10 * settings.window)
  t.false(breaker.idle, 'a trial call is in flight')
  breaker.succeed(second)
  t.is(breaker.state, 'half-open')
  t.true(breaker.idle, 'nobody came for the last trial call')
})
