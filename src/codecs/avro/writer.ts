import { Fault } from '../values/fault.js'

const slabSize = 64 * 1024
/** Less room than this at a slab's end is given up. */
const usefulRest = 2048
const maxSpare = 16
const maxLength = 2 ** 31 - 1
/** Characters up to which a loop beats a call into Node. */
const longestShort = 48

/** Slabs whose end is free, for the next writer: bytes that were handed out are never written over, and an idle writer holds none. */
const spare: Room[] = []
interface Room {
  readonly bytes: Buffer
  readonly at: number
}
const none = Buffer.alloc(0)
const split = new DataView(new ArrayBuffer(8))

/**
 * Writes Avro's binary encoding, messages one behind the other, until `take` hands out what has gathered.
 * Source: Avro specification, "Binary Encoding".
 */
export class AvroWriter {
  bytes: Buffer = none
  at = 0
  private start = 0

  /** Bytes gathered. Also a mark for `rewind` and `patch`, which stays right wherever the bytes move. */
  get length(): number {
    return this.at - this.start
  }

  /** The bytes gathered, which the writer will not touch again. */
  take(): Buffer {
    const taken = this.bytes.subarray(this.start, this.at)
    this.giveBack(this.at)
    return taken
  }

  /** Drops what was written since `length` was `mark`. */
  rewind(mark: number): void {
    this.at = this.start + mark
    if (mark === 0) this.giveBack(this.start)
  }

  /** Sets a big-endian 32-bit integer that was left open by `fixed32`. */
  patch(mark: number, value: number): void {
    this.bytes.writeInt32BE(value, this.start + mark)
  }

  private giveBack(at: number): void {
    const { bytes } = this
    if (bytes.length - at >= usefulRest && spare.length < maxSpare) spare.push({ bytes, at })
    this.bytes = none
    this.at = this.start = 0
  }

  ensure(count: number): void {
    if (this.bytes.length - this.at < count) this.grow(count)
  }

  private grow(count: number): void {
    const used = this.length
    if (used + count > maxLength) throw new Fault('the message is larger than 2 GiB')
    const room = used === 0 && count <= usefulRest ? spare.pop() : undefined
    if (room !== undefined) {
      this.bytes = room.bytes
      this.start = this.at = room.at
      return
    }
    const grown = Buffer.allocUnsafeSlow(Math.max(slabSize, Math.min(maxLength, 2 * (used + count))))
    grown.set(this.bytes.subarray(this.start, this.at))
    this.bytes = grown
    this.start = 0
    this.at = used
  }

  /** Big-endian, as framing has it. */
  fixed32(value: number): void {
    this.ensure(4)
    const { bytes } = this
    bytes[this.at++] = value >>> 24
    bytes[this.at++] = value >>> 16
    bytes[this.at++] = value >>> 8
    bytes[this.at++] = value
  }

  /** As they are, without a length. */
  raw(value: Uint8Array): void {
    this.ensure(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  boolean(value: boolean): void {
    this.ensure(1)
    this.bytes[this.at++] = value ? 1 : 0
  }

  /** An `int`, or a `long` within 32 bits. */
  int(value: number): void {
    this.ensure(5)
    const { bytes } = this
    let rest = (value << 1) ^ (value >> 31)
    while ((rest & ~127) !== 0) {
      bytes[this.at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[this.at++] = rest
  }

  /** A `long` of a safe integer. */
  long(value: number): void {
    if ((value | 0) === value) this.int(value)
    else this.zigzag(value | 0, Math.floor(value / 2 ** 32) | 0)
  }

  bigLong(value: bigint): void {
    split.setBigInt64(0, value)
    this.zigzag(split.getInt32(4), split.getInt32(0))
  }

  private zigzag(low: number, high: number): void {
    this.ensure(10)
    const { bytes } = this
    const sign = high >> 31
    let upper = (((high << 1) | (low >>> 31)) ^ sign) >>> 0
    let lower = ((low << 1) ^ sign) >>> 0
    while (upper !== 0) {
      bytes[this.at++] = (lower & 127) | 128
      lower = ((lower >>> 7) | (upper << 25)) >>> 0
      upper >>>= 7
    }
    while (lower > 127) {
      bytes[this.at++] = (lower & 127) | 128
      lower >>>= 7
    }
    bytes[this.at++] = lower
  }

  /** A decimal of scale 0: big-endian two's complement, in as few bytes as do, as `bytes`. @param value not negative, of 64 bits */
  decimal(value: bigint): void {
    split.setBigUint64(0, value)
    let first = 0
    while (first < 7 && split.getUint8(first) === 0) first++
    const sign = split.getUint8(first) > 127 ? 1 : 0
    this.int(8 - first + sign)
    this.ensure(9)
    if (sign === 1) this.bytes[this.at++] = 0
    for (; first < 8; first++) this.bytes[this.at++] = split.getUint8(first)
  }

  float(value: number): void {
    this.ensure(4)
    this.at = this.bytes.writeFloatLE(value, this.at)
  }

  double(value: number): void {
    this.ensure(8)
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  blob(value: Uint8Array): void {
    this.int(value.length)
    this.raw(value)
  }

  /** A lone surrogate becomes U+FFFD, as in every text that Node encodes. */
  string(value: string): void {
    const { length } = value
    if (length > longestShort) {
      this.longString(value)
      return
    }
    this.ensure(length + 1)
    const { bytes } = this
    let at = this.at
    bytes[at++] = length << 1
    for (let index = 0; index < length; index++) {
      const char = value.charCodeAt(index)
      if (char > 127) {
        this.longString(value)
        return
      }
      bytes[at++] = char
    }
    this.at = at
  }

  private longString(value: string): void {
    const length = Buffer.byteLength(value)
    this.int(length)
    this.ensure(length)
    this.at += this.bytes.write(value, this.at, length)
  }
}
