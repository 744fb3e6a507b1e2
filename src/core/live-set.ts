let lastId = 0

/** Returns a number above 0 that no other channel, endpoint, server or connection of this process has. Later ones have higher numbers. */
export function nextObjectId(): number {
  return ++lastId
}

interface Identified {
  /** From `nextObjectId`. */
  readonly id: number
}

/** The objects of one kind in this process, by ascending id. It keeps none of them alive: one that is dropped unclosed leaves by itself. */
export class LiveSet<T extends Identified> implements Iterable<T> {
  private readonly all = new Map<number, WeakRef<T>>()
  private readonly collected = new FinalizationRegistry<number>(id => this.all.delete(id))

  /** Call it right after the object has its id, so that the order is that of the ids. */
  add(object: T): void {
    this.all.set(object.id, new WeakRef(object))
    this.collected.register(object, object.id, object)
  }

  delete(object: T): void {
    this.all.delete(object.id)
    this.collected.unregister(object)
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const one of this.all.values()) {
      const object = one.deref()
      if (object !== undefined) yield object
    }
  }
}
