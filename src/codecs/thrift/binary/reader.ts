import { Fault } from '../../values/fault.js'
import { BytesReader } from '../bytes-reader.js'
import { type ThriftReader, Wire, type WireType, wireName } from '../wire.js'
import { version } from './writer.js'

/** The least bytes of a value, by its type. */
const least: Readonly<Record<number, number>> = {
  [Wire.bool]: 1,
  [Wire.i8]: 1,
  [Wire.double]: 8,
  [Wire.i16]: 2,
  [Wire.i32]: 4,
  [Wire.i64]: 8,
  [Wire.binary]: 4,
  [Wire.struct]: 1,
  [Wire.map]: 6,
  [Wire.set]: 5,
  [Wire.list]: 5,
  [Wire.uuid]: 16,
}

/** Reads Thrift's binary protocol. */
export class BinaryReader extends BytesReader implements ThriftReader {
  /** Whether the last message had an old header. */
  isOld = false

  beginMessage(): void {
    const first = this.int32()
    this.isOld = first >= 0
    if (this.isOld) {
      this.name = this.utf8(first)
      this.kind = this.byte()
    } else {
      if ((first & 0xffff_0000) !== version) throw new Fault('a message of another version than 1')
      this.kind = first & 0xff
      this.name = this.string()
    }
    this.sequence = this.int32()
  }

  beginStruct(): number {
    return 0
  }

  field(): number {
    const { bytes, position: at } = this
    const type = at < this.end ? (bytes[at] as number) : this.byte()
    if (type === Wire.stop) {
      this.position = at + 1
      return type
    }
    this.pass(3)
    this.fieldId = (((bytes[at + 1] as number) << 24) >> 16) | (bytes[at + 2] as number)
    return type
  }

  endStruct(): void {}

  beginList(): number {
    this.elementType = this.byte()
    return this.count(least[this.elementType])
  }

  beginMap(): number {
    this.keyType = this.byte()
    this.elementType = this.byte()
    return this.count((least[this.keyType] ?? Number.NaN) + (least[this.elementType] ?? Number.NaN))
  }

  /** @param each bytes of an element, at least; undefined or NaN for a type that does not exist, which only an empty list may have */
  private count(each: number | undefined): number {
    const size = this.int32()
    if (size > 0 && !(each !== undefined && each > 0)) throw new Fault(`elements of ${wireName(this.elementType)}`)
    return this.checkCount(size, each || 0)
  }

  bool(): boolean {
    return this.byte() !== 0
  }

  i16(): number {
    const at = this.position
    this.pass(2)
    return (((this.bytes[at] as number) << 24) >> 16) | (this.bytes[at + 1] as number)
  }

  i32(): number {
    return this.int32()
  }

  i64(): bigint {
    this.high = this.int32()
    return this.signed(this.int32())
  }

  long(): number {
    const high = this.int32()
    return high * 2 ** 32 + (this.int32() >>> 0)
  }

  override double(): number {
    this.high = this.int32()
    return this.real(this.int32())
  }

  string(): string {
    return this.utf8(this.length())
  }

  binary(): Uint8Array {
    return this.copy(this.length())
  }

  length(): number {
    const length = this.int32()
    if (length < 0) throw new Fault(`a negative length, ${length}`)
    return length
  }

  skipScalar(type: WireType): void {
    this.pass(type === Wire.binary ? this.length() : (least[type] as number))
  }
}
