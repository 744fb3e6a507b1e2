import { VarintWriter } from '../bytes/varint-writer.js'

/** Writes one message in protobuf's binary format. */
export class Writer extends VarintWriter {
  /** A field with a short ASCII text. @returns false, with nothing written, for another text */
  shortField(tag: number, value: string): boolean {
    if (tag > 127 || !this.shortAscii(value, 2)) return false
    const start = this.position - value.length - 2
    this.bytes[start] = tag
    this.bytes[start + 1] = value.length
    return true
  }

  /** @param value a signed 32-bit integer; a negative one takes ten bytes, as if it had 64 bits */
  signed32(value: number): void {
    if (value >= 0) this.varint(value)
    else this.varint64(value >>> 0, 0xffffffff)
  }

  /** A varint of 64 bits. @param value a safe integer */
  safeInteger(value: number): void {
    this.varint64(value >>> 0, Math.floor(value / 2 ** 32) >>> 0)
  }

  fixed32(value: number): void {
    this.reserve(4)
    this.view.setInt32(this.position, value, true)
    this.position += 4
  }

  fixed64(value: bigint): void {
    this.reserve(8)
    this.view.setBigInt64(this.position, value, true)
    this.position += 8
  }

  /**
   * Begins a part that follows its length.
   * @param lengthSize bytes to leave for the length: as many as it will probably need
   * @returns the argument of `close`
   */
  open(lengthSize = 1): number {
    this.reserve(lengthSize)
    this.position += lengthSize
    return this.size
  }

  /** @returns how many bytes the length has taken, for the next `open` of such a part */
  close(opened: number, lengthSize = 1): number {
    const length = this.size - opened
    if (length < 128 && lengthSize === 1) {
      this.bytes[this.position - length - 1] = length
      return 1
    }
    const needed = varintSize(length)
    if (needed !== lengthSize) this.shift(length, needed - lengthSize)
    // Not with `varint`: that reserves room behind the length, where the part already is.
    let at = this.position - length - needed
    let rest = length
    for (; rest > 127; rest >>>= 7) this.bytes[at++] = (rest & 127) | 128
    this.bytes[at] = rest
    return needed
  }

  /** Moves the last `length` bytes. */
  private shift(length: number, by: number): void {
    if (by > 0) this.reserve(by)
    const end = this.position
    this.bytes.copyWithin(end - length + by, end - length, end)
    this.position = end + by
  }
}

/** @param value 0 to 2^31 - 1 */
function varintSize(value: number): number {
  return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5
}
