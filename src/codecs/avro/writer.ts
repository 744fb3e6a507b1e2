import { utf8Length } from '../bytes/utf8.js'
import { VarintWriter } from '../bytes/varint-writer.js'

const split = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8))

/** Writes Avro's binary encoding. Source: Avro specification, "Binary Encoding". */
export class AvroWriter extends VarintWriter {
  boolean(value: boolean): void {
    this.byte(value ? 1 : 0)
  }

  /** An `int`, or a `long` within 32 bits. */
  int(value: number): void {
    this.reserve(5)
    const { bytes } = this
    let rest = (value << 1) ^ (value >> 31)
    while ((rest & ~127) !== 0) {
      bytes[this.position++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[this.position++] = rest
  }

  /** A `long`. @param value a safe integer */
  long(value: number): void {
    if ((value | 0) === value) this.int(value)
    else this.zigzag(value | 0, Math.floor(value / 2 ** 32) | 0)
  }

  bigLong(value: bigint): void {
    this.zigzag64(value)
  }

  /** A decimal of scale 0, as `bytes`: big-endian two's complement in as few bytes as possible. @param value 0 to 2^64 - 1 */
  decimal(value: bigint): void {
    split.setBigUint64(0, value)
    let first = 0
    while (first < 7 && split.getUint8(first) === 0) first++
    const sign = split.getUint8(first) > 127 ? 1 : 0
    this.int(8 - first + sign)
    this.reserve(9)
    if (sign === 1) this.bytes[this.position++] = 0
    for (; first < 8; first++) this.bytes[this.position++] = split.getUint8(first)
  }

  blob(value: Uint8Array): void {
    this.int(value.length)
    this.raw(value)
  }

  override string(value: string): void {
    if (this.shortAscii(value, 1)) {
      this.bytes[this.position - value.length - 1] = value.length << 1
      return
    }
    const length = utf8Length(value)
    this.int(length)
    this.utf8(value, length)
  }
}
