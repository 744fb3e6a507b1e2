import type { HeaderValue } from '../core/headers.js'

/** A cached reply. Headers and trailers are flat lists: name, value, name, value. */
export interface CacheEntry {
  /** The message; bytes if the store is `remote`. */
  readonly reply: unknown
  /** Reply headers. */
  readonly headers: readonly HeaderValue[]
  /** Reply trailers. */
  readonly trailers: readonly HeaderValue[]
}

/** An entry that a store has found. */
export interface CacheHit {
  /** The cached reply. */
  readonly entry: CacheEntry
  /** Milliseconds for which it is still fresh; 0 or less if it is stale. */
  readonly freshFor: number
}

/** How a store keeps an entry. */
export interface CacheWrite {
  /** Milliseconds for which the entry is fresh; below 0 if it is already stale, by that much. */
  readonly fresh: number
  /** Milliseconds after which the store drops the entry; at least `fresh`. */
  readonly keep: number
  /** The names to invalidate it by: the method's path (`/hello.Hello/GetUser`) and the `tags` of `@Cached`. */
  readonly tags: readonly string[]
  /** The result of `ticket()` before the reply was fetched. */
  readonly ticket: unknown
}

/**
 * A store of cached replies. A failure does not fail the call: a failing `get` is a miss, a failing `set` stores nothing, and both are
 * reported.
 *
 * @see docs/guide/policies.md#cached
 */
export interface CacheStore {
  /** Whether entries leave the process. Then the store receives bytes instead of messages. */
  readonly remote: boolean
  /** Returns the entry of a key, stale ones included; undefined if there is none. */
  get(key: string): CacheHit | undefined | Promise<CacheHit | undefined>
  /** Stores an entry under a key. */
  set(key: string, entry: CacheEntry, write: CacheWrite): void | Promise<void>
  /** Drops every entry with the tag, and makes the store ignore replies that are being fetched, as far as `ticket` allows. */
  invalidate(tag: string): void | Promise<void>
  /**
   * Called before a fetch, so that `set` can notice an invalidation since. Returns another value (`!==`) after each invalidation, and only
   * then.
   */
  ticket?(): unknown
}
