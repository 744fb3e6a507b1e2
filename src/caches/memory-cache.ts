import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/clock.js'
import { callback, integer, type OptionReaders, optional, readOptions } from '../core/options.js'
import { misuse } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './cache.js'

export interface MemoryCacheOptions {
  /** Entries, 1 to 1,000,000; default 1000. Memory for their slots is allocated at once. The least recently used entry is evicted first. */
  readonly maxEntries?: number
  /** The total size of all entries, in the unit of `sizeOf`; default: only `maxEntries` bounds them. */
  readonly maxSize?: number
  /** The size of an entry, an integer of at least 1; required with `maxSize`. An entry larger than `maxSize` is not stored. */
  readonly sizeOf?: (entry: CacheEntry) => number
  /** For tests. */
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

interface Kept {
  readonly entry: CacheEntry
  readonly tags: readonly string[]
  readonly freshUntil: number
  readonly keepUntil: number
}

/** A store in this process: an LRU with tags. Invariant: `byTag` holds exactly the keys of `kept`, under each of their tags. */
export class MemoryCache implements CacheStore {
  readonly remote = false
  private readonly clock: Clock
  private readonly kept: LRUCache<string, Kept>
  private readonly byTag = new Map<string, Set<string>>()
  private invalidations = 0
  /** At which invalidation a tag was last invalidated; of those pushed out the latest counts for all tags. */
  private readonly lastOf: LRUCache<string, number>
  private lastOfAny = 0

  /** @throws RpcError `failed_precondition` (`invalid_policy`) if an option is out of range */
  constructor(options: MemoryCacheOptions = {}) {
    const { maxEntries, maxSize, sizeOf } = readOptions('MemoryCache', options, readers)
    if ((maxSize === undefined) !== (sizeOf === undefined))
      throw misuse('invalid_policy', 'MemoryCache: maxSize and sizeOf need each other; give both or none')
    this.clock = options.clock ?? systemClock
    this.kept = new LRUCache({
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

  get size(): number {
    return this.kept.size
  }

  get(key: string): CacheHit | undefined {
    const kept = this.kept.get(key)
    if (kept === undefined) return undefined
    const now = this.clock.now()
    if (now < kept.keepUntil) return { entry: kept.entry, freshFor: kept.freshUntil - now }
    this.kept.delete(key)
    return undefined
  }

  set(key: string, entry: CacheEntry, { fresh, keep, tags, ticket }: CacheWrite): void {
    if (typeof ticket === 'number' && tags.some(tag => (this.lastOf.get(tag) ?? this.lastOfAny) > ticket)) return
    const now = this.clock.now()
    this.kept.set(key, { entry, tags, freshUntil: now + fresh, keepUntil: now + keep })
    // One that is too large was not taken.
    if (this.kept.has(key)) for (const tag of tags) this.tag(key, tag)
  }

  invalidate(tag: string): void {
    this.lastOf.set(tag, ++this.invalidations)
    for (const key of [...(this.byTag.get(tag) ?? [])]) this.kept.delete(key)
  }

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

/** Whose last invalidation is known exactly; none matters for longer than a fetch takes. */
const tagsRemembered = 1000
