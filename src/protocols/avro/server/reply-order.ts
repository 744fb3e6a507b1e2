import { IdTable } from '../../../core/id-table.js'
import type { Room } from '../../request-gate.js'
import type { Output } from '../output.js'
import type { Write } from './call-server.js'

/** Where the reply to one request goes: its serial, or its place in the order. */
export type Place = number

/** Replies of one connection. */
export interface Replies {
  /** A reply waits: for room, or for those of earlier requests. */
  readonly isWaiting: boolean
  /** To be called for each request in turn. @param serial 0 where the framing has none */
  place(serial: number): Place
  /** @param write undefined where the request gets no reply */
  send(place: Place, write: Write | undefined): void
  /** Sends what waited for room, as far as it goes. */
  proceed(): void
}

/** With serials replies go as they come. */
export class SerialReplies implements Replies {
  private waiting: { readonly serial: Place; readonly write: Write }[] = []

  constructor(
    private readonly output: Output,
    private readonly room: Room,
  ) {}

  get isWaiting(): boolean {
    return this.waiting.length > 0
  }

  place(serial: number): Place {
    return serial
  }

  send(serial: Place, write: Write | undefined): void {
    if (write === undefined) return
    if (this.waiting.length === 0 && this.room.hasRoom) this.output.message(serial, write)
    else {
      this.waiting.push({ serial, write })
      this.room.await()
    }
  }

  proceed(): void {
    let next = 0
    for (const { serial, write } of this.waiting) {
      if (!this.room.hasRoom) break
      this.output.message(serial, write)
      next++
    }
    this.waiting.splice(0, next)
    if (this.waiting.length > 0) this.room.await()
  }
}

/** Stands where a request gets no reply. */
const nothing: Write = () => {}

/** Without serials each reply waits until every earlier one has gone. */
export class OrderedReplies implements Replies {
  /** Replies that wait for others, or for room. */
  private readonly waiting = new IdTable<Write>()
  private first = 0
  private next = 0

  constructor(
    private readonly output: Output,
    private readonly room: Room,
  ) {}

  get isWaiting(): boolean {
    return this.waiting.size > 0
  }

  place(): Place {
    return this.next++
  }

  send(place: Place, write: Write | undefined): void {
    this.waiting.add(place, write ?? nothing)
    this.proceed()
  }

  proceed(): void {
    for (;;) {
      if (!this.room.hasRoom) {
        this.room.await()
        return
      }
      const ready = this.waiting.delete(this.first)
      if (ready === undefined) return
      this.first++
      if (ready !== nothing) this.output.message(0, ready)
    }
  }
}
