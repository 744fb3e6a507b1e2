import { TextWindow } from '../bytes/text-window.js'
import { Fault } from '../values/fault.js'
import { ValueCount } from '../values/value-count.js'

const join = new DataView(new ArrayBuffer(8))
const joinBytes = new Uint8Array(join.buffer)
const { latin1Slice } = Buffer.prototype
/** Values without bytes (null, an empty record) that one message may hold in its arrays, since nothing that arrived pays for them. */
const maxEmpty = 10_000

/**
 * Reads Avro's binary encoding. Every method throws a Fault where the bytes end too soon or are not of the form; none allocates ahead of bytes
 * that are there. Source: Avro specification, "Binary Encoding".
 */
export class AvroReader extends TextWindow {
  readonly values = new ValueCount()
  at: number
  /** The last varint's lower and upper 32 bits, zigzag undone; of either sign. */
  private low = 0
  private high = 0
  private empty = maxEmpty

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    super(bytes, end)
    this.at = start
  }

  get left(): number {
    return this.end - this.at
  }

  /** Another reader at the same place, which leaves this one where it is. */
  fork(): AvroReader {
    return new AvroReader(this.bytes, this.at, this.end)
  }

  /** @throws Fault unless everything has been read */
  finish(): void {
    if (this.at !== this.end) throw new Fault(`${this.end - this.at} bytes behind its end`)
  }

  /** To be told of every element of an array that took no bytes, and of every empty record that is passed over. */
  countEmpty(): void {
    if (--this.empty < 0) throw new Fault(`more than ${maxEmpty} values without bytes`)
  }

  boolean(): boolean {
    if (this.at >= this.end) throw truncated()
    const byte = this.bytes[this.at++] as number
    if (byte > 1) throw new Fault(`expected boolean, got byte ${byte}`)
    return byte === 1
  }

  /** An `int`, or a `long`, that fits 32 bits. */
  int(): number {
    if (this.at < this.end) {
      const byte = this.bytes[this.at] as number
      if (byte < 128) {
        this.at++
        return (byte >> 1) ^ -(byte & 1)
      }
    }
    this.varint()
    if (this.high !== this.low >> 31) throw new Fault('expected int, got one of more than 32 bits')
    return this.low
  }

  /** A `long` that a number holds exactly. */
  long(): number {
    if (this.at < this.end) {
      const byte = this.bytes[this.at] as number
      if (byte < 128) {
        this.at++
        return (byte >> 1) ^ -(byte & 1)
      }
    }
    this.varint()
    const value = this.high * 2 ** 32 + (this.low >>> 0)
    if (!Number.isSafeInteger(value)) throw new Fault('expected a whole number below 2^53')
    return value
  }

  bigLong(): bigint {
    this.varint()
    join.setInt32(0, this.high)
    join.setInt32(4, this.low)
    return join.getBigInt64(0)
  }

  /** A `long` as the nearest double. */
  longAsDouble(): number {
    this.varint()
    return this.high * 2 ** 32 + (this.low >>> 0)
  }

  private varint(): void {
    const { bytes, end } = this
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) throw truncated()
      const byte = bytes[this.at++] as number
      if (shift < 28) low |= (byte & 127) << shift
      else if (shift === 28) {
        low |= (byte & 127) << 28
        high = (byte & 127) >> 4
      } else high |= (byte & 127) << (shift - 32)
      if (byte < 128) {
        if (shift === 63 && byte > 1) break
        const sign = -(low & 1)
        this.low = ((low >>> 1) | (high << 31)) ^ sign
        this.high = (high >>> 1) ^ sign
        return
      }
    }
    throw new Fault('an integer of more than 64 bits')
  }

  float(): number {
    this.copy(4)
    return join.getFloat32(0, true)
  }

  double(): number {
    this.copy(8)
    return join.getFloat64(0, true)
  }

  private copy(count: number): void {
    const { bytes, at } = this
    if (count > this.end - at) throw truncated()
    for (let index = 0; index < count; index++) joinBytes[index] = bytes[at + index] as number
    this.at = at + count
  }

  /** A length, of that many bytes which are there. */
  size(): number {
    const length = this.long()
    if (length < 0 || length > this.end - this.at)
      throw new Fault(`a length of ${length} bytes, but only ${this.end - this.at} follow`)
    return length
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw truncated()
    this.at += count
  }

  skipVarint(): void {
    this.varint()
  }

  /** A copy of the next bytes. */
  raw(count: number): Uint8Array {
    const start = this.at
    this.skip(count)
    const copy = new Uint8Array(count)
    copy.set(this.bytes.subarray(start, start + count))
    return copy
  }

  blob(): Uint8Array {
    return this.raw(this.size())
  }

  /** Big-endian two's complement. @param length of the bytes that follow */
  decimal(length: number): bigint {
    const start = this.at
    this.skip(length)
    if (length > 16) throw new Fault('a decimal of more than 16 bytes')
    let value = 0n
    for (let at = start; at < this.at; at++) value = (value << 8n) | BigInt(this.bytes[at] as number)
    return BigInt.asIntN(8 * length, value)
  }

  string(): string {
    const length = this.size()
    const from = this.at
    this.at = from + length
    return this.utf8(from, this.at)
  }

  /** A length and that many bytes, each as a character. */
  latin1(): string {
    const length = this.size()
    const from = this.at
    this.at = from + length
    return latin1Slice.call(this.bytes, from, this.at)
  }

  /**
   * How many elements the next block of an array or a map has; 0: it ends here. A negative count has the block's bytes behind it.
   * Source: Avro specification, "Arrays".
   */
  block(): number {
    const count = this.long()
    if (count >= 0) return count
    this.size()
    return -count
  }
}

function truncated(): Fault {
  return new Fault('the message ends within a value')
}
