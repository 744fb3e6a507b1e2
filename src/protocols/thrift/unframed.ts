import { EndsTooSoon } from '../../codecs/bytes/byte-reader.js'
import { BinaryReader } from '../../codecs/thrift/binary/reader.js'
import { CompactReader } from '../../codecs/thrift/compact/reader.js'
import { Wire } from '../../codecs/thrift/wire.js'
import { Fault } from '../../codecs/values/fault.js'
import type { Splitter } from '../pipelined/splitter.js'
import { longestPassed, type MessageSink } from './framed.js'
import { JsonWalk } from './json-walk.js'

/** The most levels of structs and containers. */
const deepest = 1000
/** Bytes that hold the header of a message that is too large. */
const headLength = 512
const empty = Buffer.alloc(0)

/**
 * Splits messages without lengths: only a walk through a message shows where it ends. The walk continues where it stopped when more bytes
 * arrive, so a message in a million pieces costs no more than one in a single piece.
 */
export class UnframedSplitter implements Splitter {
  /** What has arrived of the current message, and free room after it. */
  private held: Buffer = empty
  private used = 0
  private walk: Walk | JsonWalk | undefined
  /** Whether the current message is too large, and is skipped. */
  private isSkipping = false
  /** Bytes of it that were dropped. */
  private dropped = 0
  /** The most bytes of a message that is skipped. A longer one ends the connection. */
  private readonly most: number

  /** @param largest bytes of a message */
  constructor(
    private readonly largest: number,
    private readonly sink: MessageSink,
  ) {
    this.most = largest + longestPassed
  }

  get isPartial(): boolean {
    return this.used > 0 || this.isSkipping
  }

  push(chunk: Buffer): void {
    const isAlone = this.used === 0
    const bytes = isAlone ? chunk : this.append(chunk)
    let at = 0
    while (at < bytes.length) {
      this.walk ??= walkFor(bytes, bytes[at])
      const end = this.walk.to(bytes, at, this.most)
      if (!this.isSkipping && (end ?? bytes.length) - at > this.largest) {
        this.isSkipping = true
        this.sink.tooLarge(Buffer.from(bytes.subarray(at, at + headLength)))
      }
      if (end === undefined) {
        if (this.isSkipping) at += this.drop(this.walk, bytes.length - at)
        break
      }
      if (!this.isSkipping) this.sink.message(bytes, at, end)
      this.walk = undefined
      this.isSkipping = false
      this.dropped = 0
      at = end
    }
    this.keep(bytes, at, isAlone)
  }

  /** Drops what was walked through of a message that is skipped. @returns how many of the bytes that have arrived */
  private drop(walk: Walk | JsonWalk, arrived: number): number {
    if (this.dropped + walk.position > this.most) throw new Fault(`a message of more than ${this.most} bytes`)
    const walked = Math.min(walk.position, arrived)
    walk.position -= walked
    this.dropped += walked
    return walked
  }

  /** Appends to the held bytes. The room doubles, so a byte is copied only a few times. */
  private append(chunk: Buffer): Buffer {
    const needed = this.used + chunk.length
    if (needed > this.held.length) {
      const grown = Buffer.allocUnsafe(Math.max(4096, 2 * needed))
      this.held.copy(grown, 0, 0, this.used)
      this.held = grown
    }
    chunk.copy(this.held, this.used)
    this.used = needed
    return this.held.subarray(0, needed)
  }

  private keep(bytes: Buffer, start: number, isAlone: boolean): void {
    const left = bytes.length - start
    if (left === 0) {
      this.held = empty
      this.used = 0
    } else if (isAlone || start > 0) {
      this.held = Buffer.from(bytes.subarray(start))
      this.used = left
    }
  }
}

function walkFor(bytes: Buffer, first: number | undefined): Walk | JsonWalk {
  if (first === 0x5b) return new JsonWalk()
  return new Walk(first === 0x82 ? new CompactReader(bytes, 0, 0) : new BinaryReader(bytes, 0, 0))
}

/** Walks through one message. It stops where the bytes end, and continues from there. */
class Walk {
  /** Offset of the next step in the message; beyond the bytes that have arrived while they end within a text. */
  position = 0
  private hasHeader = false
  /** The type of a value whose field header was read, but not the value. */
  private pending: number = Wire.struct
  /** For each open struct or container, the number of values left (-1 for a struct), and their types in turn. */
  private readonly left: number[] = []
  private readonly types: number[] = []

  constructor(private readonly reader: BinaryReader | CompactReader) {}

  /** @returns where the message that begins at `start` ends; undefined if it has not arrived */
  to(bytes: Buffer, start: number, most: number): number | undefined {
    const { reader } = this
    reader.resume(bytes, { position: start + this.position, end: bytes.length, limit: start + most })
    for (;;) {
      try {
        this.step()
      } catch (error) {
        if (error instanceof EndsTooSoon) return undefined
        throw error
      }
      this.position = reader.position - start
      if (this.hasHeader && this.left.length === 0 && this.pending === Wire.stop) return reader.position
    }
  }

  private step(): void {
    const { reader, left } = this
    if (!this.hasHeader) {
      reader.beginMessage()
      this.hasHeader = true
    } else if (this.pending !== Wire.stop) this.begin(this.pending)
    else {
      const remaining = left[left.length - 1] as number
      if (remaining < 0) {
        const type = reader.field()
        if (type === Wire.stop) this.close()
        else this.pending = type
      } else if (remaining === 0) this.close()
      else {
        left[left.length - 1] = remaining - 1
        this.pending = this.types[2 * (left.length - 1) + (remaining % 2)] as number
      }
    }
  }

  /** Begins a value of a known type. Skips a scalar; of any other value only the header. */
  private begin(type: number): void {
    const { reader } = this
    if (type === Wire.struct) this.open(-1, Wire.stop, Wire.stop)
    else if (type === Wire.list || type === Wire.set) {
      const size = reader.beginList()
      this.open(size, reader.elementType, reader.elementType)
    } else if (type === Wire.map) {
      const size = reader.beginMap()
      this.open(2 * size, reader.keyType, reader.elementType)
    } else if (type === Wire.binary) {
      const length = reader.length()
      reader.position += length
    } else reader.skip(type, 0)
    this.pending = Wire.stop
  }

  private open(values: number, even: number, odd: number): void {
    if (this.left.length >= deepest) throw new Fault('it is nested too deep')
    this.left.push(values)
    this.types.push(even, odd)
  }

  private close(): void {
    this.left.pop()
    this.types.length -= 2
  }
}
