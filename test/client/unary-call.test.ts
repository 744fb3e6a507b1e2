import test from 'ava'
import { Code, disconnect, fallback, type Policy, RpcError, timeout, use, withCall } from '../../src/index.js'
import { outcome } from '../support/calls.js'
import { deferred } from '../support/deferred.js'
import { connected, unavailable } from './scripted.js'

const hanging: Policy = () => () => new Promise(() => {})

for (const stage of ['call', 'attempt'] as const) {
  test(`a call is told of its deadline whatever a policy does: ${stage}`, async t => {
    const { clock, hello } = connected('a', {
      policies: [use(hanging, stage === 'call' ? { after: 'timeout' } : { stage })],
    })
    const hung = outcome(withCall(hello, { timeout: '5s' }).ping())
    await clock.advance(5100)
    t.is(((await hung).error as RpcError).code, Code.deadline_exceeded)
    t.is(clock.size, 0)
    await disconnect(hello)
  })
}

test('so it is where a fallback stands around the deadline', async t => {
  const { clock, hello } = connected('a', {
    policies: [fallback(() => undefined), use(hanging, { name: 'hanging', stage: 'attempt' })],
  })
  const hung = outcome(withCall(hello, { timeout: '5s' }).ping())
  await clock.advance(5100)
  t.is((await hung).error, undefined)
  await disconnect(hello)
})

test('what a policy throws at once is a rejection, and an attempt that failed', async t => {
  const throwing: Policy = next => call => {
    if (call.endpoint?.address.startsWith('a') ?? true) throw unavailable('not this one')
    return next(call)
  }
  const outermost = connected('a,b', { policies: [use(throwing)] })
  const rejected = outermost.hello.ping()
  t.is(((await outcome(rejected)).error as RpcError).message, 'not this one')
  t.deepEqual(outermost.scripted.dials, [])

  const { scripted, hello } = connected('a,b', { policies: [use(throwing, { stage: 'attempt' })] })
  await hello.ping()
  t.deepEqual(scripted.calls, ['b:1'])
})

test('a bare value of a policy is the reply', async t => {
  const constant: Policy = () => (() => ({ message: 'from the policy' })) as never
  const { hello } = connected('a', { policies: [use(constant)] })
  t.like(await hello.sayHello({ name: 'x', tags: [] }), { message: 'from the policy' })
})

test('a method works without its remote, and keeps the options of the remote it was taken from', async t => {
  const { clock, scripted, hello } = connected('a')
  const { ping } = hello
  await ping()
  scripted.onCall = () => new Promise(() => {})
  const { ping: impatient } = withCall(hello, { timeout: '1s' })
  const late = outcome(impatient())
  await clock.advance(1000)
  t.is(((await late).error as RpcError).code, Code.deadline_exceeded)
  t.deepEqual(scripted.calls, ['a:1', 'a:1'])
  t.throws(() => withCall({ ping }, {}), { message: /this is not a client/ })
  await disconnect(hello)
})

test('any number of calls may share a signal', async t => {
  const { scripted, hello } = connected('a')
  const warnings: string[] = []
  const warned = (warning: Error) => warnings.push(warning.name)
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  const controller = new AbortController()
  const canceled: string[] = []
  scripted.onCall = (_address, call) =>
    new Promise((_, reject) => {
      call.onCancel(reason => {
        canceled.push(reason.message)
        reject(reason)
      })
    })
  const shared = withCall(hello, { signal: controller.signal })
  const results = Array.from({ length: 30 }, () => outcome(shared.ping()))
  await new Promise(resolve => setImmediate(resolve))
  controller.abort()
  for (const { error } of await Promise.all(results)) t.is((error as RpcError).code, Code.canceled)
  t.is(canceled.length, 30)
  t.deepEqual(warnings, [])
  await disconnect(hello)
})

test('what a protocol loads costs no call its time, and is loaded once', async t => {
  const loaded = deferred<void>()
  let loads = 0
  const prepare = () => {
    loads++
    return loaded.promise
  }
  const { clock, scripted, hello } = connected('a', { prepare })
  const calls = [1, 2].map(() => outcome(withCall(hello, { timeout: '1s' }).ping()))
  await clock.advance(5000)
  t.deepEqual(scripted.calls, [])
  loaded.resolve()
  for (const { error } of await Promise.all(calls)) t.is(error, undefined)
  t.is(loads, 1)
  await disconnect(hello)
})

for (const waitForReady of [false, true]) {
  test(`what only a dial finds to be needed costs the calls that wait for it no time, waitForReady ${waitForReady}`, async t => {
    const loaded = deferred<void>()
    const policies = [timeout({ total: '1s', perTry: '500ms' })]
    const { clock, scripted, hello } = connected('a', { policies })
    const left: number[] = []
    scripted.library = loaded.promise
    scripted.onCall = (_, call) => void left.push(call.deadline - clock.now())
    const patient = withCall(hello, { waitForReady })
    const early = outcome(patient.ping())
    await clock.advance(5000)
    const late = outcome(patient.ping())
    await clock.advance(5000)
    t.deepEqual(left, [])
    loaded.resolve()
    for (const { error } of await Promise.all([early, late])) t.is(error, undefined)
    t.deepEqual(left, [500, 500])
    await disconnect(hello)
  })
}

test('the time before and after a dial loads a library is the time of the call', async t => {
  const loaded = deferred<void>()
  const connectedAt = deferred<void>()
  const { clock, scripted, hello } = connected('a')
  scripted.library = loaded.promise.then(() => {
    throw new Error('not installed')
  })
  scripted.dialing = connectedAt.promise
  let ended = false
  const call = outcome(withCall(hello, { timeout: '1s' }).ping()).finally(() => (ended = true))
  await clock.advance(5000)
  loaded.resolve()
  await clock.advance(999)
  t.false(ended)
  await clock.advance(1)
  t.is(((await call).error as RpcError).code, Code.deadline_exceeded)
  connectedAt.resolve()
  await disconnect(hello)
})

test('a library that cannot be loaded fails the dial, not the process', async t => {
  const { scripted, hello } = connected('a', { prepare: () => Promise.reject(new Error('not installed')) })
  scripted.onDial = () => {
    throw unavailable('not installed')
  }
  t.regex(((await outcome(hello.ping())).error as RpcError).message, /not installed/)
  await disconnect(hello)
})

test('a signal that has aborted before the call says that nothing was sent', async t => {
  const { scripted, hello } = connected('a')
  const { error } = await outcome(withCall(hello, { signal: AbortSignal.abort() }).ping())
  t.is((error as RpcError).delivery, 'unsent')
  t.deepEqual(scripted.dials, [])
})

test('too many arguments and a signal that has aborted are rejections as well', async t => {
  const { scripted, hello } = connected('a')
  const aborted = withCall(hello, { signal: AbortSignal.abort() }).ping()
  t.is(((await outcome(aborted)).error as RpcError).code, Code.canceled)
  const surplus = (hello.ping as (...args: unknown[]) => Promise<unknown>)(1, 2, 3)
  t.true((await outcome(surplus)).error instanceof RpcError)
  t.deepEqual(scripted.calls, [])
})
