import { IdTable } from '../../core/id-table.js'
import type { Write } from './call-server.js'
import type { Output } from './output.js'

/** Where the reply to one request goes: its serial, or its place in the order. */
export type Place = number

/** Replies of one connection. */
export interface Replies {
  /** To be called for each request in turn. @param serial 0 where the framing has none */
  place(serial: number): Place
  /** @param write undefined where the request gets no reply */
  send(place: Place, write: Write | undefined): void
}

/** With serials replies go as they come. */
export class SerialReplies implements Replies {
  constructor(private readonly output: Output) {}

  place(serial: number): Place {
    return serial
  }

  send(serial: Place, write: Write | undefined): void {
    if (write !== undefined) this.output.message(serial, write)
  }
}

/** Stands where a request gets no reply. */
const nothing: Write = () => {}

/** Without serials each reply waits until every earlier one has gone. */
export class OrderedReplies implements Replies {
  /** Replies that wait for others. */
  private readonly waiting = new IdTable<Write>()
  private first = 0
  private next = 0

  constructor(private readonly output: Output) {}

  place(): Place {
    return this.next++
  }

  send(place: Place, write: Write | undefined): void {
    this.waiting.add(place, write ?? nothing)
    for (let ready = this.waiting.delete(this.first); ready !== undefined; ready = this.waiting.delete(this.first)) {
      this.first++
      if (ready !== nothing) this.output.message(0, ready)
    }
  }
}
