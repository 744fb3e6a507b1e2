import { Fault } from '../values/fault.js'

const slabSize = 32 * 1024
/** The rest of a slab is kept for the next writer if it has at least this many bytes. */
const usefulRest = 1024
const maxLength = 2 ** 31 - 1
/** Rests that are kept. That many connections can write in one tick without a new slab. */
const maxRests = 32
/** Characters. Up to this length a loop is faster than a call into Node. */
export const longestShort = 48

interface Slab {
  readonly bytes: Buffer
  readonly view: DataView
  /** Where the next writer begins. The bytes before it were handed out and are never written again. */
  free: number
}

/** Slabs that no writer holds. */
const rests: Slab[] = []

/** The memory is not cleared: a writer hands out only bytes that it has written, and its headroom. */
function newSlab(size: number): Slab {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size), free: 0 }
}

const none = newSlab(0)

/** Writes bytes into a slab that many messages share, and hands them out without a copy. An empty writer holds no slab. */
export class ByteWriter {
  private slab = none
  private start = 0
  protected bytes = none.bytes
  protected view = none.view
  protected position = 0

  /** @param headroom bytes to leave free at the start */
  constructor(headroom = 0) {
    if (headroom === 0) return
    this.reserve(headroom)
    this.position += headroom
  }

  /** Bytes written so far, headroom included. Marks a place in them, wherever the bytes move. */
  get size(): number {
    return this.position - this.start
  }

  /** Drops the bytes after the first `size`. */
  truncate(size: number): void {
    this.position = this.start + size
  }

  /** The bytes after the first `size`; valid until the next write. */
  since(size: number): Buffer {
    return this.bytes.subarray(this.start + size, this.position)
  }

  /** Hands out the bytes written. The writer is empty afterwards. */
  finish(): Buffer {
    const written = this.bytes.subarray(this.start, this.position)
    this.release((this.position + 7) & ~7)
    return written
  }

  /** Drops the bytes written. The writer is empty afterwards. */
  abandon(): void {
    this.release(this.start)
  }

  private release(free: number): void {
    this.keep(free)
    this.slab = none
    this.bytes = none.bytes
    this.view = none.view
    this.start = this.position = 0
  }

  private keep(free: number): void {
    const { slab } = this
    if (slab.bytes.length !== slabSize || slabSize - free < usefulRest || rests.length >= maxRests) return
    slab.free = free
    rests.push(slab)
  }

  protected reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count)
  }

  private grow(count: number): void {
    const used = this.size
    if (used + count > maxLength) throw new Fault('the message is larger than 2 GiB')
    const slab =
      used === 0 && count <= usefulRest
        ? (rests.pop() ?? newSlab(slabSize))
        : newSlab(Math.min(maxLength, Math.max(2 * used, used + count + slabSize)))
    slab.bytes.set(this.bytes.subarray(this.start, this.position), slab.free)
    this.keep(this.start)
    this.slab = slab
    this.bytes = slab.bytes
    this.view = slab.view
    this.start = slab.free
    this.position = this.start + used
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

  /** Overwrites the four bytes after the first `size`. */
  setInt32(size: number, value: number): void {
    this.view.setInt32(this.start + size, value)
  }

  /** Overwrites the two bytes after the first `size`. */
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

  /**
   * Text as UTF-8. A lone surrogate becomes U+FFFD, as in all text that Node encodes.
   * @param length of the text in bytes
   */
  utf8(value: string, length: number): void {
    this.reserve(length)
    this.position += this.bytes.write(value, this.position, length)
  }

  /**
   * Writes a short ASCII text after `head` bytes, which the caller fills with its length.
   * @returns false, with nothing written, if the text is longer or not ASCII
   */
  protected shortAscii(value: string, head: number): boolean {
    const { length } = value
    if (length > longestShort) return false
    this.reserve(head + length)
    const { bytes } = this
    let at = this.position + head
    for (let index = 0; index < length; index++) {
      const char = value.charCodeAt(index)
      if (char > 127) return false
      bytes[at++] = char
    }
    this.position = at
    return true
  }
}
