import { IdTable } from '../../../core/id-table.js'
import type { Room } from '../../request-gate.js'
import type { Exchange } from './served-request.js'

/**
 * The exchanges of one connection, and when each may be answered: as soon as it is ready, or in the order in which they came where the peer
 * needs that. It does when it has no frames, and when it sends a call under the sequence id of one in flight, which clients do that read
 * replies in order and number nothing.
 */
export class ReplyOrder {
  private readonly bySequence = new IdTable<Exchange>()
  private readonly oneways = new IdTable<Exchange>()
  /** By place, without gaps. */
  private queue: IdTable<Exchange> | undefined
  /** The place of the exchange that is answered next. */
  private first = 0
  private arrivals = 0
  private begunOneways = 0
  /** Ready, without a queue, when there was no room. */
  private unanswered: Exchange[] = []

  /** @param room of the connection; when there is some again, `proceed` is to be called */
  constructor(private readonly room: Room) {}

  get size(): number {
    return this.bySequence.size + this.oneways.size + (this.queue?.size ?? 0)
  }

  /** From now on replies go out in the order of their calls. */
  inOrder(): void {
    if (this.queue !== undefined) return
    const arrived = this.bySequence.values().sort((one, other) => one.place - other.place)
    this.bySequence.clear()
    this.unanswered = []
    this.queue = new IdTable()
    this.arrivals = 0
    for (const exchange of arrived) this.enqueue(this.queue, exchange)
  }

  enter(exchange: Exchange): void {
    const { sequence, isOneway } = exchange.head
    if (isOneway) {
      exchange.place = this.begunOneways++
      this.oneways.add(exchange.place, exchange)
    } else {
      if (this.bySequence.get(sequence) !== undefined) this.inOrder()
      if (this.queue !== undefined) this.enqueue(this.queue, exchange)
      else {
        exchange.place = this.arrivals++
        this.bySequence.add(sequence, exchange)
      }
    }
  }

  /** It is ready: it is answered, or waits, and those that waited for it are answered too. */
  leave(exchange: Exchange): void {
    const { sequence, isOneway } = exchange.head
    if (isOneway) this.oneways.delete(exchange.place)
    else if (this.queue !== undefined) this.answerReady(this.queue)
    else if (this.unanswered.length > 0 || !this.room.hasRoom) {
      this.unanswered.push(exchange)
      this.room.await()
    } else {
      this.bySequence.delete(sequence)
      exchange.answer()
    }
  }

  /** Answers those that waited for room, as far as it goes. */
  proceed(): void {
    let next = 0
    for (; next < this.unanswered.length && this.room.hasRoom; next++) {
      const exchange = this.unanswered[next] as Exchange
      this.bySequence.delete(exchange.head.sequence)
      exchange.answer()
    }
    this.unanswered.splice(0, next)
    if (this.unanswered.length > 0) this.room.await()
    if (this.queue !== undefined) this.answerReady(this.queue)
  }

  *all(): Iterable<Exchange> {
    yield* this.bySequence.values()
    yield* this.oneways.values()
    yield* this.queue?.values() ?? []
  }

  private enqueue(queue: IdTable<Exchange>, exchange: Exchange): void {
    exchange.place = this.arrivals++
    queue.add(exchange.place, exchange)
  }

  private answerReady(queue: IdTable<Exchange>): void {
    for (let next = queue.get(this.first); next?.isReady; next = queue.get(this.first)) {
      if (!this.room.hasRoom) {
        this.room.await()
        return
      }
      queue.delete(this.first++)
      next.answer()
    }
  }
}
