import { ByteWriter, longestShort } from '../bytes/byte-writer.js'
import { halfPair } from '../values/fault.js'

const [comma, quote, minus, backslash] = [0x2c, 0x22, 0x2d, 0x5c]

/** Writes JSON as UTF-8. */
export class JsonWriter extends ByteWriter {
  /** Follows every element of a list and every entry of an object. */
  comma(): void {
    this.byte(comma)
  }

  /** Replaces the comma after the last element, if there is one, with the closing bracket. */
  close(bracket: number): void {
    if (this.bytes[this.position - 1] === comma) this.position--
    this.byte(bracket)
  }

  /** A string. @throws Fault for a lone surrogate */
  text(value: string): void {
    if (value.length <= longestShort && this.shortText(value)) return
    if (!value.isWellFormed()) throw halfPair()
    this.json(JSON.stringify(value))
  }

  /** @returns false, with nothing written, if a character must be escaped */
  private shortText(value: string): boolean {
    const { length } = value
    this.reserve(3 * length + 2)
    const { bytes } = this
    let at = this.position
    bytes[at++] = quote
    for (let index = 0; index < length; index++) {
      const char = value.charCodeAt(index)
      if (char < 0x20 || char === quote || char === backslash || (char >= 0xd800 && char <= 0xdfff)) return false
      if (char < 0x80) bytes[at++] = char
      else {
        if (char < 0x800) bytes[at++] = 0xc0 | (char >> 6)
        else {
          bytes[at++] = 0xe0 | (char >> 12)
          bytes[at++] = 0x80 | ((char >> 6) & 0x3f)
        }
        bytes[at++] = 0x80 | (char & 0x3f)
      }
    }
    bytes[at++] = quote
    this.position = at
    return true
  }

  /** Text that is already JSON. */
  json(text: string): void {
    this.utf8(text, Buffer.byteLength(text))
  }

  /** Text that is already JSON, and ASCII. */
  ascii(text: string): void {
    if (!this.shortAscii(text, 0)) this.utf8(text, text.length)
  }

  /** ASCII in quotes, with nothing to escape. */
  quoted(ascii: string): void {
    this.byte(quote)
    this.ascii(ascii)
    this.byte(quote)
  }

  /** @param value a safe integer */
  integer(value: number): void {
    this.reserve(17)
    if (value < 0) this.bytes[this.position++] = minus
    const positive = value < 0 ? -value : value
    if (positive < 1e9) this.digits(positive, length(positive))
    else {
      const billions = Math.floor(positive / 1e9)
      this.digits(billions, length(billions))
      this.digits(positive % 1e9, 9)
    }
  }

  /** @param value below 10^9 */
  private digits(value: number, length: number): void {
    const { bytes, position } = this
    let rest = value
    for (let at = position + length - 1; at >= position; at--) {
      const tens = (rest / 10) | 0
      bytes[at] = 0x30 + rest - 10 * tens
      rest = tens
    }
    this.position += length
  }

  /** A 64-bit integer, in quotes. */
  long(value: bigint): void {
    const number = Number(value)
    this.byte(quote)
    if (Number.isSafeInteger(number)) this.integer(number)
    else this.ascii(String(value))
    this.byte(quote)
  }

  /** Puts quotes around the bytes after the first `size`, unless they have them. */
  quoteSince(size: number): void {
    const start = this.position - (this.size - size)
    if (this.bytes[start] === quote) return
    this.reserve(2)
    const moved = this.position - (this.size - size)
    this.bytes.copyWithin(moved + 1, moved, this.position)
    this.bytes[moved] = quote
    this.bytes[this.position + 1] = quote
    this.position += 2
  }
}

/** Digits of an integer below 10^9. */
function length(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4
  if (value < 1_000_000) return value < 100_000 ? 5 : 6
  return value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9
}
