import { Fault } from '../values/fault.js'
import { ByteReader, EndsTooSoon } from './byte-reader.js'

const memory = /* @__PURE__ */ new ArrayBuffer(8)
const joined = /* @__PURE__ */ new BigInt64Array(memory)
const joinedUnsigned = /* @__PURE__ */ new BigUint64Array(memory)
const joinedReal = /* @__PURE__ */ new Float64Array(memory)
const halves = /* @__PURE__ */ new Int32Array(memory)
/** Where the lower half is: 0 on little-endian machines. */
const lower = /* @__PURE__ */ (() => (new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1))()

/** Reads varints: seven bits of an integer per byte, the lowest first. Of 64 bits, methods return the lower 32. */
export class VarintReader extends ByteReader {
  /** The upper 32 bits of the last varint, as a signed integer. */
  declare protected high: number

  constructor(bytes: Uint8Array, position: number, end: number) {
    super(bytes, position, end)
    this.high = 0
  }

  /** Ignores bits above the 64th. @returns the lower 32 bits, as a signed integer */
  protected varint(): number {
    const { bytes, end } = this
    let low = 0
    let high = 0
    let at = this.position
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new EndsTooSoon()
      const byte = bytes[at++] as number
      if (shift < 28) low |= (byte & 127) << shift
      else if (shift === 28) {
        low |= (byte & 127) << 28
        high = (byte & 127) >> 4
      } else high |= (byte & 127) << (shift - 32)
      if (byte < 128) {
        this.high = high
        this.position = at
        return low
      }
    }
    throw new Fault('a varint of more than ten bytes')
  }

  /** Like `varint`, but refuses bits above the 64th. */
  protected varint64(): number {
    const start = this.position
    const low = this.varint()
    if (this.position - start === 10 && (this.bytes[this.position - 1] as number) > 1)
      throw new Fault('an integer of more than 64 bits')
    return low
  }

  /** Undoes zigzag in `high` and in the lower 32 bits, which it returns. */
  protected unzigzag(low: number): number {
    const { high } = this
    const sign = -(low & 1)
    this.high = (high >>> 1) ^ sign
    return ((low >>> 1) | (high << 31)) ^ sign
  }

  /** `low` and `high` as one signed integer. */
  protected signed(low: number): bigint {
    halves[lower] = low
    halves[1 - lower] = this.high
    return joined[0] as bigint
  }

  protected unsigned(low: number): bigint {
    halves[lower] = low
    halves[1 - lower] = this.high
    return joinedUnsigned[0] as bigint
  }

  /** `low` and `high` as one double. */
  protected real(low: number): number {
    halves[lower] = low
    halves[1 - lower] = this.high
    return joinedReal[0] as number
  }

  /** Little-endian. */
  float(): number {
    return this.load(4).getFloat32(0, true)
  }

  /** Little-endian. */
  double(): number {
    const at = this.position
    this.pass(8)
    const { bytes } = this
    this.high = int32At(bytes, at + 4)
    return this.real(int32At(bytes, at))
  }

  /** `low` and `high` as one signed integer, rounded to a double. */
  protected rounded(low: number): number {
    return this.high * 2 ** 32 + (low >>> 0)
  }
}

/** Little-endian. */
function int32At(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}
