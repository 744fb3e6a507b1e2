import { Fault } from '../../values/fault.js'
import { BytesReader } from '../bytes-reader.js'
import { type ThriftReader, Wire, type WireType } from '../wire.js'
import { protocolId, version } from './writer.js'

/** Types by the format's own numbers. The number of a bool field is also its value: 1 true, 2 false. */
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

/** Reads Thrift's compact protocol. */
export class CompactReader extends BytesReader implements ThriftReader {
  private lastId = 0
  /** The value of the current field if it is a bool: 1 or 2. Otherwise 0. */
  private boolField = 0

  beginMessage(): void {
    if (this.byte() !== protocolId) throw new Fault('no message of the compact protocol')
    const byte = this.byte()
    if ((byte & 31) !== version) throw new Fault('a message of another version than 1')
    this.kind = byte >> 5
    this.sequence = this.varint32()
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
    const size = byte >> 4 === 15 ? this.varint32() : byte >> 4
    this.elementType = size === 0 ? Wire.stop : this.typeOf(byte & 15)
    if (size !== 0 && this.elementType === Wire.stop) throw new Fault('elements without a type')
    return this.checkCount(size, leastOf(this.elementType))
  }

  beginMap(): number {
    const size = this.varint32()
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
    const value = this.varint32()
    return (value >>> 1) ^ -(value & 1)
  }

  i64(): bigint {
    return this.signed(this.unzigzag(this.varint64()))
  }

  long(): number {
    return this.rounded(this.unzigzag(this.varint64()))
  }

  string(): string {
    return this.utf8(this.length())
  }

  binary(): Uint8Array {
    return this.copy(this.length())
  }

  length(): number {
    const length = this.varint32()
    if (length < 0) throw new Fault(`a negative length, ${length}`)
    return length
  }

  /** At most 32 bits, as a signed integer. */
  private varint32(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return byte
      }
    }
    const start = this.position
    const low = this.varint()
    if (this.high !== 0 || this.position - start > 5) throw new Fault('a number of more than 32 bits')
    return low
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
        this.varint32()
        break
      default:
        this.varint64()
    }
  }
}

/** The least bytes of a value of that type. */
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
