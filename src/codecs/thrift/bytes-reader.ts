import { TextWindow } from '../bytes/text-window.js'
import { Fault } from '../values/fault.js'
import { ValueCount } from '../values/value-count.js'
import { Wire, type WireType, wireName } from './wire.js'

const join = new DataView(new ArrayBuffer(8))
const joinBytes = new Uint8Array(join.buffer)

/** A part of some bytes, by where it begins and ends. */
export interface Stretch {
  readonly position: number
  readonly end: number
  readonly limit: number
}

/** What Thrift's two binary formats read alike. */
export abstract class BytesReader extends TextWindow {
  values = new ValueCount()
  kind = 0
  name = ''
  sequence = 0
  fieldId = 0
  keyType = 0
  elementType = 0

  /** Where the message can end at the latest: a size that would reach beyond is wrong. */
  private limit: number

  constructor(
    bytes: Uint8Array,
    /** Where the next value begins. */
    public position: number,
    end: number,
  ) {
    super(bytes, end)
    this.limit = end
  }

  /**
   * Goes on reading in the same message, of which more has arrived.
   * @param limit where it can end at the latest, beyond `end` while more may come
   */
  resume(bytes: Uint8Array, { position, end, limit }: Stretch): void {
    this.bytes = bytes
    this.position = position
    this.end = end
    this.limit = limit
    this.forget()
  }

  restart(bytes: Uint8Array): void {
    this.bytes = bytes
    this.position = 0
    this.end = this.limit = bytes.length
    this.values = new ValueCount()
    this.forget()
  }

  abstract beginStruct(): number
  abstract field(): number
  abstract endStruct(begun: number): void
  abstract beginList(): number
  abstract beginMap(): number
  abstract bool(): boolean
  abstract skipScalar(type: WireType): void

  endMessage(): void {}
  endList(): void {}
  endMap(): void {}

  finish(): void {
    const left = this.end - this.position
    if (left > 0) throw new Fault(`${left} bytes are left behind its end`)
  }

  protected byte(): number {
    if (this.position >= this.end) throw endsTooSoon()
    return this.bytes[this.position++] as number
  }

  i8(): number {
    return (this.byte() << 24) >> 24
  }

  /** Big-endian. */
  protected int32(): number {
    const at = this.position
    this.pass(4)
    const { bytes } = this
    return (
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)
    )
  }

  /** A double whose first byte is the one of that index: 0 in a big-endian one. */
  protected float64(isLittleEndian: boolean): number {
    this.take8()
    return join.getFloat64(0, isLittleEndian)
  }

  /** Big-endian. */
  protected bigint64(): bigint {
    this.take8()
    return join.getBigInt64(0)
  }

  private take8(): void {
    const at = this.position
    this.pass(8)
    const { bytes } = this
    for (let index = 0; index < 8; index++) joinBytes[index] = bytes[at + index] as number
  }

  /** UTF-8. */
  protected text(length: number): string {
    const start = this.position
    this.pass(length)
    if (length === 0) return ''
    return this.utf8(start, start + length)
  }

  protected blob(length: number): Uint8Array {
    const start = this.position
    this.pass(length)
    return new Uint8Array(this.bytes.subarray(start, start + length))
  }

  uuid(): string {
    const start = this.position
    this.pass(16)
    const hex = Buffer.prototype.hexSlice.call(this.bytes, start, start + 16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  skip(type: number, depth: number): void {
    switch (type) {
      case Wire.struct:
        this.skipStruct(inside(depth))
        break
      case Wire.list:
      case Wire.set:
        this.skipElements(inside(depth))
        break
      case Wire.map:
        this.skipEntries(inside(depth))
        break
      case Wire.bool:
      case Wire.i8:
      case Wire.i16:
      case Wire.i32:
      case Wire.i64:
      case Wire.double:
      case Wire.binary:
      case Wire.uuid:
        this.skipScalar(type)
        break
      default:
        throw new Fault(`a value of ${wireName(type)}`)
    }
  }

  private skipStruct(depth: number): void {
    const begun = this.beginStruct()
    for (let type = this.field(); type !== Wire.stop; type = this.field()) this.skip(type, depth)
    this.endStruct(begun)
  }

  private skipElements(depth: number): void {
    const size = this.beginList()
    const type = this.elementType
    for (let at = 0; at < size; at++) this.skip(type, depth)
  }

  private skipEntries(depth: number): void {
    const size = this.beginMap()
    const { keyType, elementType } = this
    for (let at = 0; at < size; at++) {
      this.skip(keyType, depth)
      this.skip(elementType, depth)
    }
  }

  /** Steps over so many bytes. */
  protected pass(count: number): void {
    if (count > this.end - this.position) throw endsTooSoon()
    this.position += count
  }

  /** @param least bytes that each takes */
  protected checkCount(count: number, least: number): number {
    const left = this.limit - this.position
    if (count < 0) throw new Fault(`a negative size, ${count}`)
    if (count * least > left) throw new Fault(`a size of ${count}, but only ${left} bytes follow`)
    return count
  }
}

function inside(depth: number): number {
  if (depth <= 0) throw new Fault('an unknown field is nested too deep')
  return depth - 1
}

/** Tells a value that is cut off from one that is wrong, where more bytes may come. */
export class EndsTooSoon extends Fault {
  constructor() {
    super('it ends within a value')
  }
}

function endsTooSoon(): Fault {
  return new EndsTooSoon()
}
