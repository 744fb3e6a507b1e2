import { type Fault, overLimit } from './fault.js'
import type { Identity } from './identity.js'
import { fewKeys, KeySpread, type Keys } from './key-spread.js'
import { tableCost } from './value-cost.js'

/** Counts the values made from one message against `limits.values`. `value-cost.ts` says what counts. */
export class ValueCount {
  private taken = 0
  /** Of the Maps and Sets with more than a few numeric keys. */
  private spreads: Map<Keys, KeySpread> | undefined
  /** Of the Maps and Sets whose keys are objects: the keys by their identities. */
  private firsts: WeakMap<Keys, Map<string, unknown>> | undefined

  /** Begins to count another message. */
  restart(): void {
    this.taken = 0
    if (this.spreads !== undefined) this.spreads = undefined
    if (this.firsts !== undefined) this.firsts = undefined
  }

  /**
   * Call it before `count` values are made.
   * @throws Fault `too_many_values`
   */
  take(count: number, limit: number): void {
    this.taken += count
    if (this.taken > limit) throw tooManyValues(limit)
  }

  /**
   * Call it after each key that a peer adds to a Map or a Set.
   * @throws Fault `keys_collide` if the keys were chosen so that adding them takes quadratic time
   */
  added(keys: Keys, key: unknown): void {
    if (keys.size > fewKeys && (typeof key === 'number' || typeof key === 'bigint')) this.spreadOf(keys).add(key)
  }

  /**
   * The key to add to a Map or a Set: of equal keys that are objects the first, which it may hold already. Comparing them counts too, since
   * a key within a key within a key is compared that often.
   * @throws Fault `too_many_values`
   */
  first(keys: Keys, key: unknown, identity: Identity, limit: number): unknown {
    const text = identity(key)
    this.take(text.length >>> 5, limit)
    this.firsts ??= new WeakMap()
    let known = this.firsts.get(keys)
    if (known === undefined) {
      known = new Map()
      this.firsts.set(keys, known)
    }
    const first = known.get(text)
    if (first !== undefined) return first
    known.set(text, key)
    return key
  }

  /**
   * The elements of a list, which have been counted, as a Set.
   * @param identity of elements that are objects
   * @throws Fault `keys_collide` or `too_many_values`
   */
  setOf(list: readonly unknown[], limit: number, identity?: Identity): Set<unknown> {
    this.take(tableCost, limit)
    if (identity !== undefined) {
      const set = new Set<unknown>()
      for (const element of list) set.add(this.first(set, element, identity, limit))
      return set
    }
    if (list.length <= fewKeys) return new Set(list)
    const set = new Set<unknown>()
    for (const element of list) {
      set.add(element)
      this.added(set, element)
    }
    return set
  }

  private spreadOf(keys: Keys): KeySpread {
    this.spreads ??= new Map()
    let spread = this.spreads.get(keys)
    if (spread === undefined) {
      spread = new KeySpread(keys)
      this.spreads.set(keys, spread)
    }
    return spread
  }
}

export function tooManyValues(limit: number): Fault {
  return overLimit(
    `more than ${limit} values (limits.values): list elements, entries of sets and maps, messages`,
    'too_many_values',
  )
}
