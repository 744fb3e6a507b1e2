import { EndsTooSoon } from '../bytes/byte-reader.js'
import { VarintReader } from '../bytes/varint-reader.js'
import { Fault } from '../values/fault.js'

const { latin1Slice } = Buffer.prototype
/** Limit on the values without bytes (null, an empty record) in the arrays of one message, since no byte pays for them. */
const maxEmpty = 10_000

/**
 * Reads Avro's binary encoding. No method allocates ahead of the bytes that arrived. Source: Avro specification, "Binary Encoding".
 */
export class AvroReader extends VarintReader {
  private empty = maxEmpty

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    super(bytes, start, end)
  }

  override restart(bytes: Uint8Array): void {
    super.restart(bytes)
    this.empty = maxEmpty
  }

  get left(): number {
    return this.end - this.position
  }

  /** Another reader at the same position. */
  fork(): AvroReader {
    return new AvroReader(this.bytes, this.position, this.end)
  }

  /** Call it for every array element that took no bytes, and for every empty record that was skipped. */
  countEmpty(): void {
    if (--this.empty < 0) throw new Fault(`more than ${maxEmpty} values without bytes`)
  }

  boolean(): boolean {
    if (this.position >= this.end) throw new EndsTooSoon()
    const byte = this.bytes[this.position++] as number
    if (byte > 1) throw new Fault(`expected boolean, got byte ${byte}`)
    return byte === 1
  }

  /** An `int`, or a `long` that fits 32 bits. */
  int(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return (byte >> 1) ^ -(byte & 1)
      }
    }
    const value = this.zigzag()
    if (this.high !== value >> 31) throw new Fault('expected int, got one of more than 32 bits')
    return value
  }

  /** A `long` that a number holds exactly. */
  long(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return (byte >> 1) ^ -(byte & 1)
      }
    }
    const value = this.rounded(this.zigzag())
    if (!Number.isSafeInteger(value)) throw new Fault('expected a whole number below 2^53')
    return value
  }

  bigLong(): bigint {
    return this.signed(this.zigzag())
  }

  /** A `long` as the nearest double. */
  longAsDouble(): number {
    return this.rounded(this.zigzag())
  }

  private zigzag(): number {
    return this.unzigzag(this.varint64())
  }

  /** A length. @throws Fault if fewer bytes follow */
  size(): number {
    const length = this.long()
    if (length < 0 || length > this.left) throw new Fault(`a length of ${length} bytes, but only ${this.left} follow`)
    return length
  }

  skip(count: number): void {
    this.pass(count)
  }

  skipVarint(): void {
    this.varint64()
  }

  /** A copy of the next bytes. */
  raw(count: number): Uint8Array {
    return this.copy(count)
  }

  blob(): Uint8Array {
    return this.raw(this.size())
  }

  /** Big-endian two's complement. @param length of the bytes that follow @param most bytes, since long ones take longer than linear */
  decimal(length: number, most = 16): bigint {
    const start = this.position
    this.skip(length)
    if (length > most) throw new Fault(`a decimal of more than ${most} bytes`)
    let value = 0n
    for (let at = start; at < this.position; at++) value = (value << 8n) | BigInt(this.bytes[at] as number)
    return BigInt.asIntN(8 * length, value)
  }

  string(): string {
    return this.utf8(this.size())
  }

  /** A length and that many bytes as Latin-1. */
  latin1(): string {
    const length = this.size()
    const from = this.position
    this.position = from + length
    return latin1Slice.call(this.bytes, from, this.position)
  }

  /**
   * The number of elements in the next block of an array or a map; 0 at its end. A negative count is followed by the block's size in bytes.
   * Source: Avro specification, "Arrays".
   */
  block(): number {
    const count = this.long()
    if (count >= 0) return count
    this.size()
    return -count
  }
}
