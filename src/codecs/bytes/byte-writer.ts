import { Fault } from '../values/fault.js'
import { allocate, utf8Write } from './native.js'

const slabSize = 32 * 1024
/** The rest of a slab is kept for the next writer if it has at least this many bytes. */
const usefulRest = 1024
const maxLength = 2 ** 31 - 1
/** Rests that are kept. That many connections can write in one tick without a new slab. */
const maxRests = 32
/** Characters. Up to this length a loop is faster than a call into Node. */
export const longestShort = 48

interface Slab {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Where its writer begins, or the next one. The bytes before it were handed out and are never written again. */
  free: number
}

/** Slabs that no writer holds. */
const rests: Slab[] = []

/** Where memory of large messages comes from, and where it goes when nothing reads it any more. */
interface Memory {
  /** As `allocate`, or returns more. */
  take(size: number): Uint8Array
  giveBack(bytes: Uint8Array): void
}

let large: Memory = { take: allocate, giveBack() {} }

/** Sets where memory of large messages comes from, such as what earlier ones have given back. */
export function takeLargeFrom(memory: Memory): void {
  large = memory
}

/** The memory is not cleared: a writer hands out only bytes that it has written, and its headroom. */
function newSlab(size: number): Slab {
  const bytes = size > slabSize ? large.take(size) : allocate(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset), free: 0 }
}

const none = /* @__PURE__ */ newSlab(0)

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = allocate(bytes.length)
  copy.set(bytes)
  return copy
}

/** Of a slab that its writer gives up. @param free where the next writer begins in it */
function keep(slab: Slab, free: number): void {
  if (slab.bytes.length > slabSize) {
    large.giveBack(slab.bytes)
    return
  }
  if (slab.bytes.length !== slabSize || slabSize - free < usefulRest || rests.length >= maxRests) return
  slab.free = free
  rests.push(slab)
}

/** Writes bytes into a slab that many messages share, and hands them out without a copy. */
export class ByteWriter {
  // Assigned, not defined as class fields: V8 handles definitions slowly once a class has more than four subclasses.
  declare private slab: Slab
  declare protected bytes: Uint8Array
  declare protected view: DataView
  declare protected position: number

  /** @param headroom bytes to leave free at the start. Without it the writer takes its slab with the first write */
  constructor(headroom?: number) {
    const slab = headroom === undefined ? none : (rests.pop() ?? newSlab(slabSize))
    this.slab = slab
    this.bytes = slab.bytes
    this.view = slab.view
    this.position = slab.free
    if (headroom === undefined || headroom === 0) return
    this.reserve(headroom)
    this.position += headroom
  }

  /** Makes room for a message of about `size` bytes, which otherwise grows step by step. To be called before the first write. */
  expect(size: number): void {
    if (size <= slabSize - usefulRest) return
    const headroom = this.size
    keep(this.slab, this.slab.free)
    this.hold(newSlab(Math.min(maxLength, headroom + size + (size >> 4))))
    this.position = headroom
  }

  /** Bytes written so far, headroom included. Marks a place in them, wherever the bytes move. */
  get size(): number {
    return this.position - this.slab.free
  }

  /** Drops the bytes after the first `size`. */
  truncate(size: number): void {
    this.position = this.slab.free + size
  }

  /** The bytes after the first `size`; valid until the next write. */
  since(size: number): Uint8Array {
    return this.bytes.subarray(this.slab.free + size, this.position)
  }

  /** Hands out the bytes written. The writer is empty afterwards, and holds no slab. */
  finish(): Uint8Array {
    const { slab, position } = this
    const written = slab.bytes.subarray(slab.free, position)
    this.hold(none)
    if (slab.bytes.length <= slabSize) {
      keep(slab, (position + 7) & ~7)
      return written
    }
    // A large slab is this message's alone: a small message must not keep one alive that was made for a large one.
    if (written.length >= slab.bytes.length / 4) return written
    const copy = copyOf(written)
    keep(slab, 0)
    return copy
  }

  /** Drops the bytes written. The writer is empty afterwards, and holds no slab. */
  abandon(): void {
    keep(this.slab, this.slab.free)
    this.hold(none)
  }

  protected reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count)
  }

  private grow(count: number): void {
    const used = this.size
    if (used + count > maxLength) throw new Fault('the message is larger than 2 GiB')
    if (used === 0 && count <= usefulRest) {
      this.hold(rests.pop() ?? newSlab(slabSize))
      return
    }
    const slab = newSlab(Math.min(maxLength, Math.max(2 * used, used + count + slabSize)))
    slab.bytes.set(this.since(0))
    keep(this.slab, this.slab.free)
    this.hold(slab)
    this.position = used
  }

  private hold(slab: Slab): void {
    this.slab = slab
    this.bytes = slab.bytes
    this.view = slab.view
    this.position = slab.free
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
    this.view.setInt32(this.slab.free + size, value)
  }

  /** Overwrites the two bytes after the first `size`. */
  setInt16(size: number, value: number): void {
    this.view.setInt16(this.slab.free + size, value)
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
   * Text as UTF-8, without lone surrogates.
   * @param length of the text in bytes
   */
  utf8(value: string, length: number): void {
    this.reserve(length)
    this.position += utf8Write.call(this.bytes, value, this.position, length)
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
