import { Fault } from '../values/fault.js'

const slabSize = 32 * 1024
/** What is left of a slab is worth keeping from here on. */
const usefulRest = 1024
const maxLength = 2 ** 31 - 1
/** Rests that are kept: as many connections can write in one tick without a new slab. */
const maxRests = 32

interface Slab {
  readonly bytes: Buffer
  readonly view: DataView
  readonly start: number
}

/** Slabs that nobody writes to at present. Bytes before `start` belong to those who were given them. */
const rests: Slab[] = []

/** Its content is whatever the memory held; every byte that is handed out has been written. */
function newSlab(size: number): Slab {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size), start: 0 }
}

/** Bytes written one behind the other, as many messages as one likes, and handed out without being copied. */
export class SlabWriter {
  private slab: Slab
  private start: number
  protected bytes: Buffer
  protected view: DataView
  protected position: number

  constructor() {
    this.slab = rests.pop() ?? newSlab(slabSize)
    this.start = this.position = this.slab.start
    this.bytes = this.slab.bytes
    this.view = this.slab.view
  }

  /** Bytes written so far. */
  get size(): number {
    return this.position - this.start
  }

  /** Takes back what was written behind that size. */
  truncate(size: number): void {
    this.position = this.start + size
  }

  /** What was written behind that size; valid until the next write. */
  since(size: number): Buffer {
    return this.bytes.subarray(this.start + size, this.position)
  }

  /** The bytes. The writer is of no use afterwards. */
  finish(): Buffer {
    const { bytes, view } = this.slab
    const end = this.position
    if (bytes.length === slabSize && slabSize - end >= usefulRest) keep({ bytes, view, start: (end + 7) & ~7 })
    return bytes.subarray(this.start, end)
  }

  /** Instead of `finish` where nothing is to come out. */
  abandon(): void {
    if (this.bytes.length === slabSize) keep({ ...this.slab, start: this.start })
  }

  protected reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count)
  }

  private grow(count: number): void {
    const used = this.position - this.start
    if (used + count > maxLength) throw new Fault('the message is larger than 2 GiB')
    const grown = newSlab(Math.max(slabSize, Math.min(maxLength, 2 * (used + count))))
    grown.bytes.set(this.bytes.subarray(this.start, this.position))
    this.slab = grown
    this.bytes = grown.bytes
    this.view = grown.view
    this.start = 0
    this.position = used
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.position++] = value
  }

  /** Big-endian. */
  int32(value: number): void {
    this.reserve(4)
    this.view.setInt32(this.position, value)
    this.position += 4
  }

  /** Writes over four bytes that were written at that size. */
  setInt32(size: number, value: number): void {
    this.view.setInt32(this.start + size, value)
  }

  setInt16(size: number, value: number): void {
    this.view.setInt16(this.start + size, value)
  }

  raw(value: Uint8Array): void {
    const { length } = value
    this.reserve(length)
    const { bytes, position } = this
    if (length > 24) bytes.set(value, position)
    else for (let at = 0; at < length; at++) bytes[position + at] = value[at] as number
    this.position = position + length
  }

  /** UTF-8. @param length of the text in bytes */
  utf8(value: string, length: number): void {
    this.reserve(length)
    this.position += this.bytes.write(value, this.position, length)
  }
}

function keep(slab: Slab): void {
  if (rests.length < maxRests) rests.push(slab)
}
