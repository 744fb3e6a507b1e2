import test from 'ava'
import { Code, disconnect, fallback, type Policy, RpcError, use, withCall } from '../../src/index.js'
import { outcome } from '../support/calls.js'
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

test('too many arguments and a signal that has aborted are rejections as well', async t => {
  const { scripted, hello } = connected('a')
  const aborted = withCall(hello, { signal: AbortSignal.abort() }).ping()
  t.is(((await outcome(aborted)).error as RpcError).code, Code.canceled)
  const surplus = (hello.ping as (...args: unknown[]) => Promise<unknown>)(1, 2, 3)
  t.true((await outcome(surplus)).error instanceof RpcError)
  t.deepEqual(scripted.calls, [])
})
