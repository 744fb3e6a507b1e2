import { Code } from '../../core/code.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import type { Splitter } from '../pipelined/splitter.js'

/** What becomes of what arrives on a connection. */
export interface MessageSink {
  /** One whole message, THeader's header included, whose bytes nobody writes to any more. */
  message(bytes: Buffer, start: number, end: number): void
  /** A message is over the limit; it is passed over. @param head its first bytes */
  tooLarge(head: Buffer): void
}

const empty = Buffer.alloc(0)
/** Of a message that is too large, enough to hold its header. */
const headLength = 512
/** A frame that claims more is not even passed over. */
const longestPassed = 64 * 1024 * 1024

/** Messages behind their length, four bytes big-endian. A message that came in one chunk is not copied. */
export class FrameSplitter implements Splitter {
  /** What has arrived of the present frame, and room behind it. */
  private room: Buffer = empty
  private held = 0
  /** Bytes that must be there before anything can be done with those held. */
  private wanted = 4
  /** Of a frame that is too large, bytes that are still to be passed over. */
  private passing = 0

  /** @param largest bytes of a frame */
  constructor(
    private readonly largest: number,
    private readonly sink: MessageSink,
  ) {}

  get isPartial(): boolean {
    return this.held > 0 || this.passing > 0
  }

  push(chunk: Buffer): void {
    let bytes = chunk
    if (this.passing > 0) {
      const passed = Math.min(this.passing, bytes.length)
      this.passing -= passed
      bytes = bytes.subarray(passed)
    }
    if (this.held > 0) {
      bytes = this.append(bytes)
      if (this.held < this.wanted) return
      this.room = empty
      this.held = 0
    }
    this.split(bytes)
  }

  private split(bytes: Buffer): void {
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
        this.sink.tooLarge(bytes.subarray(at + 4, end))
        this.passing = Math.max(0, end - bytes.length)
      } else if (end > bytes.length) {
        this.hold(bytes, at, 4 + length)
        return
      } else this.sink.message(bytes, at + 4, end)
      at = end
    }
  }

  private hold(bytes: Buffer, start: number, wanted: number): void {
    this.room = start === 0 ? bytes : bytes.subarray(start)
    this.held = bytes.length - start
    this.wanted = wanted
  }

  /**
   * Behind what is held. Room is never more than twice what has arrived, and doubles, so that no byte is copied more than a few times and a
   * frame in a million pieces holds no million buffers.
   */
  private append(chunk: Buffer): Buffer {
    const needed = this.held + chunk.length
    if (needed > this.room.length) {
      // Room that is all one frame needs no more behind it.
      const grown = Buffer.allocUnsafe(needed >= this.wanted ? needed : Math.min(2 * needed, this.wanted))
      this.room.copy(grown, 0, 0, this.held)
      this.room = grown
    }
    chunk.copy(this.room, this.held)
    this.held = needed
    return this.room.subarray(0, needed)
  }
}

function impossibleFrame(length: number): RpcError {
  return failure('malformed_frame', Code.invalid_argument, `a frame cannot have ${length} bytes`)
}
