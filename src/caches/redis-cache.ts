/**
 * Problem: many processes of one service shall share what they cache, and keep it over a restart.
 *
 *     @Cached({ ttl: '10s', on: 'server', store: new RedisCache(new Redis(), { prefix: 'users:' }) })
 *
 * Entries expire by themselves. Each is in a sorted set for each of its tags, so that it can be invalidated by them; an invalidation does not reach a
 * reply that is just being fetched elsewhere, which `ttl` ends.
 */
import { createHash } from 'node:crypto'
import type { HeaderValue } from '../core/headers.js'
import { misuse } from '../core/rpc-error.js'
import type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './cache.js'

/** What is needed of a client for Redis: that of ioredis, or that of node-redis (`redis`, from version 5). */
export type RedisClient = IoRedisClient | NodeRedisClient

export interface IoRedisClient {
  /** Sends one command; texts in the answer are buffers. */
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>
}

export interface NodeRedisClient {
  /** The same client, with another class for values of a type of Redis's protocol, by that type's first byte. */
  withTypeMapping(mapping: Readonly<Record<number, unknown>>): {
    sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>
  }
}

export interface RedisCacheOptions {
  /** In front of every key; default `polywire:`. Give each target one of its own. */
  readonly prefix?: string
}

/**
 * KEYS: the entry, then its tags. ARGV: the entry's bytes, and the milliseconds for which it is kept. A tag's members are scored by when they
 * expire, by Redis's own clock, so that those that did can leave: a tag holds no more than was kept at once.
 */
const setScript = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], now + ARGV[2], KEYS[1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end`

const invalidateScript = `
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('DEL', key) end
redis.call('DEL', KEYS[1])`

/** A header's value, as JSON has it: bytes as `{ b: base64 }`. */
type WrittenValue = string | { readonly b: string }

interface WrittenHead {
  /** Milliseconds since 1970, since processes share no other clock. */
  readonly freshUntil: number
  readonly headers: readonly WrittenValue[]
  readonly trailers: readonly WrittenValue[]
}

/** A store in Redis 7 or later. On a cluster the prefix needs a hash tag (`{users}:`), so that an entry and its tags are in one place. */
export class RedisCache implements CacheStore {
  readonly remote = true
  private readonly prefix: string
  private readonly send: Send

  constructor(client: RedisClient, { prefix = 'polywire:' }: RedisCacheOptions = {}) {
    this.send = senderOf(client)
    this.prefix = prefix
  }

  async get(key: string): Promise<CacheHit | undefined> {
    const bytes = await this.send('GET', this.entryKey(key))
    if (!Buffer.isBuffer(bytes) || bytes.length < 4) return undefined
    const end = 4 + bytes.readUInt32BE(0)
    const head = JSON.parse(bytes.toString('utf8', 4, end)) as WrittenHead
    const entry = { reply: bytes.subarray(end), headers: head.headers.map(read), trailers: head.trailers.map(read) }
    return { entry, freshFor: head.freshUntil - Date.now() }
  }

  async set(key: string, entry: CacheEntry, { fresh, keep, tags }: CacheWrite): Promise<void> {
    const head: WrittenHead = {
      freshUntil: Date.now() + fresh,
      headers: entry.headers.map(write),
      trailers: entry.trailers.map(write),
    }
    const text = Buffer.from(JSON.stringify(head))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    const bytes = Buffer.concat([length, text, entry.reply as Uint8Array])
    const keys = [this.entryKey(key), ...tags.map(tag => this.tagKey(tag))]
    await this.send('EVAL', setScript, String(keys.length), ...keys, bytes, String(Math.ceil(keep)))
  }

  async invalidate(tag: string): Promise<void> {
    await this.send('EVAL', invalidateScript, '1', this.tagKey(tag))
  }

  /** Credentials are part of a key, so it leaves the process as a hash only. */
  private entryKey(key: string): string {
    return `${this.prefix}entry:${createHash('sha256').update(key).digest('base64url')}`
  }

  private tagKey(tag: string): string {
    return `${this.prefix}tagged:${tag}`
  }
}

type Send = (command: string, ...args: (string | Buffer)[]) => Promise<unknown>

/** Of a text of a known length in Redis's protocol: `$`. */
const blobString = 36

function senderOf(client: RedisClient): Send {
  if (typeof (client as Partial<IoRedisClient> | undefined)?.callBuffer === 'function')
    return (command, ...args) => (client as IoRedisClient).callBuffer(command, ...args)
  if (typeof (client as Partial<NodeRedisClient> | undefined)?.withTypeMapping === 'function') {
    const buffers = (client as NodeRedisClient).withTypeMapping({ [blobString]: Buffer })
    return (...args) => buffers.sendCommand(args)
  }
  throw misuse(
    'invalid_policy',
    'RedisCache: the client has neither callBuffer nor withTypeMapping; pass an instance of ioredis, or a client of redis 5 or later',
  )
}

function write(value: HeaderValue): WrittenValue {
  return typeof value === 'string' ? value : { b: Buffer.from(value).toString('base64') }
}

function read(value: WrittenValue): HeaderValue {
  return typeof value === 'string' ? value : new Uint8Array(Buffer.from(value.b, 'base64'))
}
