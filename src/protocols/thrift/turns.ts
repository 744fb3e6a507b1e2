import type { Exchange } from './exchange.js'

/**
 * The exchanges of one connection, and when each may be answered: as soon as it is ready, or in the order in which they came where the peer
 * needs that. It does when it has no frames, and when it sends a call under the sequence id of one in flight, which clients do that read
 * replies in order and number nothing.
 */
export class Turns {
  private readonly bySequence = new Map<number, Exchange>()
  private readonly oneways = new Set<Exchange>()
  private queue: Set<Exchange> | undefined

  get size(): number {
    return this.bySequence.size + this.oneways.size + (this.queue?.size ?? 0)
  }

  /** From now on replies go out in the order of their calls. */
  inOrder(): void {
    this.queue ??= new Set(this.bySequence.values())
    this.bySequence.clear()
  }

  enter(exchange: Exchange): void {
    const { sequence, isOneway } = exchange.head
    if (isOneway) this.oneways.add(exchange)
    else {
      if (this.bySequence.has(sequence)) this.inOrder()
      if (this.queue === undefined) this.bySequence.set(sequence, exchange)
      else this.queue.add(exchange)
    }
  }

  /** It is ready: it is answered, or waits, and those that waited for it are answered too. */
  leave(exchange: Exchange): void {
    const { sequence, isOneway } = exchange.head
    if (isOneway) this.oneways.delete(exchange)
    else if (this.queue === undefined) {
      this.bySequence.delete(sequence)
      exchange.answer()
    } else {
      for (const first of this.queue) {
        if (!first.isReady) break
        this.queue.delete(first)
        first.answer()
      }
    }
  }

  *all(): Iterable<Exchange> {
    yield* this.bySequence.values()
    yield* this.oneways
    yield* this.queue ?? []
  }
}
