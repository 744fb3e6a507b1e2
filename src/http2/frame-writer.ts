import type { ErrorCode } from './error.js'
import * as frames from './frames.js'
import type { HeaderBlock } from './header-block.js'
import type { HpackEncoder } from './hpack-encoder.js'
import { BY_REFERENCE, type Output } from './output.js'

/** The most streams to remember for which frames may still arrive after they were reset. */
const REMEMBERED_RESETS = 1024

/** Puts whole frames into a connection's output, whatever state that is in. */
export class FrameWriter {
  /** The largest payload that the peer takes. */
  maxFrame = frames.MIN_MAX_FRAME
  /** Set by HEADERS and DATA, for the counter of a peer's PINGs. */
  busy = false
  private resets: Set<number> | undefined = undefined
  /** The last frame that `smallData` wrote: its stream, where its head lies and its payload ends, in which epoch of the output. */
  private readonly last = { id: 0, at: 0, end: 0, epoch: -1 }

  constructor(
    readonly output: Output,
    readonly encoder: HpackEncoder,
  ) {}

  /** HEADERS; `extra` has been accepted by `encoder.extraLength`. */
  headers(id: number, block: HeaderBlock, extra: readonly string[] | undefined, flags: number): void {
    const { output, encoder } = this
    output.ensure(frames.HEAD_SIZE + block.maxLength + (extra === undefined ? 0 : encoder.extraLength(extra)))
    const { buffer } = output
    const start = output.position + frames.HEAD_SIZE
    let end = encoder.encode(buffer, start, block)
    if (extra !== undefined) end = encoder.encodeExtra(buffer, end, extra)
    this.busy = true
    if (end - start > this.maxFrame) {
      this.longBlock(id, Uint8Array.prototype.slice.call(buffer, start, end), flags)
      return
    }
    const kind = (frames.HEADERS << 8) | frames.END_HEADERS | flags
    frames.writeHead(buffer, output.position, end - start, kind, id)
    output.position = end
  }

  /** Writes the head of a DATA frame. The caller writes the payload and moves the position. */
  dataHead(id: number, length: number, flags: number): void {
    const { output } = this
    output.ensure(frames.HEAD_SIZE + (length < 4096 ? length : 0))
    frames.writeHead(output.buffer, output.position, length, (frames.DATA << 8) | flags, id)
    this.busy = true
  }

  /** DATA of no more than `maxFrame`. */
  data(id: number, data: Uint8Array, flags: number): void {
    if (data.length < BY_REFERENCE) {
      this.smallData(id, data, flags)
      return
    }
    this.dataHead(id, data.length, flags)
    this.output.position += frames.HEAD_SIZE
    this.output.add(data)
  }

  /**
   * DATA with a copied payload. It extends the previous frame if nothing was written since, so that the many small messages of a stream
   * share a few frames.
   */
  private smallData(id: number, data: Uint8Array, flags: number): void {
    const { output, last } = this
    output.ensure(frames.HEAD_SIZE + data.length)
    const follows = last.epoch === output.epoch && last.end === output.position && last.id === id
    if (!follows || last.end - last.at + data.length > frames.HEAD_SIZE + frames.MIN_MAX_FRAME) {
      last.id = id
      last.at = output.position
      last.epoch = output.epoch
      output.position += frames.HEAD_SIZE
    }
    output.add(data)
    last.end = output.position
    const length = last.end - last.at - frames.HEAD_SIZE
    frames.writeHead(output.buffer, last.at, length, (frames.DATA << 8) | flags, id)
    this.busy = true
  }

  /** The head of a control frame, and room for its payload, which the caller puts at `output.position`. */
  control(type: number, flags: number, streamId: number, length: number): void {
    const { output } = this
    output.ensure(frames.HEAD_SIZE + length)
    frames.writeHead(output.buffer, output.position, length, (type << 8) | flags, streamId)
    output.position += frames.HEAD_SIZE
  }

  reset(streamId: number, code: ErrorCode): void {
    this.disregard(streamId)
    this.control(frames.RST_STREAM, 0, streamId, 4)
    frames.writeUint32(this.output.buffer, this.output.position, code)
    this.output.position += 4
  }

  /** Further frames for this stream are ignored, because they have been answered. */
  disregard(streamId: number): void {
    this.resets ??= new Set()
    this.resets.add(streamId)
    if (this.resets.size <= REMEMBERED_RESETS) return
    for (const oldest of this.resets) {
      this.resets.delete(oldest)
      break
    }
  }

  /** Whether this stream was reset or disregarded recently, so that its peer may not know yet. */
  disregards(streamId: number): boolean {
    return this.resets?.has(streamId) === true
  }

  windowUpdate(streamId: number, increment: number): void {
    this.control(frames.WINDOW_UPDATE, 0, streamId, 4)
    frames.writeUint32(this.output.buffer, this.output.position, increment)
    this.output.position += 4
  }

  settings(payload: Uint8Array): void {
    this.control(frames.SETTINGS, 0, 0, payload.length)
    this.output.add(payload)
  }

  /** Sends a PING; its eight bytes are `kind` and zeros. */
  ping(kind: number): void {
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

  goaway(lastStreamId: number, code: ErrorCode, why = ''): void {
    const detail = Buffer.from(why)
    this.control(frames.GOAWAY, 0, 0, 8 + detail.length)
    const { output } = this
    frames.writeUint32(output.buffer, output.position, lastStreamId)
    frames.writeUint32(output.buffer, output.position + 4, code)
    output.position += 8
    output.add(detail)
  }

  /** A block over the peer's frame size: HEADERS and as many CONTINUATION frames as it takes. */
  private longBlock(id: number, block: Uint8Array, flags: number): void {
    const { output, maxFrame } = this
    for (let at = 0; at < block.length; at += maxFrame) {
      const part = block.subarray(at, at + maxFrame)
      const last = at + part.length === block.length ? frames.END_HEADERS : 0
      const kind = at === 0 ? (frames.HEADERS << 8) | flags | last : (frames.CONTINUATION << 8) | last
      output.ensure(frames.HEAD_SIZE)
      frames.writeHead(output.buffer, output.position, part.length, kind, id)
      output.position += frames.HEAD_SIZE
      output.add(part)
    }
  }
}
