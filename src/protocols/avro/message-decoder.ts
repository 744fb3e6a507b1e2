import { AvroReader } from '../../codecs/avro/reader.js'
import { Fault } from '../../codecs/values/fault.js'
import type { Splitter } from '../pipelined/splitter.js'
import type { Framing } from './framing.js'

/** Receives the messages of a connection. */
export interface MessageSink {
  /** Receives a message, whose bytes do not change any more. @param serial 0 if the framing has none */
  message(serial: number, from: AvroReader): void
  /** Called after a message over the limit was skipped. */
  oversized(serial: number): void
}

const smallest = 1024
/** The most bytes over the limit of a message that are skipped. A longer message ends its connection. */
const longestPassed = 64 * 1024 * 1024

/**
 * Cuts messages out of a byte stream. It copies only messages that arrive in pieces, and allocates only as their bytes arrive. It skips a
 * message over the limit, so that the connection can go on.
 */
export class MessageDecoder implements Splitter {
  private serial = 0
  /** Buffers of the message that are still to arrive, in netty framing. */
  private buffers = 0
  /** Bytes of the message so far, including those over the limit. */
  private size = 0
  private room = Buffer.alloc(0)
  /** Bytes of the current buffer that are still to arrive; undefined before its length is known. */
  private left: number | undefined
  /** The first part of a header or a length. */
  private readonly partial = Buffer.alloc(8)
  private partialLength = 0
  /** Whether the next four bytes are the length of a buffer, not the header of a message. */
  private inMessage: boolean
  private readonly isFramed: boolean

  /** @param limit bytes of one message */
  constructor(
    framing: Framing,
    private readonly limit: number,
    private readonly sink: MessageSink,
  ) {
    this.isFramed = framing === 'framed'
    this.inMessage = this.isFramed
  }

  get isPartial(): boolean {
    return this.partialLength > 0 || this.left !== undefined || this.size > 0 || this.inMessage !== this.isFramed
  }

  /** @throws Fault if the framing is broken or a message is far too long: the connection cannot go on */
  push(chunk: Uint8Array): void {
    let at = 0
    for (;;) {
      if (this.left !== undefined) {
        const whole = this.wholeAt(chunk, at)
        if (whole !== undefined) {
          at = whole
          continue
        }
        const taken = Math.min(this.left, chunk.length - at)
        this.gather(chunk.subarray(at, at + taken))
        at += taken
        this.left -= taken
        if (this.size > this.limit + longestPassed) throw new Fault(`a message of more than ${longestPassed} bytes`)
        if (this.left > 0) return
        this.left = undefined
        if (!this.isFramed && --this.buffers === 0) this.finish()
      } else {
        const wanted = this.inMessage ? 4 : 8
        while (this.partialLength < wanted) {
          if (at >= chunk.length) return
          this.partial[this.partialLength++] = chunk[at++] as number
        }
        this.partialLength = 0
        this.header()
      }
    }
  }

  /** The usual case: the message is one buffer within the chunk. @returns where it ends */
  private wholeAt(chunk: Uint8Array, at: number): number | undefined {
    const end = at + (this.left as number)
    if (this.size > 0 || end > chunk.length || end - at > this.limit) return undefined
    if (this.isFramed) {
      if (
        end + 4 > chunk.length ||
        (chunk[end] as number) +
          (chunk[end + 1] as number) +
          (chunk[end + 2] as number) +
          (chunk[end + 3] as number) !==
          0
      )
        return undefined
    } else if (this.buffers !== 1) return undefined
    this.left = undefined
    this.inMessage = this.isFramed
    this.sink.message(this.serial, new AvroReader(chunk, at, end))
    return this.isFramed ? end + 4 : end
  }

  /** Reads the message header or the buffer length in `partial`. */
  private header(): void {
    if (!this.inMessage) {
      this.serial = this.partial.readInt32BE(0)
      this.buffers = this.partial.readInt32BE(4)
      this.inMessage = true
      if (this.buffers < 0) throw new Fault(`a message of ${this.buffers} buffers`)
      if (this.buffers === 0) this.finish()
      return
    }
    const length = this.partial.readInt32BE(0)
    if (length < 0) throw new Fault(`a buffer of ${length} bytes`)
    if (length === 0 && this.isFramed) this.finish()
    else this.left = length
  }

  private gather(part: Uint8Array): void {
    const size = this.size + part.length
    if (size > this.limit) this.room = Buffer.alloc(0)
    else {
      if (size > this.room.length) {
        const grown = Buffer.allocUnsafe(Math.max(smallest, Math.min(this.limit, 2 * size)))
        grown.set(this.room.subarray(0, this.size))
        this.room = grown
      }
      this.room.set(part, this.size)
    }
    this.size = size
  }

  private finish(): void {
    const { room, size, serial } = this
    this.room = Buffer.alloc(0)
    this.size = 0
    this.inMessage = this.isFramed
    if (size > this.limit) this.sink.oversized(serial)
    else this.sink.message(serial, new AvroReader(room, 0, size))
  }
}
