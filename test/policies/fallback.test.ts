import test from 'ava'
import { Code, fallback, RpcError, timeout } from '../../src/index.js'
import { methodInfo, outcome, rig } from '../support/calls.js'

const failing = (code: Code) => async () => {
  throw new RpcError('no', code)
}

test('the lesser answer stands in for failures of the server, not for answers of it', async t => {
  const { call, wrap } = rig()
  const value = { price: 0 }
  t.is((await outcome(wrap([fallback(value)], failing(Code.unavailable))(call()))).value, value)
  const error = (await outcome(wrap([fallback(value)], failing(Code.not_found))(call()))).error as RpcError
  t.is(error.code, Code.not_found)
  const chosen = wrap([fallback(value, { codes: ['not_found'] })], failing(Code.not_found))
  t.is((await outcome(chosen(call()))).value, value)
  t.is((await outcome(wrap([fallback(value)], async () => 'real')(call()))).value, 'real')
})

test('running out of time is one of the things to fall back from; being cancelled is not', async t => {
  const { clock, call, wrap } = rig()
  const handler = wrap([timeout('100ms'), fallback('lesser')], () => new Promise(() => {}))
  const late = handler(call(100))
  await clock.advance(100)
  t.is(await late, 'lesser')
  const active = call(100)
  const result = outcome(handler(active))
  active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await result).error as RpcError).message, 'enough')
})

test('a handler sees the error and the call, and what it throws is what the caller gets', async t => {
  const { call, wrap } = rig()
  const made = wrap([fallback(async (error: RpcError) => `instead of ${error.message}`)], failing(Code.internal))
  t.is(await made(call()), 'instead of no')
  const thrown = wrap(
    [
      fallback(() => {
        throw new RpcError('nothing known either', Code.not_found)
      }),
    ],
    failing(Code.internal),
  )
  t.is(((await outcome(thrown(call()))).error as RpcError).message, 'nothing known either')
})

test('a method that streams its replies falls back to a stream', async t => {
  const method = methodInfo('safe', 'server_streaming')
  const { call, wrap } = rig(method)
  const replies = (await wrap([fallback([1, 2])], failing(Code.unavailable))(call())) as AsyncIterable<unknown>
  const seen: unknown[] = []
  for await (const reply of replies) seen.push(reply)
  t.deepEqual(seen, [1, 2])
  t.regex(fallback('text').conflict?.(method, []) ?? '', /@Fallback needs an array of them or an async iterable/)
  t.is(fallback('text').conflict?.(methodInfo(), []), undefined)
})

test('codes that are none are refused at start-up', t => {
  t.throws(() => fallback(1, { codes: ['nonsense' as never] }), {
    message: /fallback: codes must be names of failures such as 'unavailable', got 'nonsense'/,
  })
})
