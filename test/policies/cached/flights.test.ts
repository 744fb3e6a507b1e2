import test from 'ava'
import type { ActiveCall, CacheStore, EngineHandler } from '../../../src/extend.js'
import {
  type CachedOptions,
  Code,
  cached,
  type FallbackHandler,
  fallback,
  MemoryCache,
  RpcError,
  use,
} from '../../../src/index.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

type Settle = { readonly call: ActiveCall; resolve(reply: unknown): void; reject(error: unknown): void }

/** A backend whose fetches are settled by the test, each in its time; one that is left alone never ends. */
function waiting(options: Partial<CachedOptions> = {}, stage: 'call' | 'handler' = 'handler') {
  const base = rig(methodInfo('safe'))
  const fetches: Settle[] = []
  const backend: EngineHandler = call => new Promise((resolve, reject) => fetches.push({ call, resolve, reject }))
  const handler = base.wrap([cached({ ttl: '10s', ...options })], backend, [stage])
  const ask = (deadline?: number) => handler(base.call(deadline))
  return { ...base, fetches, handler, ask }
}

test('a handler that never answers costs its own callers their deadline, and nobody after them', async t => {
  const { clock, fetches, ask } = waiting()
  void outcome(ask(100))
  const late = outcome(ask(5_000))
  await clock.advance(100)
  t.is(fetches.length, 2, 'one of those who waited asks again')
  fetches[1]?.resolve('reply')
  t.deepEqual(await late, { value: 'reply' })
  t.is(await ask(), 'reply')
  t.is(fetches.length, 2)
})

test('a fetch that was given up does not push out the one after it', async t => {
  const { clock, fetches, ask } = waiting()
  void outcome(ask(100))
  await clock.advance(100)
  const asked = [ask(), ask()]
  fetches[0]?.resolve('late')
  await clock.advance(0)
  asked.push(ask())
  t.is(fetches.length, 2)
  fetches[1]?.resolve('reply')
  t.deepEqual(await Promise.all(asked), ['reply', 'reply', 'reply'])
})

test('a refresh that never ends is tried again after its deadline', async t => {
  const { clock, fetches, ask } = waiting({ staleWhileRevalidate: '10m' }, 'call')
  const first = ask()
  fetches[0]?.resolve('old')
  await first
  await clock.advance(11_000)
  t.is(await ask(1_000), 'old')
  t.is(await ask(), 'old')
  t.is(fetches.length, 2)
  await clock.advance(1_000)
  t.is(await ask(), 'old')
  t.is(fetches.length, 3)
  fetches[2]?.resolve('new')
  await clock.advance(0)
  t.is(await ask(), 'new')
})

test("a reply that is its caller's alone goes to nobody who waited for it", async t => {
  for (const [name, value] of [
    ['set-cookie', 'session=1'],
    ['cache-control', 'no-store'],
  ] as const) {
    const { clock, call, fetches, handler } = waiting()
    const calls = [call(), call(), call()] as const
    const asked = calls.map(one => handler(one))
    t.is(fetches.length, 1)
    fetches[0]?.call.replyHeaders.set(name, value)
    fetches[0]?.resolve('first')
    await clock.advance(0)
    t.is(fetches.length, 3, name)
    fetches[1]?.resolve('second')
    fetches[2]?.resolve('third')
    t.deepEqual(await Promise.all(asked), ['first', 'second', 'third'])
    t.false(calls[1].replyHeaders.has('set-cookie'))
  }
})

test('who asks after an invalidation does not get what was read before it', async t => {
  const store = new MemoryCache()
  const { clock, fetches, ask } = waiting({ store })
  const before = ask()
  store.invalidate('/test.Service/Do')
  const after = [ask(), ask()]
  t.is(fetches.length, 2)
  fetches[1]?.resolve('new')
  t.deepEqual(await Promise.all(after), ['new', 'new'])
  fetches[0]?.resolve('old')
  t.is(await before, 'old')
  await clock.advance(0)
  t.is(await ask(), 'new')
})

test('a caller that waited and gave up asks nothing more', async t => {
  const { clock, call, fetches, handler } = waiting()
  const calls = [call(), call()] as const
  const asked = calls.map(one => outcome(handler(one)))
  calls[1].cancel(new RpcError('enough', Code.canceled))
  t.is(((await asked[1])?.error as RpcError | undefined)?.message, 'enough')
  calls[0].cancel(new RpcError('enough too', Code.canceled))
  await clock.advance(0)
  t.is(fetches.length, 1)
})

test("a fallback's reply is given out, and neither kept nor frozen; what was kept before stays", async t => {
  const { clock, call, wrap } = rig(methodInfo('safe'))
  let answer: () => unknown = () => ({ price: 1 })
  const lesser = { price: 0 }
  const instead: FallbackHandler = () => lesser
  const policies = [cached({ ttl: '10s', staleWhileRevalidate: '1m' }), fallback(instead)]
  const handler = wrap(policies, async () => answer(), ['call'])
  const down = (): never => {
    throw new RpcError('down', Code.unavailable)
  }
  t.deepEqual(await handler(call()), { price: 1 })
  await clock.advance(11_000)
  answer = down
  t.deepEqual(await handler(call()), { price: 1 })
  await clock.advance(0)
  t.deepEqual(await handler(call()), { price: 1 }, 'the refresh fell back')
  await clock.advance(60_000)
  t.deepEqual(await Promise.all([handler(call()), handler(call())]), [lesser, lesser])
  t.false(Object.isFrozen(lesser))
  answer = () => ({ price: 2 })
  t.deepEqual(await handler(call()), { price: 2 })
})

test('a store that does not answer is waited for no longer than the call may take', async t => {
  const store: CacheStore = { remote: false, get: () => new Promise(() => {}), set: () => {}, invalidate: () => {} }
  const { clock, call, fetches, handler } = waiting({ store }, 'call')
  const late = outcome(handler(call(100)))
  const canceled = call()
  const given = outcome(handler(canceled))
  canceled.cancel(new RpcError('enough', Code.canceled))
  t.is(((await given).error as RpcError).message, 'enough')
  await clock.advance(100)
  t.is(((await late).error as RpcError).code, Code.deadline_exceeded)
  t.is(fetches.length, 0)
})

test('a store that answers after its call has ended has nothing fetched', async t => {
  let answer: (hit: undefined) => void = () => {}
  const get = () => new Promise<undefined>(resolve => (answer = resolve))
  const { clock, fetches, ask } = waiting({ store: { remote: false, get, set: () => {}, invalidate: () => {} } })
  const late = outcome(ask(100))
  await clock.advance(100)
  answer(undefined)
  t.is(((await late).error as RpcError).code, Code.deadline_exceeded)
  await clock.advance(0)
  t.is(fetches.length, 0)
})

const throwing = (): never => {
  throw new Error('out of order')
}

for (const [name, options] of [
  ['tags', { tags: throwing }],
  ['tags that are no list', { tags: () => 5 as never }],
  ['sizeOf', { store: new MemoryCache({ maxSize: 5, sizeOf: throwing }) }],
  ['a size that is none', { store: new MemoryCache({ maxSize: 5, sizeOf: () => Number.NaN }) }],
  ['set', { store: { remote: false, get: () => undefined, set: throwing, invalidate: () => {} } }],
  ['get', { store: { remote: false, get: throwing, set: () => {}, invalidate: () => {} } }],
] as const satisfies readonly (readonly [string, Partial<CachedOptions>])[])
  test.serial(`a call that succeeded is not failed by the cache: ${name}`, async t => {
    const warned = new Promise<Error>(resolve => process.once('warning', resolve))
    const { fetches, ask } = waiting(options)
    const replies = [ask(), ask()]
    fetches[0]?.resolve('reply')
    t.deepEqual(await Promise.all(replies), ['reply', 'reply'])
    t.regex((await warned).message, /the cache failed, and the call went on without it/)
    const again = ask()
    fetches[1]?.resolve('another')
    t.is(await again, 'another')
  })

test('a server adds what it kept of a reply to what outer policies say to each caller', async t => {
  const { call, wrap } = rig(methodInfo('safe'))
  let calls = 0
  const outer = use(
    next => active => {
      active.replyHeaders.set('x-request-id', String(++calls)).append('vary', 'origin')
      active.replyTrailers.set('x-cost', String(calls))
      return next(active)
    },
    { name: 'outer', stage: 'handler' },
  )
  const handler = wrap(
    [outer, cached({ ttl: '10s' })],
    async active => {
      active.replyHeaders.append('vary', 'accept').set('x-version', '7')
      active.replyTrailers.set('x-rows', '3')
      return 'reply'
    },
    ['handler'],
  )
  const calling = [call(), call(), call()]
  await Promise.all(calling.slice(0, 2).map(one => handler(one)))
  await handler(calling[2] as ActiveCall)
  for (const [at, { replyHeaders, replyTrailers }] of calling.entries()) {
    const id = String(at + 1)
    t.deepEqual([...replyHeaders].sort(), [
      ['vary', 'accept'],
      ['vary', 'origin'],
      ['x-request-id', id],
      ['x-version', '7'],
    ])
    t.deepEqual(
      [...replyTrailers],
      [
        ['x-cost', id],
        ['x-rows', '3'],
      ],
    )
  }
})

test('a request that is too deep for a key is answered, and not from the cache', async t => {
  for (const stage of ['call', 'handler'] as const) {
    const { call, wrap } = rig(methodInfo('safe'))
    let fetches = 0
    const handler = wrap([cached({ ttl: '10s' })], async () => ++fetches, [stage])
    const ask = (levels: number) => {
      let message: unknown = 'leaf'
      for (let level = 0; level < levels; level++) message = { lists: [message] }
      return handler(Object.assign(call(), { message }))
    }
    t.deepEqual([await ask(60), await ask(60)], [1, 1], 'within what codecs take')
    t.deepEqual([await ask(5_000), await ask(5_000)], [2, 3])
  }
})

test('a long request costs the store a short key of its own', async t => {
  const keys: string[] = []
  const store = new MemoryCache()
  const get = (key: string) => {
    keys.push(key)
    return store.get(key)
  }
  const { call, wrap } = rig(methodInfo('safe'))
  let fetches = 0
  const watched: CacheStore = {
    remote: false,
    get,
    set: (...entry) => store.set(...entry),
    invalidate: tag => store.invalidate(tag),
  }
  const handler = wrap([cached({ ttl: '10s', store: watched })], async () => ++fetches, ['handler'])
  const ask = (message: unknown, authorization: string) => {
    const one = Object.assign(call(), { message })
    one.headers.set('authorization', authorization)
    return handler(one)
  }
  const long = 'x'.repeat(100_000)
  t.deepEqual([await ask({ long }, 'ann'), await ask({ long }, 'ann')], [1, 1])
  t.is(await ask({ long }, 'bob'), 2)
  t.is(await ask({ long: `${long}y` }, 'ann'), 3)
  t.is(await ask({ short: 1 }, long), 4)
  t.is(await ask({ short: 1 }, `${long}y`), 5)
  t.is(new Set(keys).size, 5)
  for (const key of keys) t.true(key.length < 600)
})
