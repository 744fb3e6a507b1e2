/** What stands in a heap. In one heap at a time; key and tie do not change while it does. */
export interface HeapItem {
  key: number
  /** Orders items of one key. */
  tie: number
  /** Kept by the heap. */
  position: number
}

/** A binary heap, the least key on top, from which any item can be taken out: push, pop and remove are O(log n). */
export class IndexedHeap<T extends HeapItem> {
  private readonly items: T[] = []

  get top(): T | undefined {
    return this.items[0]
  }

  push(item: T): void {
    this.items.push(item)
    this.rise(item, this.items.length - 1)
  }

  pop(): T | undefined {
    const top = this.items[0]
    if (top !== undefined) this.remove(top)
    return top
  }

  /** The item must stand in this heap. */
  remove(item: T): void {
    const last = this.items.pop() as T
    if (last === item) return
    this.sink(last, item.position)
    this.rise(last, last.position)
  }

  clear(): void {
    this.items.length = 0
  }

  private rise(item: T, position: number): void {
    while (position > 0) {
      const above = (position - 1) >> 1
      const parent = this.items[above] as T
      if (!before(item, parent)) break
      this.place(parent, position)
      position = above
    }
    this.place(item, position)
  }

  private sink(item: T, position: number): void {
    const { length } = this.items
    for (;;) {
      let below = 2 * position + 1
      if (below >= length) break
      if (below + 1 < length && before(this.items[below + 1] as T, this.items[below] as T)) below++
      const child = this.items[below] as T
      if (!before(child, item)) break
      this.place(child, position)
      position = below
    }
    this.place(item, position)
  }

  private place(item: T, position: number): void {
    this.items[position] = item
    item.position = position
  }
}

function before(a: HeapItem, b: HeapItem): boolean {
  return a.key < b.key || (a.key === b.key && a.tie < b.tie)
}
