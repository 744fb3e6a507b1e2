import { createHash } from 'node:crypto'
import type { HeaderValue } from '../core/headers.js'
import { misuse } from '../core/rpc-error.js'
import type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './cache.js'

/** A client of Redis: an instance of ioredis, or a client of node-redis (`redis`, version 5 or later). */
export type RedisClient = IoRedisClient | NodeRedisClient

/** The part of an ioredis client that `RedisCache` uses. */
export interface IoRedisClient {
  /** Sends a command. Texts in the reply are buffers. */
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>
}

/** The part of a node-redis client that `RedisCache` uses. */
export interface NodeRedisClient {
  /** Returns the same client with other classes for values, by the first byte of their type in Redis's protocol. */
  withTypeMapping(mapping: Readonly<Record<number, unknown>>): {
    /** Sends a command. */
    sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>
  }
}

/** Options of a `RedisCache`. */
export interface RedisCacheOptions {
  /** A prefix of every key; default `polywire:`. Give each target its own. */
  readonly prefix?: string
}

/**
 * KEYS: the entry, then its tags. ARGV: the entry's bytes, and the milliseconds after which it expires. A tag is a sorted set of entries,
 * scored by their expiry on Redis's clock. Each write removes the expired ones, so that a tag does not grow without bound.
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

/** The value of a header in JSON; bytes are `{ b: base64 }`. */
type WrittenValue = string | { readonly b: string }

interface WrittenHead {
  /** Milliseconds since 1970: processes share no other clock. */
  readonly freshUntil: number
  readonly headers: readonly WrittenValue[]
  readonly trailers: readonly WrittenValue[]
}

/**
 * A store of cached replies in Redis 7 or later, which the processes of a service share and which survives their restart.
 *
 * Entries expire by themselves. `invalidate` does not reach a reply that another process is fetching; `ttl` bounds its age. On a cluster
 * the prefix needs a hash tag (`{users}:`), so that an entry and its tags are on one node.
 *
 * @example
 * const store = new RedisCache(new Redis(), { prefix: 'users:' })
 * @Method({ accepts: GetUser, returns: User }) @Safe() @Cached({ ttl: '10s', on: 'server', store })
 *
 * @see docs/guide/policies.md#cached
 */
export class RedisCache implements CacheStore {
  /** Entries leave the process. */
  readonly remote = true
  private readonly prefix: string
  private readonly send: Send

  /** Uses a client that you own and close. @throws RpcError `failed_precondition` (`invalid_policy`) if it is not a Redis client */
  constructor(client: RedisClient, { prefix = 'polywire:' }: RedisCacheOptions = {}) {
    this.send = senderOf(client)
    this.prefix = prefix
  }

  /** Returns the entry of a key; undefined if there is none. */
  async get(key: string): Promise<CacheHit | undefined> {
    const bytes = await this.send('GET', this.entryKey(key))
    if (!Buffer.isBuffer(bytes) || bytes.length < 4) return undefined
    const end = 4 + bytes.readUInt32BE(0)
    const head = JSON.parse(bytes.toString('utf8', 4, end)) as WrittenHead
    const entry = { reply: bytes.subarray(end), headers: head.headers.map(read), trailers: head.trailers.map(read) }
    return { entry, freshFor: head.freshUntil - Date.now() }
  }

  /** Stores an entry with its tags. */
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

  /** Drops every entry with the tag, for all processes. */
  async invalidate(tag: string): Promise<void> {
    await this.send('EVAL', invalidateScript, '1', this.tagKey(tag))
  }

  /** A key contains credentials, so only its hash leaves the process. */
  private entryKey(key: string): string {
    return `${this.prefix}entry:${createHash('sha256').update(key).digest('base64url')}`
  }

  private tagKey(tag: string): string {
    return `${this.prefix}tagged:${tag}`
  }
}

type Send = (command: string, ...args: (string | Buffer)[]) => Promise<unknown>

/** The first byte of a text in Redis's protocol: `$`. */
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
