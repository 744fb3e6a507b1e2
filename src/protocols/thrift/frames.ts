import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'

/** What becomes of what arrives on a connection. */
export interface MessageSink {
  /** One whole message, THeader's header included, whose bytes nobody writes to any more. */
  message(bytes: Buffer, start: number, end: number): void
  /** A message is over the limit; it is passed over. @param head its first bytes */
  tooLarge(head: Buffer, length: number): void
}

/** Cuts what arrives on a connection into messages. */
export interface Splitter {
  /** @throws RpcError or Fault where what arrives is no Thrift: nothing behind it can be trusted */
  push(chunk: Buffer, sink: MessageSink): void
  /** A message has arrived in part. */
  readonly isPartial: boolean
}

/** Of a message that is too large, enough to hold its header. */
const headLength = 512
/** A frame that claims more is not even passed over. */
const longestPassed = 64 * 1024 * 1024

/** Messages behind their length, four bytes big-endian. A message that came in one chunk is not copied. */
export class FrameSplitter implements Splitter {
  private parts: Buffer[] = []
  private held = 0
  /** Bytes that must be there before anything can be done with those held. */
  private wanted = 4
  /** Of a frame that is too large, bytes that are still to be passed over. */
  private passing = 0

  /** @param largest bytes of a frame */
  constructor(private readonly largest: number) {}

  get isPartial(): boolean {
    return this.held > 0 || this.passing > 0
  }

  push(chunk: Buffer, sink: MessageSink): void {
    let bytes = chunk
    if (this.passing > 0) {
      const passed = Math.min(this.passing, bytes.length)
      this.passing -= passed
      bytes = bytes.subarray(passed)
    }
    if (this.held > 0) {
      this.parts.push(bytes)
      this.held += bytes.length
      if (this.held < this.wanted) return
      bytes = Buffer.concat(this.parts, this.held)
      this.parts = []
      this.held = 0
    }
    this.split(bytes, sink)
  }

  private split(bytes: Buffer, sink: MessageSink): void {
    let at = 0
    while (at < bytes.length) {
      const left = bytes.length - at
      if (left < 4) {
        this.hold(bytes, at, 4)
        return
      }
      const length = bytes.readInt32BE(at)
      if (length < 0 || length > longestPassed) throw impossibleFrame(length)
      const end = at + 4 + length
      if (length > this.largest) {
        if (left < 4 + Math.min(length, headLength)) {
          this.hold(bytes, at, 4 + Math.min(length, headLength))
          return
        }
        sink.tooLarge(bytes.subarray(at + 4, end), length)
        this.passing = Math.max(0, end - bytes.length)
      } else if (end > bytes.length) {
        this.hold(bytes, at, 4 + length)
        return
      } else sink.message(bytes, at + 4, end)
      at = end
    }
  }

  private hold(bytes: Buffer, start: number, wanted: number): void {
    this.parts = [start === 0 ? bytes : bytes.subarray(start)]
    this.held = bytes.length - start
    this.wanted = wanted
  }
}

function impossibleFrame(length: number): RpcError {
  return new RpcError(`a frame of ${length} bytes`, Code.invalid_argument, { reason: 'malformed_frame' })
}
