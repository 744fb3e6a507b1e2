import { Fault } from '../values/fault.js'

const slabSize = 32 * 1024
/** What is left of a slab is worth keeping from here on. */
const usefulRest = 512
/** Characters up to which a loop beats a call into Node. */
const longestShort = 48
const maxLength = 2 ** 31 - 1

/**
 * The rest of a slab that messages are written into, one behind the other, so that none is copied. A writer takes it out and puts back what it
 * leaves, which makes a writer within a writer (a getter that encodes) merely slower.
 */
let rest: Slab | undefined

interface Slab {
  readonly bytes: Buffer
  readonly view: DataView
  readonly start: number
}

function takeSlab(): Slab {
  const taken = rest ?? newSlab(slabSize)
  rest = undefined
  return taken
}

/** Its content is whatever the memory held; every byte that is handed out has been written, headroom aside. */
function newSlab(size: number): Slab {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size), start: 0 }
}

const split = new DataView(new ArrayBuffer(8))

/** Writes one message in protobuf's binary format. */
export class Writer {
  private slab = takeSlab()
  private start = this.slab.start
  private bytes = this.slab.bytes
  position: number

  /** @param headroom bytes to leave free in front */
  constructor(headroom: number) {
    this.position = this.start + headroom
    this.reserve(0)
  }

  /** The bytes, headroom included. The writer is of no use afterwards. */
  finish(): Uint8Array {
    const { bytes, view } = this.slab
    const end = this.position
    if (bytes.length === slabSize && slabSize - end >= usefulRest) rest = { bytes, view, start: (end + 7) & ~7 }
    return bytes.subarray(this.start, end)
  }

  /** Instead of `finish` where nothing is to come out: gives the slab back. */
  abandon(): void {
    if (this.bytes.length === slabSize) rest = { ...this.slab, start: this.start }
  }

  private reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count)
  }

  private grow(count: number): void {
    const used = this.position - this.start
    if (used + count > maxLength) throw new Fault('the message is larger than 2 GiB')
    const grown = newSlab(Math.min(maxLength, Math.max(slabSize, 2 * used, used + count + slabSize)))
    grown.bytes.set(this.bytes.subarray(this.start, Math.min(this.position, this.bytes.length)))
    this.slab = grown
    this.bytes = grown.bytes
    this.start = 0
    this.position = used
  }

  /** @param value of 0 to 2^32 - 1 */
  uint32(value: number): void {
    this.reserve(5)
    while (value > 127) {
      this.bytes[this.position++] = (value & 127) | 128
      value >>>= 7
    }
    this.bytes[this.position++] = value
  }

  /** @param value of -2^31 to 2^31 - 1; a negative one takes ten bytes, as if it had 64 bits */
  int32(value: number): void {
    if (value >= 0) this.uint32(value)
    else this.varint(value >>> 0, 0xffffffff)
  }

  private varint(low: number, high: number): void {
    this.reserve(10)
    const { bytes } = this
    let at = this.position
    while (high !== 0) {
      bytes[at++] = (low & 127) | 128
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    while (low > 127) {
      bytes[at++] = (low & 127) | 128
      low >>>= 7
    }
    bytes[at++] = low
    this.position = at
  }

  /** Of the value's lowest 64 bits. */
  varint64(value: bigint): void {
    split.setBigInt64(0, value)
    this.varint(split.getUint32(4), split.getUint32(0))
  }

  /** A varint of 64 bits. @param value a safe integer */
  safeInteger(value: number): void {
    this.varint(value >>> 0, Math.floor(value / 2 ** 32) >>> 0)
  }

  zigzag64(value: bigint): void {
    split.setBigInt64(0, value)
    const high = split.getInt32(0)
    const low = split.getInt32(4)
    const sign = high >> 31
    this.varint(((low << 1) ^ sign) >>> 0, (((high << 1) | (low >>> 31)) ^ sign) >>> 0)
  }

  fixed32(value: number): void {
    this.reserve(4)
    this.slab.view.setInt32(this.position, value, true)
    this.position += 4
  }

  fixed64(value: bigint): void {
    this.reserve(8)
    this.slab.view.setBigInt64(this.position, value, true)
    this.position += 8
  }

  float(value: number): void {
    this.reserve(4)
    this.slab.view.setFloat32(this.position, value, true)
    this.position += 4
  }

  double(value: number): void {
    this.reserve(8)
    this.slab.view.setFloat64(this.position, value, true)
    this.position += 8
  }

  /** Behind its length, as all that follow. */
  blob(value: Uint8Array): void {
    this.uint32(value.length)
    this.reserve(value.length)
    this.bytes.set(value, this.position)
    this.position += value.length
  }

  string(value: string): void {
    const { length } = value
    if (length > longestShort) {
      this.longString(value)
      return
    }
    this.reserve(length + 1)
    const { bytes } = this
    let at = this.position
    bytes[at++] = length
    for (let index = 0; index < length; index++) {
      const char = value.charCodeAt(index)
      if (char > 127) {
        this.longString(value)
        return
      }
      bytes[at++] = char
    }
    this.position = at
  }

  /** A lone surrogate becomes U+FFFD, as in every text that Node encodes. */
  private longString(value: string): void {
    const length = Buffer.byteLength(value)
    this.uint32(length)
    this.reserve(length)
    this.position += this.bytes.write(value, this.position, length)
  }

  /** Begins what stands behind its length: one byte is kept for that. @returns what `close` wants, valid wherever the bytes move to */
  open(): number {
    this.reserve(1)
    return ++this.position - this.start
  }

  close(opened: number): void {
    const length = this.position - this.start - opened
    if (length > 127) this.widenLength(opened, length)
    else this.bytes[this.start + opened - 1] = length
  }

  private widenLength(opened: number, length: number): void {
    const extra = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4
    this.reserve(extra)
    const at = this.start + opened
    this.bytes.copyWithin(at + extra, at, at + length)
    this.position = at - 1
    this.uint32(length)
    this.position += length
  }
}
