import { Fault } from '../../values/fault.js'
import { BytesReader } from '../bytes-reader.js'
import { type ThriftReader, Wire, type WireType } from '../wire.js'
import { protocolId, version } from './writer.js'

/** Types by the format's own numbers of them; a field that is a bool has its value in its number: 1 true, 2 false. */
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

/** Reads Thrift's compact protocol. */
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
