import { SlabWriter } from '../../bytes/byte-writer.js'
import { type ThriftWriter, Wire, type WireType } from '../wire.js'

/** Characters up to which a loop beats a call into Node. */
const longestShort = 48
export const version = 0x8001_0000 | 0

/** Writes Thrift's binary protocol. */
export class BinaryWriter extends SlabWriter implements ThriftWriter {
  constructor(private readonly strict: boolean) {
    super()
  }

  beginMessage(kind: number, name: Uint8Array, sequence: number): void {
    if (this.strict) this.int32(version | kind)
    this.raw(name)
    if (!this.strict) this.byte(kind)
    this.int32(sequence)
  }

  endMessage(): void {}

  beginStruct(): number {
    return 0
  }

  field(type: WireType, id: number): void {
    this.reserve(3)
    const { bytes, position } = this
    bytes[position] = type
    bytes[position + 1] = id >> 8
    bytes[position + 2] = id
    this.position = position + 3
  }

  endStruct(): void {
    this.byte(Wire.stop)
  }

  beginList(_type: WireType, element: WireType, size: number): void {
    this.byte(element)
    this.int32(size)
  }

  endList(): void {}

  beginMap(key: WireType, value: WireType, size: number): void {
    this.byte(key)
    this.byte(value)
    this.int32(size)
  }

  endMap(): void {}

  bool(value: boolean): void {
    this.byte(value ? 1 : 0)
  }

  i8(value: number): void {
    this.byte(value)
  }

  i16(value: number): void {
    this.reserve(2)
    this.view.setInt16(this.position, value)
    this.position += 2
  }

  i32(value: number): void {
    this.int32(value)
  }

  i64(value: bigint): void {
    this.reserve(8)
    this.view.setBigInt64(this.position, value)
    this.position += 8
  }

  long(value: number): void {
    this.int32(Math.floor(value / 2 ** 32))
    this.int32(value >>> 0)
  }

  double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.position, value)
    this.position += 8
  }

  string(value: string): void {
    const { length } = value
    if (length > longestShort) {
      this.longString(value)
      return
    }
    this.reserve(length + 4)
    const { bytes } = this
    let at = this.position + 4
    for (let index = 0; index < length; index++) {
      const char = value.charCodeAt(index)
      if (char > 127) {
        this.longString(value)
        return
      }
      bytes[at++] = char
    }
    this.view.setInt32(this.position, length)
    this.position = at
  }

  private longString(value: string): void {
    const length = Buffer.byteLength(value)
    this.int32(length)
    this.utf8(value, length)
  }

  binary(value: Uint8Array): void {
    this.int32(value.length)
    this.raw(value)
  }

  uuid(value: string): void {
    this.reserve(16)
    this.position += this.bytes.write(value, this.position, 'hex')
  }
}
