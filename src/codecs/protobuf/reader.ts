import { isUtf8 } from 'node:buffer'
import { markAsUntransferable } from 'node:worker_threads'
import { Fault } from '../values/fault.js'
import { ValueCount } from '../values/value-count.js'

const join = new DataView(new ArrayBuffer(8))
const joinBytes = new Uint8Array(join.buffer)

const { latin1Slice, utf8Slice } = Buffer.prototype
/** Bytes that become one text at once, whose parts strings are: a string that is kept keeps that much. */
const windowSize = 1024
/** Bytes up to which a string is looked for there. */
const longestShort = 256

const slabSize = 16 * 1024
const largestPooled = 1024
let slab = new ArrayBuffer(0)
let slabUsed = 0

/**
 * Zeros, as long as they should be. Small arrays but the smallest, which V8 keeps within the object, share memory like Node's own Buffers:
 * memory of one's own costs a field of 100 bytes five times what all else of reading it does.
 */
function newBlob(length: number): Uint8Array {
  if (length <= 64 || length > largestPooled) return new Uint8Array(length)
  if (slabUsed + length > slab.byteLength) {
    slab = new ArrayBuffer(slabSize)
    markAsUntransferable(slab)
    slabUsed = 0
  }
  const blob = new Uint8Array(slab, slabUsed, length)
  slabUsed += (length + 7) & ~7
  return blob
}

/** Reads protobuf's binary format. Every method throws a Fault where the bytes end too soon or are not of the form. */
export class Reader {
  readonly values = new ValueCount()
  position = 0
  /** Where the message being read ends; nothing is read past it. */
  end: number
  /** The last varint's lower and upper 32 bits, each of either sign. */
  private low = 0
  private high = 0
  /** Some of the bytes as Latin-1, which short strings are parts of: that costs a fifth of a call into Node for each. */
  private text = ''
  private textStart = 0
  private textEnd = 0

  /** @param isOwn what is read may be views of the bytes */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly isOwn = false,
  ) {
    this.end = bytes.length
  }

  /** Field number and wire type; at least 8. */
  tag(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128 && byte > 7) {
        this.position++
        return byte
      }
    }
    const start = this.position
    this.varint()
    const tag = this.low >>> 0
    if (this.high !== 0 || this.position - start > 5) throw new Fault('malformed tag')
    if (tag < 8) throw new Fault('field number 0')
    return tag
  }

  /** A varint's lower 32 bits, signed; what is above is dropped, as protobuf has it. */
  int32(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return byte
      }
    }
    this.varint()
    return this.low
  }

  uint64(): bigint {
    this.varint()
    join.setInt32(0, this.high)
    join.setInt32(4, this.low)
    return join.getBigUint64(0)
  }

  int64(): bigint {
    this.varint()
    join.setInt32(0, this.high)
    join.setInt32(4, this.low)
    return join.getBigInt64(0)
  }

  zigzag64(): bigint {
    this.varint()
    const sign = -(this.low & 1)
    join.setInt32(0, (this.high >>> 1) ^ sign)
    join.setInt32(4, ((this.low >>> 1) | (this.high << 31)) ^ sign)
    return join.getBigInt64(0)
  }

  bool(): boolean {
    this.varint()
    return (this.low | this.high) !== 0
  }

  private varint(): void {
    const { bytes, end } = this
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) throw truncated()
      const byte = bytes[this.position++] as number
      if (shift < 28) low |= (byte & 127) << shift
      else if (shift === 28) {
        low |= (byte & 127) << 28
        high = (byte & 127) >> 4
      } else high |= (byte & 127) << (shift - 32)
      if (byte < 128) {
        this.low = low
        this.high = high
        return
      }
    }
    throw new Fault('a varint of more than ten bytes')
  }

  /** Little-endian; signed. */
  fixed32(): number {
    this.take(4)
    return join.getInt32(0, true)
  }

  fixed64(): bigint {
    this.take(8)
    return join.getBigUint64(0, true)
  }

  sfixed64(): bigint {
    this.take(8)
    return join.getBigInt64(0, true)
  }

  float(): number {
    this.take(4)
    return join.getFloat32(0, true)
  }

  double(): number {
    this.take(8)
    return join.getFloat64(0, true)
  }

  private take(count: number): void {
    const { bytes, position } = this
    if (position + count > this.end) throw truncated()
    for (let at = 0; at < count; at++) joinBytes[at] = bytes[position + at] as number
    this.position = position + count
  }

  /** Where what stands behind its length ends. */
  until(): number {
    const end = this.length() + this.position
    if (end > this.end)
      throw new Fault(`a length of ${end - this.position} bytes, but only ${this.end - this.position} follow`)
    return end
  }

  private length(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return byte
      }
    }
    this.varint()
    return (this.high >>> 0) * 2 ** 32 + (this.low >>> 0)
  }

  /** Makes `end` that of what stands behind its length. @returns what `end` was, to be set again */
  enter(): number {
    const outer = this.end
    this.end = this.until()
    return outer
  }

  /** A copy; or a view where the bytes may be kept and it is most of them, so that little else is kept with it. */
  blob(): Uint8Array {
    const end = this.until()
    if (this.isOwn && 2 * (end - this.position) > this.bytes.length) {
      const view = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.position, end - this.position)
      this.position = end
      return view
    }
    const blob = newBlob(end - this.position)
    blob.set(this.bytes.subarray(this.position, end))
    this.position = end
    return blob
  }

  string(): string {
    const end = this.until()
    const start = this.position
    this.position = end
    if (end - start <= longestShort && isAscii(this.bytes, start, end)) {
      if (end > this.textEnd) this.moveText(start)
      return this.text.substring(start - this.textStart, end - this.textStart)
    }
    const text = utf8Slice.call(this.bytes, start, end)
    if (!text.includes('\ufffd') || isUtf8(this.bytes.subarray(start, end))) return text
    throw new Fault('expected string, got bytes that are no UTF-8')
  }

  /** Nothing in front of `start` is read again. */
  private moveText(start: number): void {
    this.textStart = start
    this.textEnd = Math.min(this.bytes.length, start + windowSize)
    this.text = latin1Slice.call(this.bytes, start, this.textEnd)
  }

  /** Passes over the value of a field, groups included. */
  skip(tag: number, depth: number): void {
    const wire = tag & 7
    if (wire === 0) this.varint()
    else if (wire === 1) this.pass(8)
    else if (wire === 2) this.position = this.until()
    else if (wire === 3) this.skipGroup(tag, depth)
    else if (wire === 5) this.pass(4)
    else
      throw new Fault(wire === 4 ? 'the end of a group that did not begin' : `wire type ${wire}, which does not exist`)
  }

  private skipGroup(start: number, depth: number): void {
    if (depth <= 0) throw new Fault('groups nested too deep')
    for (;;) {
      const tag = this.tag()
      if (tag === start + 1) return
      this.skip(tag, depth - 1)
    }
  }

  private pass(count: number): void {
    if (this.position + count > this.end) throw truncated()
    this.position += count
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0
  for (let at = start; at < end; at++) bits |= bytes[at] as number
  return bits < 128
}

function truncated(): Fault {
  return new Fault('the message ends within a value')
}
