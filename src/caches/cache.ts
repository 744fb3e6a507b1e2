import type { HeaderValue } from '../core/headers.js'

/** A reply as it is kept. Headers are flat: name, value, name, value. */
export interface CacheEntry {
  /** Bytes where the store is `remote`. */
  readonly reply: unknown
  readonly headers: readonly HeaderValue[]
  readonly trailers: readonly HeaderValue[]
}

export interface CacheHit {
  readonly entry: CacheEntry
  /** Milliseconds for which it is fresh still; 0 or less: it is stale. */
  readonly freshFor: number
}

export interface CacheWrite {
  /** Milliseconds for which it is fresh; below 0: it is stale already, by as much. */
  readonly fresh: number
  /** Milliseconds after which it is gone; not less than `fresh`. */
  readonly keep: number
  /** What it can be invalidated by: the method's path (`/hello.Hello/GetUser`) and whatever `tags` said. */
  readonly tags: readonly string[]
  /** What `ticket()` gave before the reply was asked for. */
  readonly ticket: unknown
}

/**
 * Where replies are kept. What it cannot do (its server is away) it reports itself: a failing `get` is a miss, a failing `set` is forgotten.
 */
export interface CacheStore {
  /** Replies leave the process: it is handed bytes in place of messages. */
  readonly remote: boolean
  get(key: string): CacheHit | undefined | Promise<CacheHit | undefined>
  set(key: string, entry: CacheEntry, write: CacheWrite): void | Promise<void>
  /** Forgets every entry that has the tag, and those that are being fetched as far as `ticket` can tell. */
  invalidate(tag: string): void | Promise<void>
  /** Asked for before a reply is fetched, so that an invalidation meanwhile is noticed. Another one (`!==`) after each invalidation, and only then. */
  ticket?(): unknown
}
