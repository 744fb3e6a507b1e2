import { Code } from '../../core/code.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import type { Splitter } from '../pipelined/splitter.js'

/** Receives the messages of a connection. */
export interface MessageSink {
  /** Receives a message, including THeader's header. Its bytes do not change any more. */
  message(bytes: Buffer, start: number, end: number): void
  /** Called for a message over the limit, which is skipped. @param head its first bytes */
  tooLarge(head: Buffer): void
}

const empty = Buffer.alloc(0)
/** Bytes that hold the header of a message that is too large. */
const headLength = 512
/** The most bytes of a message that is skipped. A longer one ends the connection. */
export const longestPassed = 64 * 1024 * 1024

/** Splits messages that follow their length, four bytes big-endian. A message within one chunk is not copied. */
export class FrameSplitter implements Splitter {
  /** What has arrived of the current frame, and free room after it. */
  private room: Buffer = empty
  private held = 0
  /** Bytes that must have arrived before the held ones can be processed. */
  private wanted = 4
  /** Bytes of a too large frame that are still to be skipped. */
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
   * Appends to the held bytes. The room doubles, up to twice what has arrived: a byte is copied only a few times, and a frame in a million
   * pieces does not hold a million buffers.
   */
  private append(chunk: Buffer): Buffer {
    const needed = this.held + chunk.length
    if (needed > this.room.length) {
      // A complete frame needs no further room.
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
