import test from 'ava'
import fc from 'fast-check'
import { bulkhead, Code, RpcError } from '../../../src/index.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

function filled(options: Parameters<typeof bulkhead>[0]) {
  const { clock, call, wrap } = rig()
  const releases: (() => void)[] = []
  const handler = wrap([bulkhead(options)], () => new Promise(resolve => releases.push(() => resolve('reply'))))
  const begin = (deadline?: number) => {
    const active = call(deadline)
    active.setEndpoint({ address: 'a' })
    return { active, result: outcome(handler(active)) }
  }
  return { clock, releases, begin }
}

test('a full one refuses at once, as a call that was never sent', async t => {
  const { releases, begin } = filled({ concurrency: 2 })
  const inside = [begin(), begin()]
  const error = (await begin().result).error as RpcError
  t.like(error, { code: Code.resource_exhausted, reason: 'bulkhead_full', delivery: 'unsent' })
  t.regex(error.message, /2 calls to a are in flight/)
  for (const release of releases) release()
  await Promise.all(inside.map(({ result }) => result))
  const again = begin()
  releases.at(-1)?.()
  t.deepEqual(await again.result, { value: 'reply' })
})

test('those who wait are let in in order', async t => {
  const { clock, releases, begin } = filled({ concurrency: 1, queuedCalls: 2 })
  const results = [begin().result, begin().result, begin().result]
  t.is(((await begin().result).error as RpcError).reason, 'bulkhead_full')
  t.is(releases.length, 1)
  for (let n = 0; n < 3; n++) {
    releases[n]?.()
    t.deepEqual(await results[n], { value: 'reply' })
    await clock.advance(0)
    t.is(releases.length, Math.min(3, n + 2))
  }
})

test('who waits is told when cancelled or out of time, and leaves the place to the next', async t => {
  const { clock, releases, begin } = filled({ concurrency: 1, queuedCalls: 3 })
  const first = begin()
  const canceled = begin()
  const late = begin(100)
  const last = begin()
  canceled.active.cancel(new RpcError('enough', Code.canceled))
  t.is(((await canceled.result).error as RpcError).message, 'enough')
  await clock.advance(100)
  t.is(((await late.result).error as RpcError).code, Code.deadline_exceeded)
  releases[0]?.()
  await first.result
  await clock.advance(0)
  releases[1]?.()
  t.deepEqual(await last.result, { value: 'reply' })
})

test('a stream holds its place until its end', async t => {
  const { call, wrap } = rig(methodInfo('safe', 'server_streaming'))
  const handler = wrap([bulkhead({ concurrency: 1 })], async () =>
    (async function* () {
      yield 1
    })(),
  )
  const stream = (await handler(call())) as AsyncIterable<unknown>
  t.is(((await outcome(handler(call()))).error as RpcError).reason, 'bulkhead_full')
  for await (const _ of stream);
  const next = (await handler(call())) as AsyncIterableIterator<unknown>
  await next.return?.()
  t.is((await outcome(handler(call()))).error, undefined, 'left before its first message')
})

test('settings that make no sense are refused at start-up', t => {
  t.throws(() => bulkhead({ concurrency: 0 }), {
    message: /bulkhead: concurrency must be an integer of at least 1, got 0/,
  })
  t.throws(() => bulkhead({ concurrency: 1, queuedCalls: -1 }), {
    message: /queuedCalls must be an integer of at least 0, got -1/,
  })
})

test('whatever the order of comings and goings, never too many are inside and no place is lost', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('begin', 'end', 'cancel'), { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(2),
      async (events, concurrency, queue) => {
        const { clock, call, wrap } = rig()
        let inside = 0
        let most = 0
        const releases: (() => void)[] = []
        const handler = wrap([bulkhead({ concurrency, queuedCalls: queue })], async active => {
          most = Math.max(most, ++inside)
          try {
            return await new Promise((resolve, reject) => {
              active.onCancel(reject)
              releases.push(() => resolve('reply'))
            })
          } finally {
            inside--
          }
        })
        const calls: ReturnType<typeof call>[] = []
        const results: Promise<unknown>[] = []
        for (const event of events) {
          if (event === 'begin') {
            const active = call()
            calls.push(active)
            results.push(outcome(handler(active)))
          } else if (event === 'end') releases.shift()?.()
          else calls.shift()?.cancel(new RpcError('enough', Code.canceled))
          await Promise.resolve()
        }
        for (const active of calls) active.cancel(new RpcError('over', Code.canceled))
        await Promise.all(results)
        const fits = Array.from({ length: concurrency }, () => outcome(handler(call())))
        await clock.advance(0)
        for (const release of releases) release()
        t.true((await Promise.all(fits)).every(({ error }) => error === undefined))
        t.true(most <= concurrency)
      },
    ),
    { numRuns: 60 },
  )
})
