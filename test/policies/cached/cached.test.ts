import test from 'ava'
import fc from 'fast-check'
import { request } from 'undici'
import type { CacheStore } from '../../../src/extend.js'
import {
  Cached,
  type CachedOptions,
  Code,
  cached,
  connect,
  disconnect,
  Field,
  int32,
  MemoryCache,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  serve,
  string,
  withCall,
} from '../../../src/index.js'
import { canonicalText } from '../../../src/policies/cached/key.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { methodInfo, outcome, rig } from '../../support/calls.js'

/** A backend that counts its fetches and answers as told. */
function caching(options: Partial<CachedOptions> = {}, stage: 'call' | 'handler' = 'call') {
  const base = rig(methodInfo('safe'))
  const backend = { fetches: 0, answer: (): unknown => ({ n: backend.fetches }) }
  const handler = base.wrap([cached({ ttl: '10s', ...options })], async () => {
    backend.fetches++
    return backend.answer()
  }, [stage])
  const ask = (message: unknown, headers: Record<string, string> = {}) => {
    const call = base.call()
    call.message = message
    for (const [name, value] of Object.entries(headers)) call.headers.set(name, value)
    return handler(call)
  }
  return { ...base, backend, handler, ask }
}

test('the same request is answered from the cache until its time is over', async t => {
  const { clock, backend, ask } = caching()
  t.deepEqual(await ask({ a: 1, b: 2 }), { n: 1 })
  t.deepEqual(await ask({ b: 2, a: 1, c: undefined }), { n: 1 })
  t.deepEqual(await ask({ a: 1, b: 3 }), { n: 2 })
  await clock.advance(9_999)
  t.deepEqual(await ask({ a: 1, b: 2 }), { n: 1 })
  await clock.advance(1)
  t.deepEqual(await ask({ a: 1, b: 2 }), { n: 3 })
  t.is(backend.fetches, 3)
})

test("one caller never sees another's reply, unless by says that they are the same", async t => {
  const { ask } = caching()
  t.deepEqual(await ask({}, { authorization: 'ann' }), { n: 1 })
  t.deepEqual(await ask({}, { authorization: 'bob' }), { n: 2 })
  t.deepEqual(await ask({}, { cookie: 'ann' }), { n: 3 })
  t.deepEqual(await ask({}), { n: 4 })
  t.deepEqual(await ask({}, { authorization: 'ann', 'x-trace': '1' }), { n: 1 })
  t.deepEqual(await ask({}, { 'x-trace': '2' }), { n: 4 }, 'a header that is not a credential')
  const shared = caching({ by: () => '' })
  await shared.ask({}, { authorization: 'ann' })
  t.deepEqual(await shared.ask({}, { authorization: 'bob' }), { n: 1 })
})

test('a request whose fields are accessors, or inherited, has a key of its own', async t => {
  class Page {
    readonly #number: number
    constructor(number: number) {
      this.#number = number
    }
    get number(): number {
      return this.#number
    }
    isFirst(): boolean {
      return this.#number === 1
    }
  }
  class Sorted extends Page {
    by = 'name'
  }
  const { ask } = caching()
  t.deepEqual(await ask(new Page(1)), { n: 1 })
  t.deepEqual(await ask(new Page(2)), { n: 2 })
  t.deepEqual(await ask({ number: 1 }), { n: 1 }, 'the same fields')
  t.deepEqual(await ask(new Sorted(1)), { n: 3 })
  t.deepEqual(await ask(new Sorted(2)), { n: 4 })
  t.deepEqual(await ask({ by: 'name', number: 2 }), { n: 4 })
  const defaults = { size: 10 }
  const derived = Object.assign(Object.create(defaults), { number: 9 })
  t.deepEqual(await ask(derived), { n: 5 })
  defaults.size = 20
  t.deepEqual(await ask(derived), { n: 6 })
})

test('a request that cannot be read has no key, and is not answered from the cache', async t => {
  const { ask } = caching()
  const broken = {
    get field(): never {
      throw new Error('not yet loaded')
    },
  }
  t.deepEqual(await ask(broken), { n: 1 })
  t.deepEqual(await ask(broken), { n: 2 })
})

test('callers that miss at once wait for one fetch; errors are theirs too, and are not kept', async t => {
  const { clock, backend, ask } = caching()
  let release: (reply: unknown) => void = () => {}
  backend.answer = () => new Promise(resolve => (release = resolve))
  const asked = [ask({}), ask({}), ask({})]
  await clock.advance(0)
  release('reply')
  t.deepEqual(await Promise.all(asked), ['reply', 'reply', 'reply'])
  t.is(backend.fetches, 1)
  backend.answer = () => {
    throw new RpcError('no', Code.unavailable)
  }
  for (const { error } of await Promise.all([outcome(ask({ other: 1 })), outcome(ask({ other: 1 }))]))
    t.is((error as RpcError).message, 'no')
  t.is(backend.fetches, 2)
  await outcome(ask({ other: 1 }))
  t.is(backend.fetches, 3)
})

test('a caller that gives up harms nobody else who waits, and is told at once', async t => {
  const { clock, call, handler, backend } = caching()
  const releases: ((reply: unknown) => void)[] = []
  const calls = [call(), call(50), call()] as const
  const base = handler
  backend.answer = () =>
    new Promise((resolve, reject) => {
      releases.push(resolve)
      calls[releases.length === 1 ? 0 : 2].onCancel(reject)
    })
  const leader = outcome(base(calls[0]))
  const late = outcome(base(calls[1]))
  const patient = outcome(base(calls[2]))
  await clock.advance(50)
  t.is(((await late).error as RpcError).code, Code.deadline_exceeded)
  calls[0].cancel(new RpcError('enough', Code.canceled))
  t.is(((await leader).error as RpcError).message, 'enough')
  await clock.advance(0)
  t.is(backend.fetches, 2, 'one of those who wait asks again')
  releases[1]?.('reply')
  t.deepEqual(await patient, { value: 'reply' })
})

test('a server that has no time left for one caller is asked again for those who have', async t => {
  const { call, handler, backend } = caching()
  const hasty = call(50)
  const patient = call()
  const fails: ((error: Error) => void)[] = []
  backend.answer = () => (backend.fetches === 1 ? new Promise((_, reject) => fails.push(reject)) : 'reply')
  const results = [outcome(handler(hasty)), outcome(handler(patient))] as const
  await Promise.resolve()
  // The server's timer was first.
  fails[0]?.(new RpcError('no reply before its deadline', Code.deadline_exceeded))
  t.is(((await results[0]).error as RpcError).code, Code.deadline_exceeded)
  t.deepEqual(await results[1], { value: 'reply' })
})

test('a stale reply is given out at once while one fetch renews it', async t => {
  const { clock, backend, ask } = caching({ staleWhileRevalidate: '1m' })
  await ask({})
  await clock.advance(11_000)
  t.deepEqual(await Promise.all([ask({}), ask({})]), [{ n: 1 }, { n: 1 }])
  await clock.advance(0)
  t.is(backend.fetches, 2)
  t.deepEqual(await ask({}), { n: 2 })
  backend.answer = () => {
    throw new RpcError('away', Code.unavailable)
  }
  await clock.advance(11_000)
  t.deepEqual(await ask({}), { n: 2 })
  await clock.advance(60_000)
  t.is(((await outcome(ask({}))).error as RpcError).message, 'away')
  await clock.advance(60_000)
  t.is(clock.size, 0)
})

test('replies are invalidated by method and by tag, those under way too', async t => {
  const store = new MemoryCache()
  const { backend, clock, ask } = caching({ store, tags: (query: { id: number }) => [`user:${query.id}`] })
  await ask({ id: 1 })
  await ask({ id: 2 })
  store.invalidate('user:1')
  t.deepEqual(await ask({ id: 2 }), { n: 2 })
  t.deepEqual(await ask({ id: 1 }), { n: 3 })
  store.invalidate('/test.Service/Do')
  t.is(store.size, 0)
  let release: (reply: unknown) => void = () => {}
  backend.answer = () => new Promise(resolve => (release = resolve))
  const before = ask({ id: 1 })
  await clock.advance(0)
  store.invalidate('user:1')
  release('from before')
  t.is(await before, 'from before')
  t.is(store.size, 0)
})

test('the store may be bounded by size, and what is too large is not kept', t => {
  const store = new MemoryCache({ maxSize: 10, sizeOf: ({ reply }) => (reply as string).length })
  const keep = (key: string, reply: string) =>
    store.set(key, { reply, headers: [], trailers: [] }, { fresh: 50, keep: 100, tags: ['all'], ticket: undefined })
  keep('a', 'aaaa')
  keep('b', 'bbbb')
  keep('c', 'cccc')
  keep('d', 'd'.repeat(11))
  t.deepEqual(
    ['a', 'b', 'c', 'd'].map(key => store.get(key)?.entry.reply),
    [undefined, 'bbbb', 'cccc', undefined],
  )
  store.invalidate('all')
  t.is(store.size, 0)
  for (const options of [
    { maxEntries: 0 },
    { maxEntries: 1.5 },
    { maxEntries: 1_000_001 },
    { maxEntries: 1e12 },
    { maxSize: 10 },
    { sizeOf: () => 1 },
    { maxSize: -1, sizeOf: () => 1 },
  ])
    t.throws(() => new MemoryCache(options), { message: /MemoryCache: max/ })
})

test('the store is bounded, and the one used longest ago goes', async t => {
  const { backend, ask } = caching({ maxEntries: 2 })
  await ask({ id: 1 })
  await ask({ id: 2 })
  await ask({ id: 1 })
  await ask({ id: 3 })
  await ask({ id: 1 })
  t.is(backend.fetches, 3)
  await ask({ id: 2 })
  t.is(backend.fetches, 4)
})

test('what a client got from the cache cannot be changed under another; what a handler returned stays its own', async t => {
  const client = caching()
  const reply = (await client.ask({})) as { n: number }
  t.throws(() => (reply.n = 5), { instanceOf: TypeError })
  const server = caching({}, 'handler')
  const own = (await server.ask({})) as { n: number }
  t.notThrows(() => (own.n = 5))
})

test('reply headers come again; a reply that sets a cookie or says no-store is not kept', async t => {
  const { call, wrap } = rig(methodInfo('safe'))
  let fetches = 0
  const asking = async (name: string, value: string) => {
    const handler = wrap([cached({ ttl: '10s' })], async active => {
      fetches++
      active.receiveReplyHeaders([name, value])
      return 'reply'
    })
    await handler(call())
    const again = call()
    await handler(again)
    return again.replyHeaders.get(name)
  }
  t.is(await asking('x-version', '7'), '7')
  t.is(fetches, 1)
  for (const [name, value] of [
    ['set-cookie', 'a=b'],
    ['cache-control', 'no-store'],
    ['cache-control', 'private, max-age=0'],
  ] as const) {
    fetches = 0
    await asking(name, value)
    t.is(fetches, 2, value)
  }
})

test('a store that fails is a miss, and harms no call', async t => {
  const broken: CacheStore = {
    remote: false,
    get: () => Promise.reject(new Error('store away')),
    set: () => Promise.reject(new Error('store away')),
    invalidate: () => {},
  }
  const warned: string[] = []
  const listen = (warning: Error) => warned.push(warning.message)
  process.on('warning', listen)
  const { backend, ask } = caching({ store: broken })
  t.deepEqual(await ask({}), { n: 1 })
  t.deepEqual(await ask({}), { n: 2 })
  t.is(backend.fetches, 2)
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', listen)
  t.true(warned.some(message => message.includes('store away')))
})

@Message('prices.Query')
class Query {
  @Field(1, string) name!: string
}

@Message('prices.Price')
class Price {
  @Field(1, int32) cents!: number
}

@Service('prices.Prices')
class Prices {
  asked = 0

  @Method({ accepts: Query, returns: Price })
  @Safe()
  @Cached({ ttl: '1m' })
  async price(_query: Query): Promise<Price> {
    return { cents: ++this.asked }
  }

  @Method({ accepts: Query, returns: Price })
  @Safe()
  @Cached({ ttl: '1m', on: 'server', store: remoteStore() })
  async kept(_query: Query): Promise<Price> {
    return { cents: ++this.asked }
  }
}

/** A store that keeps bytes, as one in another process would. */
function remoteStore(): CacheStore {
  const kept = new Map<string, Parameters<CacheStore['set']>[1]>()
  return {
    remote: true,
    async get(key) {
      const entry = kept.get(key)
      return entry === undefined ? undefined : { entry, freshFor: 1000 }
    },
    async set(key, entry) {
      if (!(entry.reply instanceof Uint8Array)) throw new TypeError('no bytes')
      kept.set(key, entry)
    },
    invalidate: () => kept.clear(),
  }
}

test('client and server cache, each for itself; over HTTP browsers are told how long', async t => {
  const prices = new Prices()
  const server = await serve([prices], { host: '127.0.0.1', memory: 'prices' })
  const one = connect(Prices, 'memory://prices')
  const other = connect(Prices, 'memory://prices')
  t.is((await one.price({ name: 'tea' })).cents, 1)
  t.is((await other.price({ name: 'tea' })).cents, 1, 'from the server')
  t.is((await withCall(other, { headers: { authorization: 'ann' } }).price({ name: 'tea' })).cents, 2)
  t.is((await one.kept({ name: 'tea' })).cents, 3)
  const again = await one.kept({ name: 'tea' })
  t.is(again.cents, 3)
  t.true(again instanceof Price)
  const message = encodeURIComponent('{"name":"tea"}')
  const { headers, body } = await request(
    `http://${server.address}/prices.Prices/Price?connect=v1&encoding=json&message=${message}`,
  )
  t.deepEqual(await body.json(), { cents: 1 })
  t.regex(String(headers['cache-control']), /^private, max-age=(59|60), polywire-fresh-ms=(59\d{3}|60000)$/)
  await Promise.all([disconnect(one), disconnect(other)])
  await server.close()
})

test('what cannot be cached is found at start-up', t => {
  const { conflict } = cached({ ttl: '1s' })
  t.regex(conflict?.(methodInfo('idempotent'), []) ?? '', /put @Safe\(\) on it/)
  t.regex(conflict?.(methodInfo('safe', 'server_streaming'), []) ?? '', /it streams/)
  t.is(conflict?.(methodInfo('safe'), []), undefined)
  t.throws(() => cached({ ttl: 0 }), { message: /ttl must be above 0, got 0 ms/ })
  t.throws(() => cached({ ttl: 1, maxEntries: 0 }), {
    message: /maxEntries must be an integer from 1 to 1000000, got 0/,
  })
  t.throws(() => cached({ ttl: 1, maxEntries: 5, store: new MemoryCache() }), {
    message: /maxEntries does not bound a given store/,
  })
})

test('equal values have one text whatever the order of their keys, different ones have two', t => {
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.date({ noInvalidDate: true }),
  )
  const value = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    ),
  })).value
  const reversed = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(reversed)
    if (typeof one !== 'object' || one === null || one instanceof Date || one instanceof Uint8Array) return one
    return Object.fromEntries(
      Object.entries(one)
        .map(([key, field]): [string, unknown] => [key, reversed(field)])
        .reverse(),
    )
  }
  fc.assert(
    fc.property(value, one => {
      t.is(canonicalText(reversed(one)), canonicalText(one))
    }),
  )
  const different = [
    1,
    '1',
    1n,
    true,
    'true',
    null,
    'null',
    [1],
    ['1'],
    { a: 1 },
    { a: '1' },
    new Map([['a', 1]]),
    new Set([1]),
    new Date(1),
    new Uint8Array([1]),
    [[1], 2],
    [1, [2]],
    { a: [] },
    { a: {} },
  ]
  t.is(new Set(different.map(one => canonicalText(one))).size, different.length)
  const cycle: Record<string, unknown> = {}
  cycle.itself = cycle
  t.is(canonicalText(cycle), undefined)
})

test('whatever is set, read and invalidated, the memory store holds no more than its bound and nothing that was invalidated', async t => {
  const event = fc.record({
    kind: fc.constantFrom('set', 'get', 'invalidate', 'advance'),
    key: fc.nat(9),
    tag: fc.nat(3),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 120 }), async events => {
      const clock = new VirtualClock()
      const store = new MemoryCache({ maxEntries: 4, clock })
      const tagOf = new Map<string, string>()
      for (const { kind, key, tag } of events) {
        if (kind === 'set') {
          const entry = { reply: `${key} ${tag}`, headers: [], trailers: [] }
          store.set(`k${key}`, entry, { fresh: 50, keep: 100, tags: [`t${tag}`], ticket: store.ticket() })
          tagOf.set(`k${key}`, `t${tag}`)
        } else if (kind === 'invalidate') {
          store.invalidate(`t${tag}`)
          for (const [one, its] of tagOf) if (its === `t${tag}`) t.is(store.get(one), undefined)
        } else if (kind === 'get') {
          const hit = store.get(`k${key}`)
          if (hit !== undefined) t.is(tagOf.get(`k${key}`), `t${String(hit.entry.reply).split(' ')[1]}`)
        } else await clock.advance(key * 10)
        t.true(store.size <= 4)
      }
    }),
    { numRuns: 50 },
  )
})
