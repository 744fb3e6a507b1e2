import type { ErrorCode } from './error.js'
import type { FrameWriter } from './frame-writer.js'
import { DATA, END_STREAM, HEAD_SIZE } from './frames.js'
import type { HeaderBlock } from './header-block.js'
import type { ConnectionOptions } from './options.js'
import type { Release } from './output.js'
import { noneYet, type Pending } from './pending.js'
import { Releases } from './releases.js'
import { type Http2Stream, type StreamPort, widened } from './stream.js'
import { Traffic } from './traffic.js'
import { Unsent } from './unsent.js'

/** The part of the connection that a sender uses. */
export interface SenderHost {
  readonly isServer: boolean
  /** A client's stream wants to begin: gives it an id, or queues it and returns false. */
  admit(stream: Http2Stream): boolean
  /** Our side of the stream has ended, and the peer's has not. */
  streamEnded(stream: Http2Stream): void
  /** The stream is over. */
  streamClosed(stream: Http2Stream): void
  /** A handler threw. */
  fail(error: unknown): void
  /** Bytes of a stream were consumed. */
  streamConsumed(stream: Http2Stream, length: number): void
  /** The bytes of a stream that has ended are released. */
  streamReleased(stream: Http2Stream): void
}

/**
 * The sending half of a connection. It puts the frames of all streams into one output, within the peer's windows and while the socket takes
 * them. The rest waits in its stream. Streams that wait take turns of one frame.
 */
export class Sender implements StreamPort {
  /** Bytes that the peer accepts, over all streams. */
  window = 65_535
  /** Bytes that the peer accepts of a new stream. */
  streamWindow = 65_535
  maxHeaderList = Number.POSITIVE_INFINITY
  readonly unsent: Unsent
  readonly traffic: Traffic
  readonly highWater: number
  /** Streams with pending data and an open window, in the order of their turns. */
  private ready: Set<Http2Stream> | undefined = undefined
  /** Streams whose writers wait for room. */
  private drained: Http2Stream[] | undefined = undefined
  private pumping = false
  private readonly releases = new Releases()

  constructor(
    private readonly writer: FrameWriter,
    private readonly host: SenderHost,
    limits: Pick<ConnectionOptions, 'streamHighWater' | 'unsentBytes' | 'clock'>,
  ) {
    this.highWater = limits.streamHighWater
    this.traffic = new Traffic(limits.clock.now())
    this.unsent = new Unsent(limits.unsentBytes)
  }

  sendHeaders(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void {
    if (this.admitted(stream, headers, extra)) this.writer.headers(stream.id, headers, extra, 0)
  }

  sendOnly(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void {
    if (this.admitted(stream, headers, extra)) this.writeEnd(stream, headers, extra)
    stream.ending = true
  }

  sendData(stream: Http2Stream, data: Uint8Array, end: boolean, release?: Release): void {
    const { length } = data
    if (length > 0 && this.mayPass(stream, length)) {
      this.writer.data(stream.id, data, end ? END_STREAM : 0)
      stream.sendWindow -= length
      this.window -= length
      if (end) this.ended(stream)
      return
    }
    if (length > 0) {
      stream.pending ??= noneYet()
      stream.pending.chunks.push(data)
      stream.pending.bytes += length
      if (release !== undefined) this.releases.keep(data, release)
      this.unsent.add(length)
      if (end) stream.ending = true
      this.resume(stream)
    } else if (end) {
      this.sendEnd(stream, undefined, undefined)
    }
  }

  sendEnd(stream: Http2Stream, trailers: HeaderBlock | undefined, extra: readonly string[] | undefined): void {
    if (extra !== undefined) this.writer.encoder.extraLength(extra)
    stream.ending = true
    if (stream.pending === undefined) {
      this.writeEnd(stream, trailers, extra)
    } else {
      stream.pending.trailers = trailers
      stream.pending.trailersExtra = extra
    }
  }

  /** Sends the data that a stream collected while it waited for `admit`. */
  begin(stream: Http2Stream): void {
    const { pending } = stream
    if (pending?.headers === undefined) return
    const { headers, extra } = pending
    pending.headers = pending.extra = undefined
    const bare = pending.bytes === 0 && stream.ending && pending.trailers === undefined
    this.writer.headers(stream.id, headers, extra, bare ? END_STREAM : 0)
    if (bare) {
      stream.pending = undefined
      this.ended(stream)
    } else {
      this.resume(stream)
    }
  }

  sendReset(stream: Http2Stream, code: ErrorCode): void {
    if (stream.id > 0) this.writer.reset(stream.id, code)
    this.close(stream)
  }

  consumed(stream: Http2Stream, length: number): void {
    this.host.streamConsumed(stream, length)
  }

  released(stream: Http2Stream): void {
    this.host.streamReleased(stream)
  }

  room(stream: Http2Stream): Promise<void> {
    return this.unsent.listener?.room(stream) ?? Promise.resolve()
  }

  /** The peer widened the window of the connection. */
  widenConnection(by: number): void {
    this.window = widened(this.window, by)
    this.pump()
  }

  widen(stream: Http2Stream, by: number): void {
    stream.sendWindow = widened(stream.sendWindow, by)
    this.resume(stream)
  }

  /** Sends pending data, as far as windows and socket allow. */
  pump(): void {
    if (this.pumping) return
    this.pumping = true
    try {
      do this.sendTurns()
      while (this.tellDrained())
    } finally {
      this.pumping = false
    }
  }

  /** The connection is idle: drops what the next stream makes again. */
  rest(): void {
    if (this.ready?.size === 0) this.ready = undefined
    this.writer.encoder.rest()
  }

  /** Removes the stream; the peer is not notified. */
  close(stream: Http2Stream): void {
    if (stream.closed) return
    stream.closed = true
    if (stream.id > 0 && (this.host.isServer ? stream.endSent : stream.endReceived)) this.traffic.succeeded++
    this.unsent.drop(stream.pendingBytes)
    this.releases.drop(stream.pending)
    stream.pending = undefined
    this.ready?.delete(stream)
    this.host.streamClosed(stream)
  }

  /** Whether headers may go at once; else they wait in the stream, or the stream is over. */
  private admitted(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): boolean {
    if (extra !== undefined) this.writer.encoder.extraLength(extra)
    stream.headersSent = true
    stream.bodiless = headers.method === 'HEAD'
    if (stream.id > 0 || this.host.admit(stream)) return true
    if (!stream.closed) {
      stream.pending ??= noneYet()
      stream.pending.headers = headers
      stream.pending.extra = extra
    }
    return false
  }

  private sendTurns(): void {
    const { ready } = this
    if (ready === undefined) return
    // Iterating over a Set reaches members that are added meanwhile, so a stream that is added again has its next turn last.
    for (const stream of ready) {
      if (this.window <= 0 || this.writer.output.blocked) return
      ready.delete(stream)
      if (this.sendPart(stream)) ready.add(stream)
    }
  }

  private tellDrained(): boolean {
    const { drained } = this
    if (drained === undefined) return false
    this.drained = undefined
    for (const stream of drained) {
      try {
        if (!stream.closed) stream.handler.onDrain(stream)
      } catch (error) {
        // Not the fault of whose write brought us here.
        this.host.fail(error)
      }
    }
    return true
  }

  private mayPass(stream: Http2Stream, length: number): boolean {
    return (
      stream.pending === undefined &&
      length <= stream.sendWindow &&
      length <= this.window &&
      length <= this.writer.maxFrame &&
      !this.writer.output.blocked &&
      stream.id > 0
    )
  }

  private resume(stream: Http2Stream): void {
    if (stream.pending === undefined || stream.sendWindow <= 0 || stream.id === 0) return
    if (stream.pending.bytes === 0) this.finishPending(stream)
    else {
      this.ready ??= new Set()
      this.ready.add(stream)
    }
    this.pump()
  }

  /** Sends one frame of a stream's pending data. @returns whether more may be sent */
  private sendPart(stream: Http2Stream): boolean {
    const { pending } = stream
    if (pending === undefined) return false
    let left = Math.min(pending.bytes, stream.sendWindow, this.window, this.writer.maxFrame)
    if (left <= 0) return false
    const last = left === pending.bytes && stream.ending && pending.trailers === undefined
    this.charge(stream, left, last ? END_STREAM : 0)
    pending.bytes -= left
    this.unsent.sent(left)
    stream.stalledSince = 0
    while (left > 0) {
      const chunk = pending.chunks[0] as Uint8Array
      const end = Math.min(chunk.length, pending.offset + left)
      left -= end - pending.offset
      if (end === chunk.length) this.releases.lend(chunk, this.writer.output)
      this.writer.output.add(chunk.subarray(pending.offset, end))
      pending.offset = end
      if (end === chunk.length) {
        pending.chunks.shift()
        pending.offset = 0
      }
    }
    if (last) {
      stream.pending = undefined
      this.ended(stream)
    } else if (pending.bytes === 0) this.finishPending(stream)
    else if (stream.awaitsDrain && pending.bytes < this.highWater / 2) this.hasRoom(stream)
    return stream.pending !== undefined && stream.sendWindow > 0
  }

  private finishPending(stream: Http2Stream): void {
    const { trailers, trailersExtra } = stream.pending as Pending
    stream.pending = undefined
    if (stream.ending) this.writeEnd(stream, trailers, trailersExtra)
    else if (stream.awaitsDrain) this.hasRoom(stream)
  }

  private hasRoom(stream: Http2Stream): void {
    stream.awaitsDrain = false
    this.drained ??= []
    this.drained.push(stream)
  }

  /** Charges the windows for a DATA frame and writes its head. */
  private charge(stream: Http2Stream, length: number, flags: number): void {
    this.writer.dataHead(stream.id, length, flags)
    this.writer.output.position += HEAD_SIZE
    stream.sendWindow -= length
    this.window -= length
  }

  private writeEnd(stream: Http2Stream, trailers: HeaderBlock | undefined, extra: readonly string[] | undefined): void {
    if (trailers !== undefined) this.writer.headers(stream.id, trailers, extra, END_STREAM)
    else this.writer.control(DATA, END_STREAM, stream.id, 0)
    this.ended(stream)
  }

  private ended(stream: Http2Stream): void {
    stream.ending = stream.endSent = true
    if (stream.endReceived) this.close(stream)
    else this.host.streamEnded(stream)
  }
}
