import { isUtf8 } from 'node:buffer'
import { Fault } from '../values/fault.js'
import { ValueCount } from '../values/value-count.js'
import { formatName } from './format.js'

const join = new DataView(new ArrayBuffer(8))
const joinBytes = new Uint8Array(join.buffer)
const { latin1Slice, utf8Slice } = Buffer.prototype
/** Bytes that become one text at once, whose parts strings are: a string that is kept keeps that much. */
const windowSize = 1024
/** Bytes up to which a string is looked for there. */
const longestShort = 256
/** How often the bytes of a message may be read again on average. */
const mostAgain = 4

/** Reads MessagePack. Every method throws a Fault where the bytes end too soon or are of another type. */
export class PackReader {
  readonly values = new ValueCount()
  position = 0
  private readonly end: number
  /** Some of the bytes as Latin-1, which short strings are parts of: that costs a fifth of a call into Node for each. */
  private window = ''
  private windowStart = 0
  private windowEnd = 0

  /** Bytes that may yet be read again. */
  private again: number

  constructor(private readonly bytes: Uint8Array) {
    this.end = bytes.length
    this.again = mostAgain * bytes.length
  }

  /**
   * To read from there again what was not as expected. Values within each other could each be read again with all that is in them, so
   * that is bounded for the whole message.
   */
  goBack(position: number): void {
    this.again -= this.position - position
    if (this.again < 0) throw new Fault('too many values within each other that are not of their type')
    this.position = position
  }

  /** @throws Fault where bytes are left */
  finish(): void {
    if (this.position < this.end) throw new Fault(`${this.end - this.position} bytes are left behind its end`)
  }

  /** The first byte of the next value. */
  peek(): number {
    if (this.position >= this.end) throw truncated()
    return this.bytes[this.position] as number
  }

  /** Passes over a nil, if one comes next. */
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

  /** An integer or a float; a bigint only where it is no safe integer. @param expected for the Fault */
  number(expected: string): number | bigint {
    const head = this.peek()
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
        this.join(4)
        return join.getFloat32(0)
      case 0xcb:
        this.join(8)
        return join.getFloat64(0)
      case 0xcc:
        this.join(1)
        return join.getUint8(0)
      case 0xcd:
        this.join(2)
        return join.getUint16(0)
      case 0xce:
        this.join(4)
        return join.getUint32(0)
      case 0xcf:
        this.join(8)
        return narrowed(join.getUint32(0) * 2 ** 32 + join.getUint32(4)) ?? join.getBigUint64(0)
      case 0xd0:
        this.join(1)
        return join.getInt8(0)
      case 0xd1:
        this.join(2)
        return join.getInt16(0)
      case 0xd2:
        this.join(4)
        return join.getInt32(0)
      case 0xd3:
        this.join(8)
        return narrowed(join.getInt32(0) * 2 ** 32 + join.getUint32(4)) ?? join.getBigInt64(0)
      default:
        throw this.unexpected(expected)
    }
  }

  /** Copies what stands behind the head to where numbers are read from. */
  private join(count: number): void {
    const at = this.position + 1
    if (at + count > this.end) throw truncated()
    for (let index = 0; index < count; index++) joinBytes[index] = this.bytes[at + index] as number
    this.position = at + count
  }

  text(expected: string): string {
    const head = this.peek()
    let length: number
    if (head >= 0xa0 && head < 0xc0) {
      length = head & 31
      this.position++
    } else if (head >= 0xd9 && head <= 0xdb) length = this.size(head - 0xd9)
    else throw this.unexpected(expected)
    return this.utf8(length)
  }

  private utf8(length: number): string {
    const start = this.position
    this.pass(length)
    const end = this.position
    if (length <= longestShort && isAscii(this.bytes, start, end)) {
      if (end > this.windowEnd || start < this.windowStart) this.moveWindow(start)
      return this.window.substring(start - this.windowStart, end - this.windowStart)
    }
    const text = utf8Slice.call(this.bytes, start, end)
    if (!text.includes('\ufffd') || isUtf8(this.bytes.subarray(start, end))) return text
    throw new Fault('expected string, got bytes that are no UTF-8')
  }

  private moveWindow(start: number): void {
    this.windowStart = start
    this.windowEnd = Math.min(this.end, start + windowSize)
    this.window = latin1Slice.call(this.bytes, start, this.windowEnd)
  }

  /** A copy. */
  bin(): Uint8Array {
    const head = this.peek()
    if (head < 0xc4 || head > 0xc6) throw this.unexpected('bytes')
    const length = this.size(head - 0xc4)
    const start = this.position
    this.pass(length)
    return new Uint8Array(this.bytes.subarray(start, this.position))
  }

  /** @returns how many elements follow; never more than the bytes that are left could hold */
  array(expected: string): number {
    const head = this.peek()
    if (head >= 0x90 && head < 0xa0) {
      this.position++
      return this.checkCount(head & 15, 1)
    }
    if (head !== 0xdc && head !== 0xdd) throw this.unexpected(expected)
    return this.checkCount(this.size(head - 0xdb), 1)
  }

  /** @returns how many entries follow; never more than the bytes that are left could hold */
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

  /** The extension type -1, in milliseconds since 1970. What is finer than a millisecond is cut off. */
  timestamp(): number {
    const { bytes, position: at } = this
    const head = this.peek()
    const type = bytes[at + (head === 0xc7 ? 2 : 1)]
    if (type !== 0xff) throw this.unexpected('timestamp')
    if (head === 0xd6) {
      this.position++
      this.join(4)
      return join.getUint32(0) * 1000
    }
    if (head === 0xd7) {
      this.position++
      this.join(8)
      const nanos = join.getUint32(0) >>> 2
      return instant((join.getUint32(0) & 3) * 2 ** 32 + join.getUint32(4), nanos)
    }
    if (head !== 0xc7 || bytes[at + 1] !== 12) throw this.unexpected('timestamp')
    this.position += 2
    this.join(4)
    const nanos = join.getUint32(0)
    this.position--
    this.join(8)
    return instant(join.getInt32(0) * 2 ** 32 + join.getUint32(4), nanos)
  }

  /** Whether exactly these bytes come next; then they are passed over. */
  follows(expected: Uint8Array): boolean {
    const { bytes, position } = this
    const { length } = expected
    if (position + length > this.end) return false
    for (let at = 0; at < length; at++) if (bytes[position + at] !== expected[at]) return false
    this.position = position + length
    return true
  }

  /** Passes over one value, however it is nested, without recursion. */
  skip(): void {
    for (let left = 1; left > 0; left--) left += this.skipHead()
  }

  /** @returns how many values belong to what it has passed over the head of */
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

  /** Reads the size behind a head. @param width 0, 1, 2: of one, two or four bytes */
  private size(width: number): number {
    if (width === 0) {
      this.join(1)
      return join.getUint8(0)
    }
    if (width === 1) {
      this.join(2)
      return join.getUint16(0)
    }
    this.join(4)
    return join.getUint32(0)
  }

  private pass(count: number): void {
    if (count > this.end - this.position) throw truncated()
    this.position += count
  }

  unexpected(expected: string): Fault {
    return new Fault(`expected ${expected}, got ${formatName(this.peek())}`)
  }
}

/** Bytes behind the heads 0xca to 0xd3. */
const fixedSizes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]

function narrowed(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined
}

function instant(seconds: number, nanos: number): number {
  if (nanos > 999_999_999) throw new Fault('a timestamp of more than 999,999,999 nanoseconds')
  return seconds * 1000 + Math.floor(nanos / 1e6)
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0
  for (let at = start; at < end; at++) bits |= bytes[at] as number
  return bits < 128
}

function truncated(): Fault {
  return new Fault('the message ends within a value')
}
