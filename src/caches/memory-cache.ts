import type { Clock } from '../core/clock.js'
import { systemClock } from '../core/timer-wheel.js'
import type { CacheEntry, CacheHit, CacheStore, CacheWrite } from './cache.js'
import { LruMap } from './lru-map.js'

export interface MemoryCacheOptions {
  /** Entries; default 1000. The one used longest ago goes first. */
  readonly max?: number
  /** For tests. */
  readonly clock?: Clock
}

interface Kept {
  readonly entry: CacheEntry
  readonly tags: readonly string[]
  readonly freshUntil: number
  readonly keepUntil: number
}

/** A store in this process, bounded by the number of its entries. Invariant: `byTag` holds exactly the keys of `kept`, under each of their tags. */
export class MemoryCache implements CacheStore {
  readonly remote = false
  private readonly clock: Clock
  private readonly kept: LruMap<string, Kept>
  private readonly byTag = new Map<string, Set<string>>()
  private invalidations = 0
  /** At which invalidation a tag was last invalidated; of those pushed out the latest counts for all tags. */
  private readonly lastOf: LruMap<string, number>
  private lastOfAny = 0

  constructor({ max = 1000, clock = systemClock }: MemoryCacheOptions = {}) {
    this.clock = clock
    this.kept = new LruMap(max, (key, { tags }) => this.untag(key, tags))
    this.lastOf = new LruMap(max, (_tag, at) => {
      this.lastOfAny = Math.max(this.lastOfAny, at)
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
    this.forget(key)
    return undefined
  }

  set(key: string, entry: CacheEntry, { fresh, keep, tags, ticket }: CacheWrite): void {
    if (typeof ticket === 'number' && tags.some(tag => (this.lastOf.get(tag) ?? this.lastOfAny) > ticket)) return
    this.forget(key)
    const now = this.clock.now()
    this.kept.set(key, { entry, tags, freshUntil: now + fresh, keepUntil: now + keep })
    for (const tag of tags) {
      const keys = this.byTag.get(tag)
      if (keys === undefined) this.byTag.set(tag, new Set([key]))
      else keys.add(key)
    }
  }

  invalidate(tag: string): void {
    this.lastOf.set(tag, ++this.invalidations)
    for (const key of [...(this.byTag.get(tag) ?? [])]) this.forget(key)
  }

  ticket(): number {
    return this.invalidations
  }

  private forget(key: string): void {
    const kept = this.kept.delete(key)
    if (kept !== undefined) this.untag(key, kept.tags)
  }

  private untag(key: string, tags: readonly string[]): void {
    for (const tag of tags) {
      const keys = this.byTag.get(tag)
      if (keys?.delete(key) && keys.size === 0) this.byTag.delete(tag)
    }
  }
}
