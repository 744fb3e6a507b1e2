import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/clock.js'
import { callback, integer, type OptionReaders, optional, readOptions } from '../core/options.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './cache.js'

/** Options of a `MemoryCache`. */
export interface MemoryCacheOptions {
  /** Entries, 1 to 1,000,000; default 1000. Memory for their slots is allocated at once. The least recently used entry is evicted first. */
  readonly maxEntries?: number
  /** The total size of all entries, in the unit of `sizeOf`; default: only `maxEntries` bounds them. */
  readonly maxSize?: number
  /**
   * The size of an entry, an integer of at least 1. An entry larger than `maxSize` is not stored. Required with `maxSize`; default: none.
   */
  readonly sizeOf?: (entry: CacheEntry) => number
  /** The source of time, for tests. Default: the system's clock. */
  readonly clock?: Clock
}

/** A store of this size takes about 28 MB before its first entry. */
export const mostEntries = 1_000_000

const readers = {
  maxEntries: integer({ from: 1, to: mostEntries }, 1000),
  maxSize: optional(integer({ from: 1 })),
  sizeOf: callback<(entry: CacheEntry) => number>('entry => its size'),
  clock: clock => clock,
} satisfies OptionReaders<MemoryCacheOptions>

interface StoredEntry {
  readonly entry: CacheEntry
  readonly tags: readonly string[]
  readonly freshUntil: number
  readonly keepUntil: number
}

/**
 * A store of cached replies in this process. It evicts the least recently used entry first.
 *
 * @example
 * const users = new MemoryCache({ maxEntries: 5000 })
 * @Method({ accepts: GetUser, returns: User }) @Safe() @Cached({ ttl: '10s', store: users })
 *
 * users.invalidate('/shop.Users/GetUser')
 *
 * @see docs/guide/policies.md#cached
 */
export class MemoryCache implements CacheStore {
  /** Entries stay in the process. */
  readonly remote = false
  private readonly clock: Clock
  private readonly entries: LRUCache<string, StoredEntry>
  /** Invariant: holds exactly the keys of `entries`, under each of their tags. */
  private readonly byTag = new Map<string, Set<string>>()
  private invalidations = 0
  /** The number of the last invalidation of a tag. For tags that were evicted, `lastOfAny` is the latest of theirs. */
  private readonly lastOf: LRUCache<string, number>
  private lastOfAny = 0

  /** Makes an empty store. @throws RpcError `failed_precondition` (`invalid_policy`) if an option is out of range */
  constructor(options: MemoryCacheOptions = {}) {
    const { maxEntries, maxSize, sizeOf } = readOptions('MemoryCache', options, readers)
    if ((maxSize === undefined) !== (sizeOf === undefined))
      throw misuse('invalid_policy', 'MemoryCache: maxSize and sizeOf belong together; give both or neither')
    this.clock = options.clock ?? systemClock
    this.entries = new LRUCache({
      max: maxEntries,
      dispose: ({ tags }, key) => this.untag(key, tags),
      ...(maxSize === undefined || sizeOf === undefined
        ? {}
        : { maxSize, sizeCalculation: ({ entry }) => sizeOf(entry) }),
    })
    this.lastOf = new LRUCache({
      max: tagsRemembered,
      dispose: (at, _tag, reason) => {
        if (reason === 'evict') this.lastOfAny = Math.max(this.lastOfAny, at)
      },
    })
  }

  /** The number of entries. */
  get size(): number {
    return this.entries.size
  }

  /** Returns the entry of a key; undefined if there is none, or it has expired. */
  get(key: string): CacheHit | undefined {
    const found = this.entries.get(key)
    if (found === undefined) return undefined
    const now = this.clock.now()
    if (now < found.keepUntil) return { entry: found.entry, freshFor: found.freshUntil - now }
    this.entries.delete(key)
    return undefined
  }

  /** Stores an entry, unless one of its tags was invalidated since its fetch began. */
  set(key: string, entry: CacheEntry, { fresh, keep, tags, ticket }: CacheWrite): void {
    if (typeof ticket === 'number' && tags.some(tag => (this.lastOf.get(tag) ?? this.lastOfAny) > ticket)) return
    const now = this.clock.now()
    this.entries.set(key, { entry, tags, freshUntil: now + fresh, keepUntil: now + keep })
    // An entry that is too large was not stored.
    if (this.entries.has(key)) for (const tag of tags) this.tag(key, tag)
  }

  /** Drops every entry with the tag: the path of a method, or one that `tags` of `@Cached` returned. */
  invalidate(tag: string): void {
    this.lastOf.set(tag, ++this.invalidations)
    for (const key of [...(this.byTag.get(tag) ?? [])]) this.entries.delete(key)
  }

  /** The number of invalidations. */
  ticket(): number {
    return this.invalidations
  }

  private tag(key: string, tag: string): void {
    const keys = this.byTag.get(tag)
    if (keys === undefined) this.byTag.set(tag, new Set([key]))
    else keys.add(key)
  }

  private untag(key: string, tags: readonly string[]): void {
    for (const tag of tags) {
      const keys = this.byTag.get(tag)
      if (keys?.delete(key) && keys.size === 0) this.byTag.delete(tag)
    }
  }
}

/** Tags whose last invalidation is remembered exactly. It matters only while a fetch is in progress. */
const tagsRemembered = 1000
