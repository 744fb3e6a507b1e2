import { Fault } from './fault.js'
import { BytesReader } from './thrift-bytes-reader.js'
import { SlabWriter } from './thrift-slab-writer.js'
import { type ThriftFormat, type ThriftReader, type ThriftWriter, Wire, type WireType } from './thrift-wire.js'

/** Characters up to which a loop beats a call into Node, and whose length takes one byte. */
const longestShort = 48
const protocolId = 0x82
const version = 1
const none = 255

/** Thrift's compact protocol. Source: Apache Thrift, "thrift-compact-protocol.md". */
export const compactFormat: ThriftFormat = {
  name: 'compact',
  writer: () => new CompactWriter(),
  reader: (bytes, start, end) => new CompactReader(bytes, start, end),
  prepareName(name) {
    const writer = new CompactWriter()
    writer.string(name)
    return writer.finish()
  },
}

/** The format's own numbers of the types; a field that is a bool has its value in its type: 1 true, 2 false. */
const numbers: readonly number[] = [0, none, 1, 3, 7, none, 4, none, 5, none, 6, 8, 12, 11, 10, 9, 13]
const types: readonly number[] = [
  Wire.stop,
  Wire.bool,
  Wire.bool,
  Wire.i8,
  Wire.i16,
  Wire.i32,
  Wire.i64,
  Wire.double,
  Wire.binary,
  Wire.list,
  Wire.set,
  Wire.map,
  Wire.struct,
  Wire.uuid,
]

const split = new DataView(new ArrayBuffer(8))

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

export class CompactReader extends BytesReader implements ThriftReader {
  private lastId = 0
  /** The value of the field just begun, where it is a bool: 1 or 2; 0: it is none. */
  private boolField = 0
  /** The last long varint's upper 32 bits, of either sign. */
  private high = 0

  beginMessage(): void {
    if (this.byte() !== protocolId) throw new Fault('no message of the compact protocol')
    const byte = this.byte()
    if ((byte & 31) !== version) throw new Fault('a message of another version than 1')
    this.kind = byte >> 5
    this.sequence = this.varint()
    this.name = this.string()
  }

  beginStruct(): number {
    const outer = this.lastId
    this.lastId = 0
    return outer
  }

  field(): number {
    const byte = this.byte()
    const number = byte & 15
    if (number === Wire.stop) return Wire.stop
    const type = this.typeOf(number)
    this.lastId = this.fieldId = byte < 16 ? this.i16() : this.lastId + (byte >> 4)
    this.boolField = type === Wire.bool ? number : 0
    return type
  }

  endStruct(begun: number): void {
    this.lastId = begun
  }

  beginList(): number {
    const byte = this.byte()
    const size = byte >> 4 === 15 ? this.varint() : byte >> 4
    this.elementType = size === 0 ? Wire.stop : this.typeOf(byte & 15)
    if (size !== 0 && this.elementType === Wire.stop) throw new Fault('elements without a type')
    return this.checkCount(size, leastOf(this.elementType))
  }

  beginMap(): number {
    const size = this.varint()
    const byte = size === 0 ? 0 : this.byte()
    this.keyType = this.typeOf(byte >> 4)
    this.elementType = this.typeOf(byte & 15)
    if (size !== 0 && (this.keyType === Wire.stop || this.elementType === Wire.stop))
      throw new Fault('entries without a type')
    return this.checkCount(size, leastOf(this.keyType) + leastOf(this.elementType))
  }

  private typeOf(number: number): number {
    const type = types[number]
    if (type === undefined) throw new Fault(`a value of compact type ${number}, which does not exist`)
    return type
  }

  bool(): boolean {
    const value = this.boolField === 0 ? this.byte() : this.boolField
    this.boolField = 0
    return value === 1
  }

  i16(): number {
    const value = this.i32()
    if ((value << 16) >> 16 !== value) throw new Fault('expected i16, got a number out of its range')
    return value
  }

  i32(): number {
    const value = this.varint()
    return (value >>> 1) ^ -(value & 1)
  }

  i64(): bigint {
    const low = this.varint64()
    const { high } = this
    if (high >= 0 && high < 0x20_0000) {
      const value = high * 2 ** 32 + (low >>> 0)
      return BigInt(low & 1 ? -(value + 1) / 2 : value / 2)
    }
    const sign = -(low & 1)
    split.setInt32(0, (high >>> 1) ^ sign)
    split.setInt32(4, ((low >>> 1) | (high << 31)) ^ sign)
    return split.getBigInt64(0)
  }

  long(): number {
    const low = this.varint64()
    const { high } = this
    const sign = -(low & 1)
    return ((high >>> 1) ^ sign) * 2 ** 32 + ((((low >>> 1) | (high << 31)) ^ sign) >>> 0)
  }

  double(): number {
    return this.float64(true)
  }

  string(): string {
    return this.text(this.length())
  }

  binary(): Uint8Array {
    return this.blob(this.length())
  }

  private length(): number {
    const length = this.varint()
    if (length < 0) throw new Fault(`a negative length, ${length}`)
    return length
  }

  /** Of 32 bits, signed. */
  private varint(): number {
    const { bytes } = this
    if (this.position < this.end) {
      const byte = bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return byte
      }
    }
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) {
        if (shift === 28 && byte > 15) break
        return value
      }
    }
    throw new Fault('a number of more than 32 bits')
  }

  /** @returns the lower 32 bits, of either sign; the upper ones are in `high` */
  private varint64(): number {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte()
      if (shift < 28) low |= (byte & 127) << shift
      else if (shift === 28) {
        low |= (byte & 127) << 28
        high = (byte & 127) >> 4
      } else high |= (byte & 127) << (shift - 32)
      if (byte < 128) {
        if (shift === 63 && byte > 1) break
        this.high = high
        return low
      }
    }
    throw new Fault('a number of more than 64 bits')
  }

  skipScalar(type: WireType): void {
    switch (type) {
      case Wire.bool:
        this.bool()
        break
      case Wire.i8:
        this.pass(1)
        break
      case Wire.double:
        this.pass(8)
        break
      case Wire.uuid:
        this.pass(16)
        break
      case Wire.binary:
        this.pass(this.length())
        break
      case Wire.i16:
      case Wire.i32:
        this.varint()
        break
      default:
        this.varint64()
    }
  }
}

/** Bytes that a value of that type takes at least. */
function leastOf(type: number): number {
  switch (type) {
    case Wire.stop:
      return 0
    case Wire.double:
      return 8
    case Wire.uuid:
      return 16
    default:
      return 1
  }
}
