import { Fault } from './fault.js'
import { BytesReader } from './thrift-bytes-reader.js'
import { SlabWriter } from './thrift-slab-writer.js'
import {
  type ThriftFormat,
  type ThriftReader,
  type ThriftWriter,
  Wire,
  type WireType,
  wireName,
} from './thrift-wire.js'

/** Characters up to which a loop beats a call into Node. */
const longestShort = 48
const version = 0x8001_0000 | 0

/** Thrift's binary protocol. Source: Apache Thrift, "thrift-binary-protocol.md". */
export const binaryFormat: ThriftFormat = {
  name: 'binary',
  writer: () => new BinaryWriter(true),
  reader: (bytes, start, end) => new BinaryReader(bytes, start, end),
  prepareName: prefixedName,
}

/** With message headers of before 2008, without a version; all else is the same. It reads both. */
export const oldBinaryFormat: ThriftFormat = { ...binaryFormat, writer: () => new BinaryWriter(false) }

function prefixedName(name: string): Uint8Array {
  const length = Buffer.byteLength(name)
  const bytes = Buffer.alloc(4 + length)
  bytes.writeInt32BE(length)
  bytes.write(name, 4)
  return bytes
}

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

/** Bytes that a value takes at least, by its type. */
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

export class BinaryReader extends BytesReader implements ThriftReader {
  /** Whether the message that was begun had an old header. */
  isOld = false

  beginMessage(): void {
    const first = this.int32()
    this.isOld = first >= 0
    if (this.isOld) {
      this.name = this.text(first)
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
    const type = this.byte()
    if (type !== Wire.stop) this.fieldId = this.i16()
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

  /** @param each undefined or NaN: elements of a type that does not exist, of which there can be none */
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
    const high = this.int32()
    const low = this.int32() >>> 0
    // Most numbers are small, and a bigint is made faster from a number than from its two halves.
    if (high >= -0x20_0000 && high < 0x20_0000) return BigInt(high * 2 ** 32 + low)
    return (BigInt(high) << 32n) | BigInt(low)
  }

  long(): number {
    const high = this.int32()
    return high * 2 ** 32 + (this.int32() >>> 0)
  }

  double(): number {
    return this.float64(false)
  }

  string(): string {
    return this.text(this.length())
  }

  binary(): Uint8Array {
    return this.blob(this.length())
  }

  private length(): number {
    const length = this.int32()
    if (length < 0) throw new Fault(`a negative length, ${length}`)
    return length
  }

  skipScalar(type: WireType): void {
    this.pass(type === Wire.binary ? this.length() : (least[type] as number))
  }
}
