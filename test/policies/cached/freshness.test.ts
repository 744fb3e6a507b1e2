import test from 'ava'
import {
  Cached,
  type Call,
  Context,
  cached,
  connect,
  disconnect,
  Field,
  Headers,
  int32,
  Message,
  Method,
  Safe,
  Service,
  serve,
  string,
  use,
  withCall,
} from '../../../src/index.js'
import { cacheControl, freshnessOf, isStorable } from '../../../src/policies/cached/freshness.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'

@Message('fresh.Query')
class Query {
  @Field(1, string) name = ''
}

@Message('fresh.Item')
class Item {
  @Field(1, int32) count = 0
}

@Service('fresh.Stock')
class Stock {
  @Method({ accepts: Query, returns: Item })
  @Safe()
  @Cached({ ttl: '900ms' })
  async short(_query: Query): Promise<Item> {
    return { count: 1 }
  }

  @Method({ accepts: Query, returns: Item })
  @Safe()
  @Cached({ ttl: '1900ms' })
  async long(_query: Query): Promise<Item> {
    return { count: 1 }
  }
}

for (const [name, expected] of [
  ['short', 5],
  ['long', 3],
] as const)
  test(`by every protocol as many requests leave a client that caches: ${name}`, async t => {
    for (const target of ['grpc://', 'thrift://', 'avro://', 'http://', 'http://?get=true']) {
      const clock = new VirtualClock()
      let arrived = 0
      const count = use(
        next => call => {
          arrived++
          return next(call)
        },
        { name: 'count', stage: 'handler' },
      )
      const server = await serve([Stock], { host: '127.0.0.1', clock, policies: [count] })
      const [scheme, query = ''] = target.split('//')
      const stock = connect(Stock, `${scheme}//${server.address}${query}`, { clock })
      // 0 to 3.9 s
      for (let at = 0; at < 40; at++) {
        await stock[name]({ name: 'tea' })
        await clock.advance(100)
      }
      t.is(arrived, expected, target)
      await disconnect(stock)
      await server.close()
    }
  })

@Service('fresh.Aged')
class Aged {
  asked = 0

  @Method({ accepts: Query, returns: Item })
  @Safe()
  @Cached({ ttl: '10s', on: 'server' })
  async look({ name }: Query, @Context() call?: Call): Promise<Item> {
    call?.replyHeaders.set('cache-control', 'max-age=3')
    if (name === 'passed on') call?.replyHeaders.set('age', '1')
    return { count: ++this.asked }
  }
}

test("what a server kept of a handler's own Cache-Control says its age, and clients keep it for the rest", async t => {
  const clock = new VirtualClock()
  const aged = new Aged()
  const server = await serve([aged], { host: '127.0.0.1', clock })
  for (const scheme of ['grpc', 'http']) {
    const plain = connect(Aged, `${scheme}://${server.address}`, { clock })
    const keeping = connect(Aged, `${scheme}://${server.address}`, { clock, policies: [cached({ ttl: '10s' })] })
    const ages: (string | undefined)[] = []
    const ask = async (name: string) => {
      await withCall(plain, { onEnd: ({ replyHeaders }) => void ages.push(replyHeaders.get('age')) }).look({ name })
    }
    await ask(scheme)
    await ask(scheme)
    await clock.advance(2100)
    await ask(scheme)
    t.deepEqual(ages.splice(0), [undefined, '0', '2'])
    const asked = aged.asked
    await keeping.look({ name: scheme })
    t.is(aged.asked, asked, 'the server has it')
    await clock.advance(1001)
    await keeping.look({ name: scheme })
    t.is(aged.asked, asked + 1, 'neither has it any more')
    const other = 'passed on'
    await ask(other)
    await clock.advance(1000)
    await ask(other)
    t.deepEqual(ages, ['1', '2'])
    await clock.advance(10_000)
    await Promise.all([disconnect(plain), disconnect(keeping)])
  }
  await server.close()
})

test('how long a reply is fresh', t => {
  for (const [headers, fresh, storable] of [
    [{}, 5000, true],
    [{ 'cache-control': 'max-age=3' }, 3000, true],
    [{ 'cache-control': 'max-age="3"' }, 3000, true],
    [{ 'cache-control': 'max-age=9' }, 5000, true],
    [{ 'cache-control': 'max-age=3', age: '1' }, 2000, true],
    [{ 'cache-control': 'max-age=3', age: '4' }, 0, true],
    [{ 'cache-control': 'max-age=3', age: '-1' }, 3000, true],
    [{ 'cache-control': 'private, max-age=1, polywire-fresh-ms=1900' }, 1900, true],
    [{ 'cache-control': 'private, max-age=1, polywire-fresh-ms=1900', age: '1' }, 900, true],
    [{ 'cache-control': 'private, max-age=1, polywire-fresh-ms=x' }, 1000, true],
    [{ 'cache-control': 'no-cache' }, 0, true],
    [{ 'cache-control': 'max-age=0' }, 0, true],
    [{ 'cache-control': 'no-store, max-age=3' }, 0, false],
    [{ 'set-cookie': 'a=b' }, 0, false],
  ] as const) {
    t.is(freshnessOf(new Headers(headers), 5000), fresh, JSON.stringify(headers))
    t.is(isStorable(new Headers(headers)), storable, JSON.stringify(headers))
  }
  for (const left of [0, 1, 999, 1000, 1900.7, 100_000])
    t.is(freshnessOf(new Headers({ 'cache-control': cacheControl(left) }), 1e9), Math.floor(left))
  t.is(cacheControl(-5), 'private, max-age=0, polywire-fresh-ms=0')
})
