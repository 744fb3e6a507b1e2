import { IdTable } from '../../../core/id-table.js'
import type { Room } from './request-gate.js'
import type { ServedRequest } from './served-request.js'

/**
 * The requests of one connection, and when each may be answered: as soon as it is ready, or in the order in which they came where the peer
 * needs that. It does where the wire has no ids, and when it sends a call under the id of one in flight: such clients number nothing, and
 * read replies in order.
 */
export class ReplyOrder {
  private readonly byId = new IdTable<ServedRequest>()
  private readonly oneways = new IdTable<ServedRequest>()
  /** By place, without gaps. */
  private queue: IdTable<ServedRequest> | undefined
  /** The place of the request that is answered next. */
  private first = 0
  private arrivals = 0
  private begunOneways = 0
  /** Ready, without a queue, when there was no room. */
  private unanswered: ServedRequest[] = []

  /** @param room of the connection; when there is some again, `proceed` is to be called */
  constructor(private readonly room: Room) {}

  get size(): number {
    return this.byId.size + this.oneways.size + (this.queue?.size ?? 0)
  }

  /** From now on replies go out in the order of their calls. */
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

  /** It is ready: it is answered, or waits, and those that waited for it are answered too. */
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

  /** Answers those that waited for room, as far as it goes. */
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
