/** A map of at most `max` entries; the one that was used longest ago goes first. */
export class LruMap<K, V> {
  /** In the order of use: a Map keeps the order of insertion, and whatever is used is put in again. */
  private readonly entries = new Map<K, V>()

  /** @param onEvict told of each entry that had to go to make room */
  constructor(
    private readonly max: number,
    private readonly onEvict?: (key: K, value: V) => void,
  ) {}

  get size(): number {
    return this.entries.size
  }

  get(key: K): V | undefined {
    const value = this.entries.get(key)
    if (value === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    if (!this.entries.delete(key) && this.entries.size >= this.max) this.evict()
    this.entries.set(key, value)
  }

  delete(key: K): V | undefined {
    const value = this.entries.get(key)
    this.entries.delete(key)
    return value
  }

  private evict(): void {
    const first = this.entries.entries().next()
    if (first.done) return
    const [key, value] = first.value
    this.entries.delete(key)
    this.onEvict?.(key, value)
  }
}
