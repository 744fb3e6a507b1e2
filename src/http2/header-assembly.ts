import { ErrorCode, Http2Error } from './error.js'
import type { Frame } from './frame-reader.js'
import { END_HEADERS, END_STREAM, HAS_PRIORITY, MIN_MAX_FRAME, PADDED } from './frames.js'
import { calm } from './guards.js'

/**
 * The most bytes of a header block, however small `maxHeaderList` is. A block over `maxHeaderList` fails only its stream, but must be
 * decoded: otherwise the HPACK tables of the two sides would differ. A block over this limit ends the connection.
 */
const MOST_DECODED = 1_048_576

/**
 * The header block that is being received. In one HEADERS frame it is read in place; the fragments of HEADERS and CONTINUATION frames are
 * gathered first. Once `add` or `next` returns true, `bytes[start, end)` is the block.
 */
export class HeaderAssembly {
  streamId = 0
  endsStream = false
  /** Only CONTINUATION frames of `streamId` may come. */
  open = false
  bytes: Buffer = NONE
  start = 0
  end = 0
  private fragments: Buffer[] = []
  private continuations = 0
  private length = 0

  constructor(private readonly limits: { maxContinuations: number; maxHeaderList: number }) {}

  /** Reads a HEADERS frame. @throws Http2Error if its padding or priority does not fit */
  add(frame: Frame): boolean {
    let { start, end } = frame
    const padding = frame.flags & PADDED ? (frame.bytes[start++] as number) : 0
    if (frame.flags & HAS_PRIORITY) start += 5
    if (start > frame.end) throw new Http2Error(ErrorCode.frame_size_error, 'HEADERS is too short for its flags')
    end -= padding
    if (end < start) throw new Http2Error(ErrorCode.protocol_error, 'padding is longer than its HEADERS frame')
    this.streamId = frame.streamId
    this.endsStream = (frame.flags & END_STREAM) !== 0
    if (frame.flags & END_HEADERS) {
      this.bytes = frame.bytes
      this.start = start
      this.end = end
      return true
    }
    this.open = true
    this.continuations = 0
    this.length = 0
    this.keep(frame.bytes, start, end)
    return false
  }

  /** Reads a CONTINUATION frame. @throws Http2Error if none is allowed, or there are too many or too large ones (CVE-2024-27316) */
  next(frame: Frame): boolean {
    if (!this.open || frame.streamId !== this.streamId) {
      throw new Http2Error(ErrorCode.protocol_error, 'CONTINUATION without a header block to continue')
    }
    // A long block needs as many frames as it fills.
    const allowed = this.limits.maxContinuations + Math.floor(this.length / MIN_MAX_FRAME)
    if (++this.continuations > allowed) throw calm('too many CONTINUATION frames')
    this.keep(frame.bytes, frame.start, frame.end)
    if (!(frame.flags & END_HEADERS)) return false
    this.bytes = Buffer.concat(this.fragments, this.length)
    this.start = 0
    this.end = this.length
    this.fragments = []
    this.open = false
    return true
  }

  /** The connection is idle: lets go of the chunk that was read last. */
  rest(): void {
    if (!this.open) this.bytes = NONE
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    this.length += end - start
    // A Huffman code has at most 30 bits, so no list within the limit needs a block of four times its size.
    if (this.length > Math.max(4 * this.limits.maxHeaderList, MOST_DECODED)) throw calm('a header block is too long')
    this.fragments.push(Buffer.from(bytes.subarray(start, end)))
  }
}

const NONE = Buffer.alloc(0)
