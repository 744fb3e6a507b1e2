import { SlabWriter } from '../../bytes/byte-writer.js'
import { type ThriftWriter, Wire, type WireType } from '../wire.js'

/** Characters up to which a loop beats a call into Node, and whose length takes one byte. */
const longestShort = 48
export const protocolId = 0x82
export const version = 1
const none = 255

/** The format's own numbers of the types; a field that is a bool has its value in its type: 1 true, 2 false. */
const numbers: readonly number[] = [0, none, 1, 3, 7, none, 4, none, 5, none, 6, 8, 12, 11, 10, 9, 13]

const split = new DataView(new ArrayBuffer(8))

/** Writes Thrift's compact protocol. */
export class CompactWriter extends SlabWriter implements ThriftWriter {
  private lastId = 0
  /** The field whose header waits for its value; -1: none does. */
  private boolId = -1

  beginMessage(kind: number, name: Uint8Array, sequence: number): void {
    this.lastId = 0
    this.byte(protocolId)
    this.byte((kind << 5) | version)
    this.varint(sequence >>> 0)
    this.raw(name)
  }

  endMessage(): void {}

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

  endList(): void {}

  beginMap(key: WireType, value: WireType, size: number): void {
    this.varint(size)
    if (size > 0) this.byte(((numbers[key] as number) << 4) | (numbers[value] as number))
  }

  endMap(): void {}

  bool(value: boolean): void {
    if (this.boolId < 0) this.byte(value ? 1 : 2)
    else {
      this.fieldOf(value ? 1 : 2, this.boolId)
      this.boolId = -1
    }
  }

  i8(value: number): void {
    this.byte(value)
  }

  i16(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  i32(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  i64(value: bigint): void {
    split.setBigInt64(0, value)
    this.zigzag(split.getInt32(0), split.getInt32(4))
  }

  long(value: number): void {
    this.zigzag(Math.floor(value / 2 ** 32), value | 0)
  }

  private zigzag(high: number, low: number): void {
    const sign = high >> 31
    this.varint64(((low << 1) ^ sign) >>> 0, (((high << 1) | (low >>> 31)) ^ sign) >>> 0)
  }

  double(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  string(value: string): void {
    const { length } = value
    if (length > longestShort) {
      this.longString(value)
      return
    }
    this.reserve(length + 1)
    const { bytes } = this
    let at = this.position + 1
    for (let index = 0; index < length; index++) {
      const char = value.charCodeAt(index)
      if (char > 127) {
        this.longString(value)
        return
      }
      bytes[at++] = char
    }
    bytes[this.position] = length
    this.position = at
  }

  private longString(value: string): void {
    const length = Buffer.byteLength(value)
    this.varint(length)
    this.utf8(value, length)
  }

  binary(value: Uint8Array): void {
    this.varint(value.length)
    this.raw(value)
  }

  uuid(value: string): void {
    this.reserve(16)
    this.position += this.bytes.write(value, this.position, 'hex')
  }

  /** @param value of 0 to 2^32 - 1 */
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

  private varint64(low: number, high: number): void {
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
}
