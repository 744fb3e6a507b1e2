import { utf8Length } from '../../bytes/utf8.js'
import { BytesWriter } from '../bytes-writer.js'
import { type ThriftWriter, Wire, type WireType } from '../wire.js'

export const version = 0x8001_0000 | 0

/** Writes Thrift's binary protocol. */
export class BinaryWriter extends BytesWriter implements ThriftWriter {
  /** @param strict whether message headers have a version */
  constructor(
    private readonly strict: boolean,
    headroom?: number,
  ) {
    super(headroom)
  }

  beginMessage(kind: number, name: Uint8Array, sequence: number): void {
    if (this.strict) this.int32(version | kind)
    this.raw(name)
    if (!this.strict) this.byte(kind)
    this.int32(sequence)
  }

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

  beginMap(key: WireType, value: WireType, size: number): void {
    this.byte(key)
    this.byte(value)
    this.int32(size)
  }

  bool(value: boolean): void {
    this.byte(value ? 1 : 0)
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

  override double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.position, value)
    this.position += 8
  }

  override string(value: string): void {
    const { length } = value
    if (this.shortAscii(value, 4)) this.view.setInt32(this.position - length - 4, length)
    else {
      const size = utf8Length(value)
      this.int32(size)
      this.utf8(value, size)
    }
  }

  override binary(value: Uint8Array): void {
    this.int32(value.length)
    this.raw(value)
  }
}
