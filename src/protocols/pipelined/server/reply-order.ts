import { IdTable } from '../../../core/id-table.js'
import type { Room } from './request-gate.js'
import type { ServedRequest } from './served-request.js'

/**
 * Decides when each request of a connection is answered: as soon as its reply is ready, or in order of arrival if the peer needs that.
 *
 * A peer needs order if the wire has no ids. It also does once it sends a call with the id of a call in flight: such a client does not
 * number its calls, and reads the replies in order.
 */
export class ReplyOrder {
  private readonly byId = new IdTable<ServedRequest>()
  private readonly oneways = new IdTable<ServedRequest>()
  /** By place, without gaps; undefined if order does not matter. */
  private queue: IdTable<ServedRequest> | undefined
  /** The place of the next request to answer. */
  private first = 0
  private arrivals = 0
  private begunOneways = 0
  /** Requests that became ready while there was no room; unused with a queue. */
  private unanswered: ServedRequest[] = []

  /** @param room of the connection. Its owner calls `proceed` when there is room again */
  constructor(private readonly room: Room) {}

  get size(): number {
    return this.byId.size + this.oneways.size + (this.queue?.size ?? 0)
  }

  /** Calls without a reply that have not ended. */
  get oneway(): number {
    return this.oneways.size
  }

  /** Sends replies in the order of their requests from now on. */
  inOrder(): void {
    if (this.queue !== undefined) return
    const arrived = this.byId.values().sort((one, other) => one.place - other.place)
    this.byId.clear()
    this.unanswered = []
    this.queue = new IdTable()
    this.arrivals = 0
    for (const request of arrived) this.enqueue(this.queue, request)
  }

  enter(request: ServedRequest): void {
    const { id, isOneway } = request
    if (isOneway) {
      request.place = this.begunOneways++
      this.oneways.add(request.place, request)
    } else {
      if (this.byId.get(id) !== undefined) this.inOrder()
      if (this.queue !== undefined) this.enqueue(this.queue, request)
      else {
        request.place = this.arrivals++
        this.byId.add(id, request)
      }
    }
  }

  /** Called when a request is ready. Answers it, and the ready requests that waited for it, as soon as order and room allow. */
  leave(request: ServedRequest): void {
    const { id, isOneway } = request
    if (isOneway) this.oneways.delete(request.place)
    else if (this.queue !== undefined) this.answerReady(this.queue)
    else if (this.unanswered.length > 0 || !this.room.hasRoom) {
      this.unanswered.push(request)
      this.room.await()
    } else {
      this.byId.delete(id)
      request.answer()
    }
  }

  /** Answers requests that waited for room, while there is some. */
  proceed(): void {
    let next = 0
    for (; next < this.unanswered.length && this.room.hasRoom; next++) {
      const request = this.unanswered[next] as ServedRequest
      this.byId.delete(request.id)
      request.answer()
    }
    this.unanswered.splice(0, next)
    if (this.unanswered.length > 0) this.room.await()
    if (this.queue !== undefined) this.answerReady(this.queue)
  }

  *all(): Iterable<ServedRequest> {
    yield* this.byId.values()
    yield* this.oneways.values()
    yield* this.queue?.values() ?? []
  }

  private enqueue(queue: IdTable<ServedRequest>, request: ServedRequest): void {
    request.place = this.arrivals++
    queue.add(request.place, request)
  }

  private answerReady(queue: IdTable<ServedRequest>): void {
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
