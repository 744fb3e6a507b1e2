import { BytesWriter } from '../bytes-writer.js'
import { type ThriftWriter, Wire, type WireType } from '../wire.js'

export const protocolId = 0x82
export const version = 1
const none = 255
/** More than any field id. */
const noField = 2 ** 15

/** The format's own numbers of the types. The number of a bool field is also its value: 1 true, 2 false. */
const numbers: readonly number[] = [0, none, 1, 3, 7, none, 4, none, 5, none, 6, 8, 12, 11, 10, 9, 13]

/** Writes Thrift's compact protocol. */
export class CompactWriter extends BytesWriter implements ThriftWriter {
  private lastId = 0
  /** The id of a bool field whose value is not yet known. */
  private boolId = noField

  beginMessage(kind: number, name: Uint8Array, sequence: number): void {
    this.lastId = 0
    this.byte(protocolId)
    this.byte((kind << 5) | version)
    this.varint(sequence >>> 0)
    this.raw(name)
  }

  beginStruct(): number {
    const outer = this.lastId
    this.lastId = 0
    return outer
  }

  field(type: WireType, id: number): void {
    if (type === Wire.bool) this.boolId = id
    else this.fieldOf(numbers[type] as number, id)
  }

  private fieldOf(number: number, id: number): void {
    const delta = id - this.lastId
    this.lastId = id
    if (delta > 0 && delta < 16) this.byte((delta << 4) | number)
    else {
      this.byte(number)
      this.i16(id)
    }
  }

  endStruct(begun: number): void {
    this.byte(Wire.stop)
    this.lastId = begun
  }

  beginList(_type: WireType, element: WireType, size: number): void {
    const number = numbers[element] as number
    if (size < 15) this.byte((size << 4) | number)
    else {
      this.byte(0xf0 | number)
      this.varint(size)
    }
  }

  beginMap(key: WireType, value: WireType, size: number): void {
    this.varint(size)
    if (size > 0) this.byte(((numbers[key] as number) << 4) | (numbers[value] as number))
  }

  bool(value: boolean): void {
    if (this.boolId === noField) this.byte(value ? 1 : 2)
    else {
      this.fieldOf(value ? 1 : 2, this.boolId)
      this.boolId = noField
    }
  }

  i16(value: number): void {
    this.zigzag32(value)
  }

  i32(value: number): void {
    this.zigzag32(value)
  }

  i64(value: bigint): void {
    this.zigzag64(value)
  }

  long(value: number): void {
    this.zigzag(value | 0, Math.floor(value / 2 ** 32))
  }
}
