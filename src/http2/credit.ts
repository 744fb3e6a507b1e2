import type { ReadonlyIdTable } from '../core/id-table.js'
import { SAMPLE } from './control-receiver.js'
import type { ReceiveFlow } from './flow-control.js'
import type { FrameWriter } from './frame-writer.js'
import { INITIAL_WINDOW_SIZE, payload } from './settings.js'
import { type Http2Stream, widened } from './stream.js'

/** Grants the peer more to send as its data is received and consumed, and widens windows that fill. */
export class Credit {
  constructor(
    private readonly flow: ReceiveFlow,
    private readonly writer: FrameWriter,
    private readonly streams: ReadonlyIdTable<Http2Stream>,
  ) {}

  /** Called after DATA has arrived. */
  received(): void {
    if (this.creditConnection() && this.flow.sampleBegins()) this.writer.ping(SAMPLE)
  }

  /** Called when a consumer is done with `length` bytes of its stream. */
  consumed(stream: Http2Stream, length: number): void {
    length = Math.min(length, stream.unconsumed)
    stream.unconsumed -= length
    this.flow.release(length)
    this.creditConnection()
    if (stream.endReceived || stream.closed) return
    stream.uncredited += length
    if (stream.uncredited * 2 < this.flow.streamWindow) return
    stream.receiveWindow += stream.uncredited
    this.writer.windowUpdate(stream.id, stream.uncredited)
    stream.uncredited = 0
  }

  /** Called when the PING of a sample is acknowledged. */
  roundTrip(): void {
    const { connection, stream } = this.flow.sampleEnds()
    if (connection > 0) this.writer.windowUpdate(0, connection)
    if (stream === 0) return
    // The peer adds the difference to each of its windows when it reads this, so the windows on this side grow too.
    this.writer.settings(payload([[INITIAL_WINDOW_SIZE, this.flow.streamWindow]]))
    for (const open of this.streams.values()) open.receiveWindow = widened(open.receiveWindow, stream)
  }

  private creditConnection(): boolean {
    const credit = this.flow.credit()
    if (credit > 0) this.writer.windowUpdate(0, credit)
    return credit > 0
  }
}
