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

  /** Begins a part that follows its length, and leaves one byte for that. @returns the argument of `close` */
  open(): number {
    this.reserve(1)
    this.position++
    return this.size
  }

  close(opened: number): void {
    const length = this.size - opened
    if (length > 127) this.widenLength(opened, length)
    else this.bytes[this.position - length - 1] = length
  }

  private widenLength(opened: number, length: number): void {
    const extra = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4
    this.reserve(extra)
    const at = this.position - length
    this.bytes.copyWithin(at + extra, at, at + length)
    this.truncate(opened - 1)
    this.varint(length)
    this.position += length
  }
}
