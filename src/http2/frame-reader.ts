import { ErrorCode, Http2Error } from './error.js'
import { DATA, HEAD_SIZE, MIN_MAX_FRAME, PADDED, PREFACE, readUint31 } from './frames.js'

/**
 * The current frame: one object per reader, reused for every frame, so that frames cost no allocation. It is valid during the call, and so
 * are its bytes, except those of DATA, which belong to the consumer.
 */
export class Frame {
  type = 0
  flags = 0
  streamId = 0
  /** Payload length, padding included. */
  length = 0
  /** The range of the payload; of DATA, of the part that has arrived. */
  bytes: Buffer = EMPTY
  start = 0
  end = 0
  /** Of DATA: how much of `length` is data, and how much of that is still to come. */
  body = 0
  left = 0
}

export interface FrameSink {
  /** A DATA frame begins: `length` and `body` are set. */
  dataBegins(frame: Frame): void
  /** Data as it arrives; at least one call a frame, and `left` is 0 in the last. */
  dataArrives(frame: Frame): void
  /** Any other frame, whole. */
  arrives(frame: Frame): void
}

const EMPTY = Buffer.alloc(0)
const PREFACE_BYTES = Buffer.from(PREFACE, 'latin1')

/**
 * Finds frames in the chunks of a socket, however they are cut. Frames are parsed in place. A cut frame is collected first; of DATA only
 * its head, because its data is passed on as it arrives.
 */
export class FrameReader {
  /** Set to make the reader ignore the rest. */
  stopped = false
  private readonly frame = new Frame()
  /** The beginning of a cut frame; there is none if `heldLength` is 0. */
  private held: Buffer = EMPTY
  private heldLength = 0
  private padding = 0
  private prefaceSeen: number

  /** @param preface whether the peer is a client, which sends the connection preface first */
  constructor(
    private readonly sink: FrameSink,
    preface: boolean,
  ) {
    this.prefaceSeen = preface ? 0 : PREFACE.length
  }

  /** Whether a frame or the preface has begun and not ended. */
  get midway(): boolean {
    return this.heldLength > 0 || this.frame.left > 0 || this.padding > 0 || this.prefaceSeen < PREFACE.length
  }

  /** The connection is idle: lets go of the chunk that was read last. */
  rest(): void {
    if (!this.midway) this.frame.bytes = EMPTY
  }

  /** @throws Http2Error if the bytes are not valid frames, and whatever the sink throws */
  receive(chunk: Buffer): void {
    let at = 0
    if (this.prefaceSeen < PREFACE.length) at = this.preface(chunk)
    if (this.heldLength > 0) at = this.gather(chunk, at)
    at = this.parse(chunk, at, chunk.length)
    if (at < chunk.length && !this.stopped) this.hold(chunk, at)
  }

  private preface(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length && this.prefaceSeen < PREFACE.length) {
      if (chunk[at++] !== PREFACE_BYTES[this.prefaceSeen++]) {
        throw new Http2Error(
          ErrorCode.protocol_error,
          'the connection preface is wrong: the peer does not speak HTTP/2',
        )
      }
    }
    return at
  }

  /** Parses whole frames, and DATA as far as it has arrived. @returns the offset of the rest */
  private parse(bytes: Buffer, at: number, end: number): number {
    const { frame, sink } = this
    while (at < end && !this.stopped) {
      if (frame.left > 0) {
        at = this.body(bytes, at, end)
        continue
      }
      if (this.padding > 0) {
        const skipped = Math.min(this.padding, end - at)
        this.padding -= skipped
        at += skipped
        continue
      }
      const available = end - at
      if (available < HEAD_SIZE) return at
      const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
      if (length > MIN_MAX_FRAME) throw tooLarge(length)
      const type = bytes[at + 3] as number
      if (type !== DATA && available < HEAD_SIZE + length) return at
      frame.type = type
      frame.flags = bytes[at + 4] as number
      frame.streamId = readUint31(bytes, at + 5)
      frame.length = length
      if (type === DATA) {
        if (frame.flags & PADDED && length > 0 && available === HEAD_SIZE) return at
        at = this.data(bytes, at + HEAD_SIZE, end)
        continue
      }
      frame.bytes = bytes
      frame.start = at + HEAD_SIZE
      at = frame.end = frame.start + length
      sink.arrives(frame)
    }
    return at
  }

  private data(bytes: Buffer, at: number, end: number): number {
    const { frame } = this
    let { length: body } = frame
    if (frame.flags & PADDED) {
      if (body === 0) throw new Http2Error(ErrorCode.frame_size_error, 'DATA is too short for its padding')
      this.padding = bytes[at++] as number
      body -= 1 + this.padding
      if (body < 0) throw new Http2Error(ErrorCode.protocol_error, 'padding is longer than its DATA frame')
    }
    frame.body = body
    frame.left = body
    this.sink.dataBegins(frame)
    if (body > 0 && at < end) return this.body(bytes, at, end)
    if (body === 0) this.body(EMPTY, 0, 0)
    return at
  }

  private body(bytes: Buffer, at: number, end: number): number {
    const { frame } = this
    frame.bytes = bytes
    frame.start = at
    frame.end = Math.min(end, at + frame.left)
    frame.left -= frame.end - at
    const next = frame.end
    this.sink.dataArrives(frame)
    return next
  }

  private hold(chunk: Buffer, at: number): void {
    this.heldLength = chunk.length - at
    this.held = Buffer.allocUnsafeSlow(Math.max(this.heldLength * 2, 64))
    chunk.copy(this.held, 0, at)
  }

  /** Adds to the collected frame. @returns the offset in `chunk` after its bytes */
  private gather(chunk: Buffer, at: number): number {
    while (at < chunk.length) {
      const wanted = this.wanted()
      if (this.heldLength === wanted) break
      const taken = Math.min(wanted - this.heldLength, chunk.length - at)
      if (this.heldLength + taken > this.held.length) this.grow(Math.min(wanted, 2 * (this.heldLength + taken)))
      chunk.copy(this.held, this.heldLength, at, at + taken)
      this.heldLength += taken
      at += taken
    }
    if (this.heldLength === this.wanted()) {
      const { held, heldLength } = this
      this.heldLength = 0
      this.held = EMPTY
      this.parse(held, 0, heldLength)
    }
    return at
  }

  /** Bytes that the held frame needs before it can be parsed, as far as its bytes tell. */
  private wanted(): number {
    if (this.heldLength < HEAD_SIZE) return HEAD_SIZE
    const [high, middle, low, type, flags] = this.held as unknown as [number, number, number, number, number]
    const length = (high << 16) | (middle << 8) | low
    if (length > MIN_MAX_FRAME) throw tooLarge(length)
    if (type === DATA) return flags & PADDED && length > 0 ? HEAD_SIZE + 1 : HEAD_SIZE
    return HEAD_SIZE + length
  }

  private grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    this.held.copy(larger, 0, 0, this.heldLength)
    this.held = larger
  }
}

/** Frame lengths that are text: "HTT", as a reply of HTTP/1.1 begins, and "<!D", as a page begins that some servers send without a head. */
const HTTP1_LENGTHS: readonly number[] = [0x485454, 0x3c2144]

/** What a connection to a server of HTTP/1.1 fails with. */
export const http1Answer = 'the peer answers in HTTP/1.1, not in HTTP/2'

function tooLarge(length: number): Http2Error {
  const what = HTTP1_LENGTHS.includes(length)
    ? http1Answer
    : `a frame of ${length} bytes, over the limit of ${MIN_MAX_FRAME}`
  return new Http2Error(ErrorCode.frame_size_error, what)
}
