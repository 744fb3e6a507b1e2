import test from 'ava'
import fc from 'fast-check'
import type { ActiveCall } from '../../../src/extend.js'
import { Code, failover, RpcError, retry } from '../../../src/index.js'
import { ReplayBudget, ReplayStream, sizeOf } from '../../../src/policies/attempts/replay-buffer.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

/** A stream that knows what became of it. */
function source(count: number, message: (n: number) => unknown = n => n) {
  const state = { sent: 0, returned: false }
  async function* messages(): AsyncGenerator<unknown> {
    try {
      for (let n = 0; n < count; n++) {
        state.sent++
        yield message(n)
      }
    } finally {
      state.returned = true
    }
  }
  return { state, messages: messages() }
}

async function take(stream: unknown, count: number): Promise<unknown[]> {
  const seen: unknown[] = []
  if (count === 0) return seen
  for await (const message of stream as AsyncIterable<unknown>) if (seen.push(message) === count) break
  return seen
}

const dropped = () => new RpcError('dropped', Code.unavailable)

test('a stream of requests that was begun is sent again from its start', async t => {
  const { clock, call, wrap } = rig(methodInfo('idempotent', 'client_streaming'))
  const { state, messages } = source(5)
  const attempts: unknown[][] = []
  const handler = wrap([retry({ initialBackoff: 1 }), failover()], async active => {
    attempts.push(await take(active.message, attempts.length === 0 ? 3 : 9))
    if (attempts.length === 1) throw dropped()
    return 'reply'
  })
  const active = call()
  active.message = messages
  const result = handler(active)
  await clock.advance(100)
  t.is(await result, 'reply')
  t.deepEqual(attempts, [
    [0, 1, 2],
    [0, 1, 2, 3, 4],
  ])
  t.is(state.sent, 5)
  t.true(state.returned)
})

test('an array will do for a stream', async t => {
  const { call, wrap } = rig(methodInfo('idempotent', 'client_streaming'))
  const active = call()
  active.message = [1, 2]
  t.deepEqual(await wrap([failover()], one => take(one.message, 9))(active), [1, 2])
})

test('a stream of more than is kept goes on, and is not sent again', async t => {
  const { clock, call, wrap } = rig(methodInfo('idempotent', 'client_streaming'))
  const { messages } = source(20, () => new Uint8Array(100_000))
  let attempts = 0
  const handler = wrap([retry({ initialBackoff: 1 })], async active => {
    attempts++
    t.is((await take(active.message, 15)).length, 15)
    throw dropped()
  })
  const active = call()
  active.message = messages
  const result = outcome(handler(active))
  await clock.advance(1000)
  t.is(((await result).error as RpcError).message, 'dropped')
  t.is(attempts, 1)
})

test('a reply that has begun commits the call, and the rest of the stream is not kept', async t => {
  const { call, wrap } = rig(methodInfo('idempotent', 'bidi_streaming'))
  const { state, messages } = source(4)
  let seen: Promise<unknown[]> = Promise.resolve([])
  const handler = wrap([retry()], async active => {
    const requests = (active.message as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    await requests.next()
    seen = take({ [Symbol.asyncIterator]: () => requests }, 9)
    return (async function* () {})()
  })
  const active = call()
  active.message = messages
  await handler(active)
  t.deepEqual(await seen, [1, 2, 3])
  t.true(active.streamBegan)
  t.true(state.returned)
})

test("the caller's iterator is told when the call is over, and its own failure ends the attempt that reads it", async t => {
  const { clock, call, wrap } = rig(methodInfo('unknown', 'client_streaming'))
  const { state, messages } = source(5)
  const active = call()
  active.message = messages
  await outcome(
    wrap([failover()], async one => {
      await take(one.message, 1)
      throw dropped()
    })(active),
  )
  await clock.advance(0)
  t.true(state.returned)
  const failing = call()
  failing.message = (async function* () {
    yield 1
    throw new TypeError('no more')
  })()
  const { error } = await outcome(wrap([failover()], one => take(one.message, 9))(failing))
  t.is((error as Error).message, 'no more')
})

test('all calls of a channel keep no more than its budget together, and give it back', async t => {
  const { call } = rig(methodInfo('idempotent', 'client_streaming'))
  const budget = new ReplayBudget(250)
  const open = () => {
    const active = call()
    active.message = source(3, () => new Uint8Array(100)).messages
    return { active, stream: new ReplayStream(active, budget) }
  }
  const [one, other] = [open(), open()]
  await take(one.stream, 2)
  t.is(budget.used, 200)
  await take(other.stream, 1)
  t.true(other.active.streamBegan, 'there was no room for it')
  t.is(budget.used, 200)
  one.stream.close()
  other.stream.close()
  t.is(budget.used, 0)
})

test('a message is as large as what it holds', t => {
  t.is(sizeOf('hello'), 5)
  t.is(sizeOf(new Uint8Array(1000)), 1000)
  t.true(sizeOf({ name: 'x'.repeat(100), list: [1, 2, 3] }) > 124)
  t.true(sizeOf(new Map([['key', 'x'.repeat(50)]])) > 50)
  const cycle: Record<string, unknown> = {}
  cycle.itself = cycle
  t.true(Number.isFinite(sizeOf(cycle)))
})

test('a source that throws undefined has failed, and has not ended', async t => {
  const { call } = rig(methodInfo('idempotent', 'client_streaming'))
  const active = call()
  active.message = (async function* () {
    yield 1
    throw undefined
  })()
  const stream = new ReplayStream(active as ActiveCall, new ReplayBudget())
  const reader = stream[Symbol.asyncIterator]()
  t.deepEqual(await reader.next(), { done: false, value: 1 })
  await t.throwsAsync(reader.next(), { any: true })
})

test('however far each attempt reads before it fails, the next sees the same stream from its start', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(8),
      fc.array(fc.nat(10), { maxLength: 4 }),
      fc.integer({ min: 20, max: 200 }),
      async (count, reads, most) => {
        const { call } = rig(methodInfo('idempotent', 'client_streaming'))
        const active = call()
        active.message = source(count, n => `message ${n}`).messages
        const budget = new ReplayBudget()
        const stream = new ReplayStream(active as ActiveCall, budget, most)
        for (const read of [...reads, 99]) {
          if (active.streamBegan) break
          const seen = await take(stream, read)
          t.deepEqual(
            seen,
            Array.from({ length: Math.min(read, count) }, (_, n) => `message ${n}`),
          )
          t.true(budget.used <= most)
        }
        stream.close()
        t.is(budget.used, 0)
      },
    ),
  )
})
