import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Redis as IoRedis } from 'ioredis'
import { createClient } from 'redis'
import {
  Cached,
  connect,
  disconnect,
  Field,
  int64,
  Message,
  Method,
  RedisCache,
  type RedisClient,
  Safe,
  Service,
  serve,
  string,
} from '../../src/index.js'
import { says } from '../support/programs.js'

@Message('users.Query')
class Query {
  @Field(1, string) name!: string
}

@Message('users.User')
class User {
  @Field(1, string) name!: string
  @Field(2, int64) asked!: bigint
}

function served(store: RedisCache) {
  let asked = 0n

  @Service('users.Users')
  class Users {
    @Method({ accepts: Query, returns: User })
    @Safe()
    @Cached({ ttl: '1m', on: 'server', store, tags: (query: Query) => [`user:${query.name}`] })
    async find({ name }: Query): Promise<User> {
      return Object.assign(new User(), { name, asked: ++asked })
    }
  }
  return Users
}

async function redisServer() {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-redis-'))
  const path = join(folder, 'redis.sock')
  const redis = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder])
  await says(redis.stdout, 'eady to accept connections')
  const end = async () => {
    redis.kill()
    await once(redis, 'exit')
    await rm(folder, { recursive: true })
  }
  return { path, end }
}

test('servers share replies over a real Redis, one with ioredis and one with node-redis, and invalidate them for each other', async t => {
  const { path, end } = await redisServer()
  const ioredis = new IoRedis(path)
  const nodeRedis = createClient({ socket: { path, tls: false } })
  await nodeRedis.connect()
  const one = new RedisCache(ioredis, { prefix: 'test:' })
  const other = new RedisCache(nodeRedis, { prefix: 'test:' })
  const [First, Second] = [served(one), served(other)]
  const servers = [
    await serve([First], { port: false, memory: 'redis-1' }),
    await serve([Second], { port: false, memory: 'redis-2' }),
  ]
  const first = connect(First, 'memory://redis-1')
  const second = connect(Second, 'memory://redis-2')
  t.is((await first.find({ name: 'ann' })).asked, 1n)
  const shared = await second.find({ name: 'ann' })
  t.deepEqual({ ...shared }, { name: 'ann', asked: 1n })
  await first.find({ name: 'bob' })
  await other.invalidate('user:ann')
  t.is((await first.find({ name: 'bob' })).asked, 2n)
  t.is((await first.find({ name: 'ann' })).asked, 3n)
  await one.invalidate('/users.Users/Find')
  t.is((await second.find({ name: 'bob' })).asked, 1n, 'asked of the second server for the first time')

  const headers = ['x-text', 'plain', 'x-bytes-bin', new Uint8Array([0, 255])]
  const entry = { reply: new Uint8Array([1, 2, 3]), headers, trailers: [] }
  await one.set('key', entry, { fresh: 60_000, keep: 60_000, tags: [], ticket: undefined })
  const hit = await other.get('key')
  t.deepEqual(hit?.entry.headers, headers)
  t.deepEqual(hit?.entry.reply, Buffer.from([1, 2, 3]))
  t.true((hit?.freshFor ?? 0) > 50_000)

  await Promise.all([disconnect(first), disconnect(second), ...servers.map(server => server.close())])
  await Promise.all([ioredis.quit(), nodeRedis.close()])
  await end()
})

test('a tag holds what is kept, not what was; it goes with its last entry, and takes all of its own along', async t => {
  const { path, end } = await redisServer()
  const ioredis = new IoRedis(path)
  const cache = new RedisCache(ioredis)
  const keep = (key: string, milliseconds: number) =>
    cache.set(
      key,
      { reply: new Uint8Array([1]), headers: [], trailers: [] },
      { fresh: milliseconds, keep: milliseconds, tags: ['all'], ticket: undefined },
    )
  const names = async () => (await ioredis.keys('polywire:*')).length
  for (const round of [1, 2, 3]) {
    for (let at = 0; at < 20; at++) await keep(`${round} ${at}`, 1)
    while ((await names()) > 0);
  }
  await keep('long', 60_000)
  for (const round of [1, 2, 3]) {
    for (let at = 0; at < 20; at++) await keep(`${round} ${at}`, 1)
    while ((await names()) > 2);
  }
  await keep('other', 60_000)
  t.is(await ioredis.zcard('polywire:tagged:all'), 2)
  t.true((await ioredis.pttl('polywire:tagged:all')) > 50_000)
  await cache.invalidate('all')
  t.is(await names(), 0)
  await ioredis.quit()
  await end()
})

test('a client that cannot do it is refused at start-up', t => {
  for (const client of [{}, undefined, { callBuffer: 'GET' }])
    t.throws(() => new RedisCache(client as RedisClient), {
      message: /pass an instance of ioredis, or a client of redis 5/,
    })
})
