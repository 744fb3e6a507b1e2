import { ByteReader, EndsTooSoon } from '../bytes/byte-reader.js'
import { Fault } from '../values/fault.js'
import { formatName } from './format.js'

/** How often the bytes of a message may be read again on average. */
const mostAgain = 4

/** Reads MessagePack. Every method throws a Fault also if the next value is of another type. */
export class PackReader extends ByteReader {
  /** Bytes that may still be read again. */
  private again: number

  constructor(bytes: Uint8Array) {
    super(bytes, 0, bytes.length)
    this.again = mostAgain * bytes.length
  }

  override restart(bytes: Uint8Array): void {
    super.restart(bytes)
    this.again = mostAgain * bytes.length
  }

  /**
   * Goes back to read a value of an unexpected type again. Nested values could each be read again with everything in them, so the bytes
   * read again are limited for the whole message.
   */
  goBack(position: number): void {
    this.again -= this.position - position
    if (this.again < 0) throw new Fault('too many values within each other that are not of their type')
    this.position = position
  }

  /** The first byte of the next value. */
  peek(): number {
    if (this.position >= this.end) throw new EndsTooSoon()
    return this.bytes[this.position] as number
  }

  /** Steps over a nil, if one comes next. */
  nil(): boolean {
    if (this.peek() !== 0xc0) return false
    this.position++
    return true
  }

  bool(): boolean {
    const head = this.peek()
    if (head !== 0xc2 && head !== 0xc3) throw this.unexpected('bool')
    this.position++
    return head === 0xc3
  }

  /** An integer from 0 to 127, which every type of integers has; -1 if none comes next. */
  smallInteger(): number {
    const head = this.peek()
    if (head >= 0x80) return -1
    this.position++
    return head
  }

  /** An integer or a float; a bigint only if it is not a safe integer. @param expected for the Fault */
  number(expected: string): number | bigint {
    const head = this.peek()
    let bits: DataView
    if (head < 0x80) {
      this.position++
      return head
    }
    if (head >= 0xe0) {
      this.position++
      return head - 0x100
    }
    switch (head) {
      case 0xca:
        return this.join(4).getFloat32(0)
      case 0xcb:
        return this.join(8).getFloat64(0)
      case 0xcc:
        return this.join(1).getUint8(0)
      case 0xcd:
        return this.join(2).getUint16(0)
      case 0xce:
        return this.join(4).getUint32(0)
      case 0xcf:
        bits = this.join(8)
        return narrowed(bits.getUint32(0) * 2 ** 32 + bits.getUint32(4)) ?? bits.getBigUint64(0)
      case 0xd0:
        return this.join(1).getInt8(0)
      case 0xd1:
        return this.join(2).getInt16(0)
      case 0xd2:
        return this.join(4).getInt32(0)
      case 0xd3:
        bits = this.join(8)
        return narrowed(bits.getInt32(0) * 2 ** 32 + bits.getUint32(4)) ?? bits.getBigInt64(0)
      default:
        throw this.unexpected(expected)
    }
  }

  /** Steps over the head and loads the `count` bytes after it. */
  private join(count: number): DataView {
    this.position++
    return this.load(count)
  }

  text(expected: string): string {
    const head = this.peek()
    let length: number
    if (head >= 0xa0 && head < 0xc0) {
      length = head & 31
      this.position++
    } else if (head >= 0xd9 && head <= 0xdb) length = this.size(head - 0xd9)
    else throw this.unexpected(expected)
    const start = this.position
    this.pass(length)
    return this.window.decode(start, start + length)
  }

  /** A copy. */
  bin(): Uint8Array {
    const head = this.peek()
    if (head < 0xc4 || head > 0xc6) throw this.unexpected('bytes')
    return this.copy(this.size(head - 0xc4))
  }

  /** @returns the number of elements; never more than the bytes left could hold */
  array(expected: string): number {
    const head = this.peek()
    if (head >= 0x90 && head < 0xa0) {
      this.position++
      return this.checkCount(head & 15, 1)
    }
    if (head !== 0xdc && head !== 0xdd) throw this.unexpected(expected)
    return this.checkCount(this.size(head - 0xdb), 1)
  }

  /** @returns the number of entries; never more than the bytes left could hold */
  map(expected: string): number {
    const head = this.peek()
    if (head >= 0x80 && head < 0x90) {
      this.position++
      return this.checkCount(head & 15, 2)
    }
    if (head !== 0xde && head !== 0xdf) throw this.unexpected(expected)
    return this.checkCount(this.size(head - 0xdd), 2)
  }

  private checkCount(count: number, least: number): number {
    if (count * least > this.end - this.position)
      throw new Fault(`a size of ${count}, but only ${this.end - this.position} bytes follow`)
    return count
  }

  /** The extension type -1, in milliseconds since 1970. Digits below a millisecond are dropped. */
  timestamp(): number {
    const { bytes, position: at } = this
    const head = this.peek()
    const type = bytes[at + (head === 0xc7 ? 2 : 1)]
    if (type !== 0xff) throw this.unexpected('timestamp')
    if (head === 0xd6 || head === 0xd7) this.position += 2
    else if (head === 0xc7 && bytes[at + 1] === 12) this.position += 3
    else throw this.unexpected('timestamp')
    if (head === 0xd6) return this.load(4).getUint32(0) * 1000
    if (head === 0xd7) {
      const bits = this.load(8)
      return instant((bits.getUint32(0) & 3) * 2 ** 32 + bits.getUint32(4), bits.getUint32(0) >>> 2)
    }
    const nanos = this.load(4).getUint32(0)
    const bits = this.load(8)
    return instant(bits.getInt32(0) * 2 ** 32 + bits.getUint32(4), nanos)
  }

  /** Steps over these bytes if they come next. @returns whether they did */
  follows(expected: Uint8Array): boolean {
    const { bytes, position } = this
    const { length } = expected
    if (position + length > this.end) return false
    for (let at = 0; at < length; at++) if (bytes[position + at] !== expected[at]) return false
    this.position = position + length
    return true
  }

  /** Steps over one value, without recursion however deep it is. */
  skip(): void {
    for (let left = 1; left > 0; left--) left += this.skipHead()
  }

  /** Steps over the head of a value. @returns the number of values within it */
  private skipHead(): number {
    const head = this.peek()
    if (head < 0x80 || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) this.position++
    else if (head < 0x90) return 2 * this.map('')
    else if (head < 0xa0 || head === 0xdc || head === 0xdd) return this.array('')
    else if (head < 0xc0) {
      this.position++
      this.pass(head & 31)
    } else if (head === 0xde || head === 0xdf) return 2 * this.map('')
    else if (head >= 0xc4 && head <= 0xc6) this.pass(this.size(head - 0xc4))
    else if (head >= 0xd9 && head <= 0xdb) this.pass(this.size(head - 0xd9))
    else if (head >= 0xc7 && head <= 0xc9) this.pass(1 + this.size(head - 0xc7))
    else if (head >= 0xd4 && head <= 0xd8) this.pass(2 + 2 ** (head - 0xd4))
    else if (head === 0xc1) throw new Fault('the byte 0xc1, which has no meaning')
    else this.pass(1 + (fixedSizes[head - 0xca] as number))
    return 0
  }

  /** Reads the size after a head. @param width 0, 1 or 2: one, two or four bytes */
  private size(width: number): number {
    if (width === 0) return this.join(1).getUint8(0)
    return width === 1 ? this.join(2).getUint16(0) : this.join(4).getUint32(0)
  }

  unexpected(expected: string): Fault {
    return new Fault(`expected ${expected}, got ${formatName(this.peek())}`)
  }
}

/** Bytes after the heads 0xca to 0xd3. */
const fixedSizes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]

function narrowed(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined
}

function instant(seconds: number, nanos: number): number {
  if (nanos > 999_999_999) throw new Fault('a timestamp of more than 999,999,999 nanoseconds')
  return seconds * 1000 + Math.floor(nanos / 1e6)
}
