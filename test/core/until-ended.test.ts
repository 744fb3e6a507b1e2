import test from 'ava'
import type { Handler } from '../../src/core/policy.js'
import { type Held, untilEnded } from '../../src/core/until-ended.js'
import { RpcError } from '../../src/index.js'
import { methodInfo, outcome, rig } from '../support/calls.js'

function holding(kind: 'unary' | 'server_streaming', next: Handler) {
  const events: unknown[] = []
  const held: Held = { began: () => events.push('began'), ended: error => events.push(error ?? 'ended') }
  const call = rig(methodInfo('safe', kind)).call()
  return { events, call, run: () => untilEnded(next, { kind })(call, held) }
}

async function* replies(failure?: Error): AsyncGenerator<number> {
  yield 1
  yield 2
  if (failure !== undefined) throw failure
}

const failure = new Error('it failed')

test('a single reply ends it, and so does a failure', async t => {
  const done = holding('unary', async () => 'reply')
  t.is(await done.run(), 'reply')
  t.deepEqual(done.events, ['ended'])
  const failed = holding('unary', () => {
    throw failure
  })
  t.is((await outcome(failed.run())).error, failure)
  t.deepEqual(failed.events, [failure])
})

test('a reply without an iterator where a stream is due has failed', async t => {
  const none = holding('server_streaming', async () => undefined)
  const { error } = await outcome(none.run())
  t.true(error instanceof TypeError)
  t.deepEqual(none.events, [error])
})

test('a handler or a stream that throws undefined has failed', async t => {
  const single = holding('unary', () => Promise.reject())
  t.is((await outcome(single.run())).error, undefined)
  t.true(single.events[0] instanceof RpcError)
  const stream = holding('server_streaming', async () =>
    (async function* () {
      yield 1
      throw undefined
    })(),
  )
  const replies = ((await stream.run()) as AsyncIterable<number>)[Symbol.asyncIterator]()
  await replies.next()
  t.deepEqual(await outcome(replies.next()), { error: undefined })
  t.is(stream.events[0], 'began')
  t.true(stream.events[1] instanceof RpcError)
})

test('a stream is held until its last message, its failure, or until its reader leaves', async t => {
  const whole = holding('server_streaming', async () => replies())
  const stream = (await whole.run()) as AsyncIterable<number>
  t.deepEqual(whole.events, ['began'])
  const read: number[] = []
  for await (const message of stream) read.push(message)
  t.deepEqual(read, [1, 2])
  t.deepEqual(whole.events, ['began', 'ended'])

  const broken = holding('server_streaming', async () => replies(failure))
  const drained = async () => {
    for await (const message of (await broken.run()) as AsyncIterable<number>) t.truthy(message)
  }
  t.is((await outcome(drained())).error, failure)
  t.deepEqual(broken.events, ['began', failure])

  const left = holding('server_streaming', async () => replies())
  for await (const message of (await left.run()) as AsyncIterable<number>) if (message === 1) break
  t.deepEqual(left.events, ['began', 'ended'])
})

test('a stream whose call is cancelled ends, although nobody reads it', async t => {
  const { call, events, run } = holding('server_streaming', async () => replies())
  await run()
  call.cancel(failure as never)
  t.deepEqual(events, ['began', failure])
})
