import test from 'ava'
import { Exclude, Transform } from 'class-transformer'
import type { CacheEntry, CacheStore } from '../../../src/extend.js'
import {
  Cached,
  connect,
  disconnect,
  Field,
  int32,
  Message,
  Method,
  Safe,
  Service,
  serve,
  string,
} from '../../../src/index.js'

/** A store that keeps bytes, as one in another process would. */
function remoteStore() {
  const kept = new Map<string, CacheEntry>()
  const store: CacheStore = {
    remote: true,
    async get(key) {
      const entry = kept.get(key)
      return entry && { entry, freshFor: 1000 }
    },
    async set(key, entry) {
      if (!(entry.reply instanceof Uint8Array)) throw new TypeError('no bytes')
      kept.set(key, entry)
    },
    invalidate: () => kept.clear(),
  }
  return { kept, store }
}

@Message('packed.Query')
class Query {
  @Field(1, string) name = ''
}

@Message('packed.Price')
class Price {
  @Field(1, string) name = ''
  @Field(2, string) @Exclude({ toPlainOnly: true }) note = ''
  @Field(3, int32) @Transform(({ value }) => value * 100, { toPlainOnly: true }) cents = 0
}

function served(store: CacheStore, note: unknown = 'secret') {
  @Service('packed.Prices')
  class Prices {
    asked = 0

    @Method({ accepts: Query, returns: Price })
    @Safe()
    async bare(_query: Query): Promise<Price> {
      this.asked++
      return Object.assign(new Price(), { name: 'tea', note, cents: 2 })
    }

    @Method({ accepts: Query, returns: Price })
    @Safe()
    @Cached({ ttl: '1m', on: 'server', store })
    async kept(query: Query): Promise<Price> {
      return this.bare(query)
    }
  }
  return Prices
}

test.serial("class-transformer's decorators are run once, for the peer, and not for a remote store", async t => {
  for (const scheme of ['grpc', 'http']) {
    const Prices = served(remoteStore().store)
    const prices = new Prices()
    const server = await serve([prices], { host: '127.0.0.1' })
    const remote = connect(Prices, `${scheme}://${server.address}`)
    const bare = { ...(await remote.bare({ name: 'a' })) }
    t.is(bare.cents, scheme === 'http' ? 200 : 2)
    t.deepEqual({ ...(await remote.kept({ name: 'a' })) }, bare, 'fetched')
    t.deepEqual({ ...(await remote.kept({ name: 'a' })) }, bare, 'kept')
    t.is(prices.asked, 2)
    await disconnect(remote)
    await server.close()
  }
})

test.serial('an entry that an older class wrote is a miss, and is written anew', async t => {
  const { kept, store } = remoteStore()
  const Prices = served(store)
  const prices = new Prices()
  const reported: string[] = []
  const server = await serve([prices], {
    port: false,
    memory: 'packed-old',
    report: error => reported.push(String(error)),
  })
  const remote = connect(Prices, 'memory://packed-old')
  await remote.kept({ name: 'a' })
  const [key] = kept.keys()
  kept.set(key as string, { reply: Buffer.from('{"name":1}'), headers: [], trailers: [] })
  t.is((await remote.kept({ name: 'a' })).name, 'tea')
  t.is(prices.asked, 2)
  t.regex(reported.join(), /packed\.Prices\/Kept: cannot read a cached entry, fetching again.*name/)
  await remote.kept({ name: 'a' })
  t.is(prices.asked, 2)
  await disconnect(remote)
  await server.close()
})

test.serial('a reply that cannot be packed is not kept, and goes on', async t => {
  const { kept, store } = remoteStore()
  const Prices = served(store, 5)
  const prices = new Prices()
  const reported: string[] = []
  const server = await serve([prices], { host: '127.0.0.1', report: error => reported.push(String(error)) })
  const remote = connect(Prices, `http://${server.address}`)
  t.is((await remote.kept({ name: 'a' })).cents, 200, 'its peer never sees the note')
  t.is((await remote.kept({ name: 'a' })).cents, 200)
  t.is(prices.asked, 2)
  t.is(kept.size, 0)
  t.regex(reported.join(), /packed\.Prices\/Kept: cannot encode the reply for the cache, so it is not stored.*note/)
  await disconnect(remote)
  await server.close()
})
