import { ByteWriter } from './byte-writer.js'
import { utf8Length } from './utf8.js'

const split = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8))

/** Writes varints (seven bits of an integer per byte, the lowest first), zigzag integers and little-endian floats. */
export class VarintWriter extends ByteWriter {
  /** @param value 0 to 2^32 - 1 */
  varint(value: number): void {
    this.reserve(5)
    const { bytes } = this
    let at = this.position
    while (value > 127) {
      bytes[at++] = (value & 127) | 128
      value >>>= 7
    }
    bytes[at++] = value
    this.position = at
  }

  /** 64 bits in two halves, each 0 to 2^32 - 1. */
  protected varint64(low: number, high: number): void {
    this.reserve(10)
    const { bytes } = this
    let at = this.position
    while (high !== 0) {
      bytes[at++] = (low & 127) | 128
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    while (low > 127) {
      bytes[at++] = (low & 127) | 128
      low >>>= 7
    }
    bytes[at++] = low
    this.position = at
  }

  /** 64 bits in two halves, each a signed 32-bit integer. */
  protected zigzag(low: number, high: number): void {
    const sign = high >> 31
    this.varint64(((low << 1) ^ sign) >>> 0, (((high << 1) | (low >>> 31)) ^ sign) >>> 0)
  }

  /** @param value a signed 32-bit integer */
  zigzag32(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** Writes the lowest 64 bits. */
  zigzag64(value: bigint): void {
    split.setBigInt64(0, value)
    this.zigzag(split.getInt32(4), split.getInt32(0))
  }

  /** Writes the lowest 64 bits. */
  uint64(value: bigint): void {
    split.setBigInt64(0, value)
    this.varint64(split.getUint32(4), split.getUint32(0))
  }

  /** UTF-8 after its length in bytes. @throws Fault for a lone surrogate */
  string(value: string): void {
    if (this.shortAscii(value, 1)) {
      this.bytes[this.position - value.length - 1] = value.length
      return
    }
    const length = utf8Length(value)
    this.varint(length)
    this.utf8(value, length)
  }

  /** Little-endian. */
  float(value: number): void {
    this.reserve(4)
    this.view.setFloat32(this.position, value, true)
    this.position += 4
  }

  /** Little-endian. */
  double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  /** Bytes after their length. */
  binary(value: Uint8Array): void {
    this.varint(value.length)
    this.raw(value)
  }
}
