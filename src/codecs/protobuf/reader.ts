import { EndsTooSoon } from '../bytes/byte-reader.js'
import { keepHere } from '../bytes/native.js'
import { VarintReader } from '../bytes/varint-reader.js'
import { Fault } from '../values/fault.js'

const slabSize = 16 * 1024
const largestPooled = 1024
let slab = /* @__PURE__ */ new ArrayBuffer(0)
let slabUsed = 0

/**
 * An array of zeros. Small arrays share memory, as Node's Buffers do: memory of its own would make reading a field of 100 bytes six times
 * as slow. The smallest arrays need none, since V8 keeps them within the object.
 */
function newBlob(length: number): Uint8Array {
  if (length <= 64 || length > largestPooled) return new Uint8Array(length)
  if (slabUsed + length > slab.byteLength) {
    slab = new ArrayBuffer(slabSize)
    keepHere(slab)
    slabUsed = 0
  }
  const blob = new Uint8Array(slab, slabUsed, length)
  slabUsed += (length + 7) & ~7
  return blob
}

/** The innermost group that is being read. */
interface OpenGroup {
  readonly endTag: number
  /** Of its message: a message within it may have a field of the same number. */
  readonly depth: number
  isOver: boolean
}

/** Reads protobuf's binary format. */
export class Reader extends VarintReader {
  declare group: OpenGroup | undefined
  /** Whether large byte fields may be views of the bytes. */
  declare isOwn: boolean

  constructor(bytes: Uint8Array) {
    super(bytes, 0, bytes.length)
    this.isOwn = false
    this.group = undefined
  }

  /** Field number and wire type; at least 8. */
  tag(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128 && byte > 7) {
        this.position++
        return byte
      }
    }
    const start = this.position
    const tag = this.varint() >>> 0
    if (this.high !== 0 || this.position - start > 5) throw new Fault('malformed tag')
    if (tag < 8) throw new Fault('field number 0')
    return tag
  }

  /** Steps over the next tag if it is this one, of one byte. */
  repeats(tag: number): boolean {
    if (this.position >= this.end || this.bytes[this.position] !== tag) return false
    this.position++
    return true
  }

  /** The lower 32 bits of a varint, signed. Higher bits are dropped, as protobuf demands. */
  int32(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return byte
      }
    }
    return this.varint()
  }

  uint64(): bigint {
    return this.unsigned(this.varint())
  }

  int64(): bigint {
    return this.signed(this.varint())
  }

  zigzag64(): bigint {
    return this.signed(this.unzigzag(this.varint()))
  }

  bool(): boolean {
    const low = this.varint()
    return (low | this.high) !== 0
  }

  /** Little-endian; signed. */
  fixed32(): number {
    return this.load(4).getInt32(0, true)
  }

  fixed64(): bigint {
    return this.load(8).getBigUint64(0, true)
  }

  sfixed64(): bigint {
    return this.load(8).getBigInt64(0, true)
  }

  /** Reads a length. @returns where its bytes end */
  private until(): number {
    const end = this.length() + this.position
    if (end > this.end)
      throw new Fault(`a length of ${end - this.position} bytes, but only ${this.end - this.position} follow`)
    return end
  }

  private length(): number {
    if (this.position < this.end) {
      const byte = this.bytes[this.position] as number
      if (byte < 128) {
        this.position++
        return byte
      }
    }
    const low = this.varint()
    return (this.high >>> 0) * 2 ** 32 + (low >>> 0)
  }

  /** Reads a length and sets `end` to the end of its bytes. @returns the previous `end`, to be restored */
  enter(): number {
    const outer = this.end
    this.end = this.until()
    return outer
  }

  /** How many elements a packed field of this wire type has, up to `end`. */
  countPacked(wire: number): number {
    const size = this.end - this.position
    if (wire !== 0) return Math.floor(size / (wire === 1 ? 8 : 4))
    const { bytes, end } = this
    let count = 0
    for (let at = this.position; at < end; at++) if ((bytes[at] as number) < 128) count++
    return count
  }

  /** A copy; or a view, if the bytes may be kept and are mostly this field. */
  blob(): Uint8Array {
    const end = this.until()
    if (this.isOwn && 2 * (end - this.position) > this.bytes.length) {
      const view = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.position, end - this.position)
      this.position = end
      return view
    }
    const blob = newBlob(end - this.position)
    blob.set(this.bytes.subarray(this.position, end))
    this.position = end
    return blob
  }

  /** The bytes from `start` to here; a view. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.position)
  }

  string(): string {
    const end = this.until()
    const start = this.position
    this.position = end
    return this.window.decode(start, end)
  }

  /** Whether a tag of a message at this depth ends the group that is being read. If so, the message ends here. */
  endsGroup(tag: number, depth: number): boolean {
    const { group } = this
    if (group === undefined || group.endTag !== tag || group.depth !== depth) return false
    group.isOver = true
    this.end = this.position
    return true
  }

  /** @throws EndsTooSoon if the group's end tag has not come */
  endGroup(): void {
    if (this.group?.isOver !== true) throw new EndsTooSoon()
  }

  /** Steps over the value of a field, which may be a group. */
  skip(tag: number, depth: number): void {
    const wire = tag & 7
    if (wire === 0) this.varint()
    else if (wire === 1) this.pass(8)
    else if (wire === 2) this.position = this.until()
    else if (wire === 3) this.skipGroup(tag, depth)
    else if (wire === 5) this.pass(4)
    else
      throw new Fault(wire === 4 ? 'the end of a group that did not begin' : `wire type ${wire}, which does not exist`)
  }

  private skipGroup(start: number, depth: number): void {
    if (depth <= 0) throw new Fault('groups nested too deep')
    for (;;) {
      const tag = this.tag()
      if (tag === start + 1) return
      this.skip(tag, depth - 1)
    }
  }
}
