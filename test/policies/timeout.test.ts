import test from 'ava'
import type { ActiveCall } from '../../src/extend.js'
import { Code, RpcError, retry, timeout, use } from '../../src/index.js'
import { methodInfo, outcome, rig } from '../support/calls.js'

const never = () => new Promise<never>(() => {})

test('the caller is told when the deadline passes, even by a handler that never settles', async t => {
  const { clock, call, wrap } = rig()
  const result = outcome(wrap([timeout('100ms')], never)(call(100)))
  await clock.advance(100)
  t.is(((await result).error as RpcError).code, Code.deadline_exceeded)
  t.is(clock.size, 0)
})

test('a policy within it may return no promise', async t => {
  const { call, wrap } = rig()
  const plain = use(() => () => 'plain' as never, { name: 'plain', after: 'timeout' })
  t.is(await wrap([timeout('100ms'), plain], never)(call(100)), 'plain')
})

test('a try that takes too long ends alone: the next one may still answer', async t => {
  const { clock, call, wrap } = rig()
  const canceled: string[] = []
  let attempts = 0
  const handler = async (attempt: ActiveCall) => {
    attempt.onCancel(reason => canceled.push(reason.message))
    return ++attempts === 1 ? never() : 'reply'
  }
  const policies = [
    timeout({ total: '1s', perTry: '100ms' }),
    retry({ codes: ['deadline_exceeded'], initialBackoff: '10ms' }),
  ]
  const result = outcome(wrap(policies, handler)(call(1000)))
  await clock.advance(500)
  t.deepEqual(await result, { value: 'reply' })
  t.is(canceled.length, 1)
})

for (const [idempotency, attempts] of [
  ['idempotent', 3],
  ['safe', 3],
  ['unknown', 1],
] as const) {
  test(`a try that takes too long is retried without more words unless the method is not idempotent: ${idempotency}`, async t => {
    const { clock, call, wrap } = rig(methodInfo(idempotency))
    let begun = 0
    const handler = () => {
      begun++
      return never()
    }
    const policies = [timeout({ total: '10s', perTry: '500ms' }), retry({ attempts: 3 })]
    const result = outcome(wrap(policies, handler)(call(10_000)))
    await clock.advance(9000)
    const error = (await result).error as RpcError
    t.is(begun, attempts)
    t.is(error.code, Code.deadline_exceeded)
    t.is(error.reason, 'per_try_timeout')
    t.is(error.message, '/test.Service/Do: no reply within 500 ms (per try)')
  })
}

test('cancelling the call cancels the attempt that runs', async t => {
  const { clock, call, wrap } = rig()
  const active = call(1000)
  const reasons: RpcError[] = []
  const result = outcome(
    wrap([timeout({ total: '1s', perTry: '100ms' })], attempt => {
      attempt.onCancel(reason => reasons.push(reason))
      return never()
    })(active),
  )
  await clock.advance(10)
  active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await result).error as RpcError).message, 'enough')
  t.is(reasons.length, 1)
  t.is(clock.size, 0)
})

test('a timeout of nothing, or a try longer than the whole, is refused', t => {
  t.throws(() => timeout(0), { message: /must be above 0, got 0 ms/ })
  t.throws(() => timeout('fast' as never), { message: /must be milliseconds, .*, got "fast"/ })
  t.regex(timeout({ total: '1s', perTry: '2s' }).conflict?.(methodInfo(), []) ?? '', /one try may take 2000 ms/)
})
