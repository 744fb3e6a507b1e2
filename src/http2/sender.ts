import type { ErrorCode } from './error.js'
import * as frames from './frames.js'
import type { HeaderBlock } from './header-block.js'
import type { HpackEncoder } from './hpack-encoder.js'
import type { Output } from './output.js'
import { type Http2Stream, type Pending, type StreamPort, widened } from './stream.js'

/** Streams we reset for which frames may still be on their way. */
const REMEMBERED_RESETS = 1024

/** What a sender asks of its connection. */
export interface SenderHost {
  /** A client's stream wants to begin: gives it an id, or queues it and returns false. */
  admit(stream: Http2Stream): boolean
  /** Our side of the stream has ended, and the peer's has not. */
  streamEnded(stream: Http2Stream): void
  /** The stream is over. */
  streamClosed(stream: Http2Stream): void
  /** Bytes of a stream were consumed. */
  streamConsumed(stream: Http2Stream, length: number): void
}

/**
 * The sending half of a connection: puts the frames of all streams into one output, within the peer's windows and only
 * as long as the socket takes them. What may not go yet waits in its stream; streams that wait take turns of one frame.
 */
export class Sender implements StreamPort {
  /** What the peer takes over all streams. */
  window = 65_535
  /** What the peer takes of a new stream. */
  streamWindow = 65_535
  maxFrame = frames.MIN_MAX_FRAME
  /** Set by HEADERS and DATA; for whoever counts a peer's PINGs. */
  busy = false
  /** Streams with pending data and a window of their own, in the order of their turns. */
  private readonly ready = new Set<Http2Stream>()
  /** Streams whose writers are to be told that there is room. */
  private drained: Http2Stream[] = []
  private pumping = false
  private readonly resets = new Set<number>()

  constructor(
    private readonly output: Output,
    private readonly encoder: HpackEncoder,
    private readonly host: SenderHost,
    readonly highWater: number,
  ) {}

  sendHeaders(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void {
    if (extra !== undefined) this.encoder.extraLength(extra)
    stream.headersSent = true
    stream.bodiless = headers.method === 'HEAD'
    if (stream.id === 0 && !this.host.admit(stream)) {
      if (stream.closed) return
      const pending = pendingOf(stream)
      pending.headers = headers
      pending.extra = extra
      return
    }
    this.writeBlock(stream.id, headers, extra, 0)
  }

  sendOnly(stream: Http2Stream, headers: HeaderBlock, extra: readonly string[] | undefined): void {
    if (extra !== undefined) this.encoder.extraLength(extra)
    stream.headersSent = true
    this.writeBlock(stream.id, headers, extra, frames.END_STREAM)
    this.ended(stream)
  }

  /** Sends what a stream gathered while it waited for `admit`. */
  begin(stream: Http2Stream): void {
    const { pending } = stream
    if (pending?.headers === undefined) return
    const { headers, extra } = pending
    pending.headers = pending.extra = undefined
    const bare = pending.bytes === 0 && stream.ending && pending.trailers === undefined
    this.writeBlock(stream.id, headers, extra, bare ? frames.END_STREAM : 0)
    if (bare) this.ended(stream)
    else this.resume(stream)
  }

  sendData(stream: Http2Stream, data: Uint8Array): void {
    const { length } = data
    if (length === 0) return
    if (this.mayPass(stream, length)) {
      this.head(stream, length)
      this.output.position += frames.HEAD_SIZE
      this.output.add(data)
      return
    }
    const pending = pendingOf(stream)
    pending.chunks.push(data)
    pending.bytes += length
    this.resume(stream)
  }

  sendEnd(stream: Http2Stream, trailers: HeaderBlock | undefined, extra: readonly string[] | undefined): void {
    if (extra !== undefined) this.encoder.extraLength(extra)
    stream.ending = true
    if (stream.pending !== undefined) {
      stream.pending.trailers = trailers
      stream.pending.trailersExtra = extra
      return
    }
    this.writeEnd(stream, trailers, extra)
  }

  claim(length: number): Buffer {
    this.output.ensure(length + frames.HEAD_SIZE)
    return this.output.buffer
  }

  claimed(): number {
    return this.output.position + frames.HEAD_SIZE
  }

  commit(stream: Http2Stream, length: number, end: boolean): void {
    const { output } = this
    if (length > 0 && this.mayPass(stream, length)) {
      this.head(stream, length, end ? frames.END_STREAM : 0)
      output.position += frames.HEAD_SIZE + length
      if (end) this.ended(stream)
      return
    }
    const at = this.claimed()
    this.sendData(stream, Uint8Array.prototype.slice.call(output.buffer, at, at + length))
    if (end && !stream.closed) this.sendEnd(stream, undefined, undefined)
  }

  sendReset(stream: Http2Stream, code: ErrorCode): void {
    if (stream.id > 0) this.writeReset(stream.id, code)
    this.close(stream)
  }

  /** Whether we reset this stream not long ago, so that its peer may not know yet. */
  wasReset(streamId: number): boolean {
    return this.resets.has(streamId)
  }

  writeReset(streamId: number, code: ErrorCode): void {
    this.resets.add(streamId)
    if (this.resets.size > REMEMBERED_RESETS) {
      for (const oldest of this.resets) {
        this.resets.delete(oldest)
        break
      }
    }
    this.control(frames.RST_STREAM, 0, streamId, 4)
    frames.writeUint32(this.output.buffer, this.output.position, code)
    this.output.position += 4
  }

  /** Writes the head of a control frame and makes room for its payload, which the caller puts at `output.position`. */
  control(type: number, flags: number, streamId: number, length: number): void {
    const { output } = this
    output.ensure(frames.HEAD_SIZE + length)
    frames.writeHead(output.buffer, output.position, length, (type << 8) | flags, streamId)
    output.position += frames.HEAD_SIZE
  }

  writeWindowUpdate(streamId: number, increment: number): void {
    this.control(frames.WINDOW_UPDATE, 0, streamId, 4)
    frames.writeUint32(this.output.buffer, this.output.position, increment)
    this.output.position += 4
  }

  /** Our own PING; its eight bytes are `kind` and zeros. */
  writePing(kind: number): void {
    this.control(frames.PING, 0, 0, 8)
    const { output } = this
    output.buffer.fill(0, output.position, output.position + 8)
    output.buffer[output.position] = kind
    output.position += 8
  }

  /** Acknowledges a PING with its own eight bytes. */
  echoPing(bytes: Buffer, start: number): void {
    this.control(frames.PING, frames.ACK, 0, 8)
    bytes.copy(this.output.buffer, this.output.position, start, start + 8)
    this.output.position += 8
  }

  writeGoaway(lastStreamId: number, code: ErrorCode, why = ''): void {
    const said = Buffer.from(why)
    this.control(frames.GOAWAY, 0, 0, 8 + said.length)
    const { output } = this
    frames.writeUint32(output.buffer, output.position, lastStreamId)
    frames.writeUint32(output.buffer, output.position + 4, code)
    output.position += 8
    output.add(said)
  }

  writeSettings(payload: Uint8Array): void {
    this.control(frames.SETTINGS, 0, 0, payload.length)
    this.output.add(payload)
  }

  consumed(stream: Http2Stream, length: number): void {
    this.host.streamConsumed(stream, length)
  }

  /** The peer widened the window of the connection. */
  widenConnection(by: number): void {
    this.window = widened(this.window, by)
    this.pump()
  }

  /** The peer widened a stream's window. */
  widen(stream: Http2Stream, by: number): void {
    stream.sendWindow = widened(stream.sendWindow, by)
    this.resume(stream)
  }

  /** The peer widened the connection's window, or the socket drained. */
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

  private sendTurns(): void {
    const { ready } = this
    // A Set goes on to members that are added while it is gone through, so a stream put back has its next turn last.
    for (const stream of ready) {
      if (this.window <= 0 || this.output.blocked) return
      ready.delete(stream)
      if (this.sendPart(stream)) ready.add(stream)
    }
  }

  private tellDrained(): boolean {
    const { drained } = this
    if (drained.length === 0) return false
    this.drained = []
    for (const stream of drained) if (!stream.closed) stream.handler.onDrain(stream)
    return true
  }

  /** Takes the stream out of everything; the peer is told nothing. */
  close(stream: Http2Stream): void {
    if (stream.closed) return
    stream.closed = true
    stream.pending = undefined
    this.ready.delete(stream)
    this.host.streamClosed(stream)
  }

  private mayPass(stream: Http2Stream, length: number): boolean {
    return (
      stream.pending === undefined &&
      length <= stream.sendWindow &&
      length <= this.window &&
      length <= this.maxFrame &&
      !this.output.blocked &&
      stream.id > 0
    )
  }

  private resume(stream: Http2Stream): void {
    if (stream.pending === undefined || stream.sendWindow <= 0 || stream.id === 0) return
    if (stream.pending.bytes === 0) this.finishPending(stream)
    else this.ready.add(stream)
    this.pump()
  }

  /** Sends one frame of a stream's pending data; true where more may go. */
  private sendPart(stream: Http2Stream): boolean {
    const { pending } = stream
    if (pending === undefined) return false
    let left = Math.min(pending.bytes, stream.sendWindow, this.window, this.maxFrame)
    if (left <= 0) return false
    this.head(stream, left)
    this.output.position += frames.HEAD_SIZE
    pending.bytes -= left
    stream.stalledSince = 0
    while (left > 0) {
      const chunk = pending.chunks[0] as Uint8Array
      const end = Math.min(chunk.length, pending.offset + left)
      left -= end - pending.offset
      this.output.add(chunk.subarray(pending.offset, end))
      pending.offset = end
      if (end === chunk.length) {
        pending.chunks.shift()
        pending.offset = 0
      }
    }
    if (pending.bytes === 0) this.finishPending(stream)
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
    this.drained.push(stream)
  }

  /** Charges the windows for a DATA frame and writes its head; the position stays in front of it. */
  private head(stream: Http2Stream, length: number, flags = 0): void {
    const { output } = this
    output.ensure(frames.HEAD_SIZE + (length < 4096 ? length : 0))
    frames.writeHead(output.buffer, output.position, length, (frames.DATA << 8) | flags, stream.id)
    stream.sendWindow -= length
    this.window -= length
    this.busy = true
  }

  private writeEnd(stream: Http2Stream, trailers: HeaderBlock | undefined, extra: readonly string[] | undefined): void {
    if (trailers !== undefined) this.writeBlock(stream.id, trailers, extra, frames.END_STREAM)
    else this.control(frames.DATA, frames.END_STREAM, stream.id, 0)
    this.ended(stream)
  }

  private ended(stream: Http2Stream): void {
    stream.ending = stream.endSent = true
    if (stream.endReceived) this.close(stream)
    else this.host.streamEnded(stream)
  }

  private writeBlock(id: number, block: HeaderBlock, extra: readonly string[] | undefined, flags: number): void {
    const { output, encoder } = this
    const most = block.maxLength + (extra === undefined ? 0 : encoder.extraLength(extra))
    output.ensure(frames.HEAD_SIZE + most)
    const { buffer } = output
    const start = output.position + frames.HEAD_SIZE
    let end = encoder.encode(buffer, start, block)
    if (extra !== undefined) end = encoder.encodeExtra(buffer, end, extra)
    this.busy = true
    if (end - start > this.maxFrame) {
      this.writeLongBlock(id, Uint8Array.prototype.slice.call(buffer, start, end), flags)
      return
    }
    const kind = (frames.HEADERS << 8) | frames.END_HEADERS | flags
    frames.writeHead(buffer, output.position, end - start, kind, id)
    output.position = end
  }

  /** A block over the peer's frame size: HEADERS and as many CONTINUATION frames as it takes. */
  private writeLongBlock(id: number, block: Uint8Array, flags: number): void {
    for (let at = 0; at < block.length; at += this.maxFrame) {
      const part = block.subarray(at, at + this.maxFrame)
      const last = at + part.length === block.length ? frames.END_HEADERS : 0
      this.output.ensure(frames.HEAD_SIZE)
      const kind = at === 0 ? (frames.HEADERS << 8) | flags | last : (frames.CONTINUATION << 8) | last
      frames.writeHead(this.output.buffer, this.output.position, part.length, kind, id)
      this.output.position += frames.HEAD_SIZE
      this.output.add(part)
    }
  }
}

function pendingOf(stream: Http2Stream): Pending {
  stream.pending ??= {
    headers: undefined,
    extra: undefined,
    chunks: [],
    offset: 0,
    bytes: 0,
    trailers: undefined,
    trailersExtra: undefined,
  }
  return stream.pending
}
