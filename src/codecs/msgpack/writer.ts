import { ByteWriter } from '../bytes/byte-writer.js'
import { utf8Length } from '../bytes/utf8.js'

/** Writes MessagePack, each value in its shortest form. Source: msgpack/spec.md, "Formats". */
export class PackWriter extends ByteWriter {
  nil(): void {
    this.byte(0xc0)
  }

  bool(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2)
  }

  /** @param value a safe integer */
  integer(value: number): void {
    this.reserve(9)
    const { bytes, view } = this
    let at = this.position
    if (value >= 0) {
      if (value < 0x80) bytes[at++] = value
      else if (value < 0x100) {
        bytes[at++] = 0xcc
        bytes[at++] = value
      } else if (value < 0x10000) {
        bytes[at++] = 0xcd
        view.setUint16(at, value)
        at += 2
      } else if (value < 2 ** 32) {
        bytes[at++] = 0xce
        view.setUint32(at, value)
        at += 4
      } else at = this.int64At(at, value)
    } else if (value >= -0x20) bytes[at++] = value & 0xff
    else if (value >= -0x80) {
      bytes[at++] = 0xd0
      bytes[at++] = value & 0xff
    } else if (value >= -0x8000) {
      bytes[at++] = 0xd1
      view.setInt16(at, value)
      at += 2
    } else if (value >= -(2 ** 31)) {
      bytes[at++] = 0xd2
      view.setInt32(at, value)
      at += 4
    } else at = this.int64At(at, value)
    this.position = at
  }

  private int64At(at: number, value: number): number {
    this.bytes[at] = 0xd3
    this.view.setInt32(at + 1, Math.floor(value / 2 ** 32))
    this.view.setUint32(at + 5, value >>> 0)
    return at + 9
  }

  /** @param value of -2^63 to 2^64 - 1 */
  long(value: bigint): void {
    const number = Number(value)
    if (Number.isSafeInteger(number)) {
      this.integer(number)
      return
    }
    this.reserve(9)
    const fits = value < 2n ** 63n
    this.bytes[this.position] = fits ? 0xd3 : 0xcf
    if (fits) this.view.setBigInt64(this.position + 1, value)
    else this.view.setBigUint64(this.position + 1, value)
    this.position += 9
  }

  float(value: number): void {
    this.reserve(5)
    this.bytes[this.position] = 0xca
    this.view.setFloat32(this.position + 1, value)
    this.position += 5
  }

  double(value: number): void {
    this.reserve(9)
    this.bytes[this.position] = 0xcb
    this.view.setFloat64(this.position + 1, value)
    this.position += 9
  }

  /** @throws Fault for a lone surrogate */
  text(value: string): void {
    const { length } = value
    const head = length < 32 ? 1 : 2
    if (!this.shortAscii(value, head)) this.longText(value)
    else if (head === 1) this.bytes[this.position - length - 1] = 0xa0 | length
    else this.view.setUint16(this.position - length - 2, 0xd900 | length)
  }

  private longText(value: string): void {
    const length = utf8Length(value)
    if (length < 32) this.byte(0xa0 | length)
    else this.sized(length, 0xd9, 0xda)
    this.utf8(value, length)
  }

  bin(value: Uint8Array): void {
    this.sized(value.length, 0xc4, 0xc5)
    this.raw(value)
  }

  /** A size in one byte, in two (format `two`) or in four (the format after that). */
  private sized(size: number, one: number, two: number): void {
    this.reserve(5)
    if (size < 0x100) {
      this.byte(one)
      this.byte(size)
    } else this.wide(size, two)
  }

  private wide(size: number, two: number): void {
    this.reserve(5)
    const { view, position } = this
    if (size < 0x10000) {
      view.setUint8(position, two)
      view.setUint16(position + 1, size)
      this.position += 3
    } else {
      view.setUint8(position, two + 1)
      view.setUint32(position + 1, size)
      this.position += 5
    }
  }

  array(size: number): void {
    if (size < 16) this.byte(0x90 | size)
    else this.wide(size, 0xdc)
  }

  map(size: number): void {
    if (size < 16) this.byte(0x80 | size)
    else this.wide(size, 0xde)
  }

  /** Begins a map whose size is not yet known. @param most entries at most @returns the argument of `closeMap` */
  openMap(most: number): number {
    const opened = this.size
    if (most < 16) this.byte(0x80)
    else this.wide(0x100, 0xde)
    return opened
  }

  /** @param most as for `openMap`, below 2^16 */
  closeMap(opened: number, size: number, most: number): void {
    const at = this.position - this.size + opened
    if (most < 16) this.bytes[at] = 0x80 | size
    else this.view.setUint16(at + 1, size)
  }

  /**
   * The extension type -1, in 4, 8 or 12 bytes. Source: msgpack/spec.md, "Timestamp extension type".
   * @param seconds since 1970, of either sign
   * @param nanos 0 to 999,999,999
   */
  timestamp(seconds: number, nanos: number): void {
    this.reserve(15)
    const { view, position: at } = this
    if (seconds < 0 || seconds >= 2 ** 34) {
      view.setUint16(at, 0xc70c)
      view.setUint8(at + 2, 0xff)
      view.setUint32(at + 3, nanos)
      view.setInt32(at + 7, Math.floor(seconds / 2 ** 32))
      view.setUint32(at + 11, seconds >>> 0)
      this.position += 15
    } else if (nanos === 0 && seconds < 2 ** 32) {
      view.setUint16(at, 0xd6ff)
      view.setUint32(at + 2, seconds)
      this.position += 6
    } else {
      view.setUint16(at, 0xd7ff)
      view.setUint32(at + 2, ((nanos << 2) | Math.floor(seconds / 2 ** 32)) >>> 0)
      view.setUint32(at + 6, seconds >>> 0)
      this.position += 10
    }
  }
}
