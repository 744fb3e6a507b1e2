import { EndsTooSoon } from '../bytes/byte-reader.js'
import { VarintReader } from '../bytes/varint-reader.js'
import { Fault } from '../values/fault.js'
import { Wire, type WireType, wireName } from './wire.js'

/** A message within some bytes, which may be incomplete. */
export interface Stretch {
  readonly position: number
  readonly end: number
  readonly limit: number
}

/** What Thrift's two binary formats read alike. */
export abstract class BytesReader extends VarintReader {
  kind = 0
  name = ''
  sequence = 0
  fieldId = 0
  keyType = 0
  elementType = 0

  /** The message ends here at the latest: a size that reaches further is wrong. */
  private limit: number

  constructor(bytes: Uint8Array, position: number, end: number) {
    super(bytes, position, end)
    this.limit = end
  }

  /**
   * Continues the same message after more of it has arrived.
   * @param limit where it ends at the latest; beyond `end` while more may come
   */
  resume(bytes: Uint8Array, { position, end, limit }: Stretch): void {
    this.bytes = bytes
    this.position = position
    this.end = end
    this.limit = limit
    this.window.reset(bytes, this.end)
  }

  override restart(bytes: Uint8Array): void {
    super.restart(bytes)
    this.limit = bytes.length
  }

  abstract beginStruct(): number
  abstract field(): number
  abstract endStruct(begun: number): void
  abstract beginList(): number
  abstract beginMap(): number
  abstract bool(): boolean
  /** The length of a string or of bytes. */
  abstract length(): number
  abstract skipScalar(type: WireType): void

  endMessage(): void {}
  endList(): void {}
  endMap(): void {}

  protected byte(): number {
    if (this.position >= this.end) throw new EndsTooSoon()
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

  /** @param least bytes that each element takes */
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
