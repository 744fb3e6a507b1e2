import { type Fault, overLimit } from './fault.js'
import { v8KeyHash } from './v8-key-hash.js'

/** A Map or a Set with at most this many keys is not watched: walking its longest chain costs little. */
export const fewKeys = 256

export type Keys = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>

/** Keys that one lookup may step over on average. Keys that spread well take at most four. */
const stepsPerLookup = 64
/** Average keys per bucket above which the number of buckets grows. V8 has at most two, so no chain in V8 is longer than the count here. */
const fullness = 4

/**
 * Counts the keys that V8 steps over while a Map or a Set is filled. Refuses keys chosen to share a bucket before they cost quadratic time.
 *
 * See docs/decisions/hash-flooding.md.
 */
export class KeySpread {
  private buckets: Int32Array
  private size = 0
  private lookups = 0
  private steps = 0

  /** @param keys with all that it holds */
  constructor(private readonly keys: Keys) {
    this.buckets = this.counted(fewKeys)
    this.lookups = this.size
    for (const count of this.buckets) this.steps += (count * (count - 1)) / 2
  }

  /**
   * Call it after the key was looked up and added.
   * @throws Fault `keys_collide`
   */
  add(key: number | bigint): void {
    const at = v8KeyHash(key) & (this.buckets.length - 1)
    const chain = this.buckets[at] as number
    this.steps += chain
    if (this.steps > stepsPerLookup * ++this.lookups) throw keysCollide(this.keys.size)
    if (this.keys.size === this.size) return
    this.size = this.keys.size
    this.buckets[at] = chain + 1
    if (this.size > fullness * this.buckets.length) this.buckets = this.counted(fullness * this.buckets.length)
  }

  private counted(length: number): Int32Array {
    const buckets = new Int32Array(length)
    for (const key of this.keys.keys()) {
      const at = v8KeyHash(key as number | bigint) & (length - 1)
      buckets[at] = (buckets[at] as number) + 1
    }
    this.size = this.keys.size
    return buckets
  }
}

function keysCollide(size: number): Fault {
  return overLimit(
    `keys collide: the first ${size} keys of a map or set share so few hashes that it would take quadratic time`,
    'keys_collide',
  )
}
