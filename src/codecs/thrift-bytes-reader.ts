import { isUtf8 } from 'node:buffer'
import { Fault } from './fault.js'
import { Wire, type WireType, wireName } from './thrift-wire.js'

const join = new DataView(new ArrayBuffer(8))
const joinBytes = new Uint8Array(join.buffer)

/**
 * Of messages up to this length all texts are cut from one, since a call into Node costs more than a cut. What is cut keeps the whole in
 * memory, so that must be small.
 */
const smallMessage = 1024

const { latin1Slice, utf8Slice } = Buffer.prototype

/** A part of some bytes, by where it begins and ends. */
export interface Stretch {
  readonly position: number
  readonly end: number
  readonly limit: number
}

/** What Thrift's two binary formats read alike. */
export abstract class BytesReader {
  kind = 0
  name = ''
  sequence = 0
  fieldId = 0
  keyType = 0
  elementType = 0

  /** Where the message can end at the latest: a size that would reach beyond is wrong. */
  private limit: number
  /** Where the bytes that it was given begin. */
  private start: number
  /** All of them, one character a byte; made with the first text of a small message. */
  private ascii: string | undefined = undefined

  constructor(
    protected bytes: Uint8Array,
    /** Where the next value begins. */
    public position: number,
    protected end: number,
  ) {
    this.limit = end
    this.start = position
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
    this.start = position
    this.ascii = undefined
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
    const at = this.position
    this.pass(8)
    const { bytes } = this
    for (let index = 0; index < 8; index++) joinBytes[index] = bytes[at + index] as number
    return join.getFloat64(0, isLittleEndian)
  }

  /** UTF-8. */
  protected text(length: number): string {
    const start = this.position
    this.pass(length)
    if (length === 0) return ''
    const { bytes } = this
    const end = start + length
    if (this.end - this.start <= smallMessage && isAscii(bytes, start, end)) {
      const whole = this.ascii ?? latin1Slice.call(bytes, this.start, this.end)
      this.ascii = whole
      return whole.substring(start - this.start, end - this.start)
    }
    const text = utf8Slice.call(bytes, start, end)
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)))
      throw new Fault('expected string, got bytes that are no UTF-8')
    return text
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

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0
  for (let at = start; at < end; at++) bits |= bytes[at] as number
  return bits < 128
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
