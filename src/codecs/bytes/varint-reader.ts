import { Fault } from '../values/fault.js'
import { ByteReader, EndsTooSoon } from './byte-reader.js'

const joined = new DataView(new ArrayBuffer(8))

/** Reads varints: seven bits of an integer per byte, the lowest first. */
export class VarintReader extends ByteReader {
  /** The lower and upper 32 bits of the last varint, as signed integers. */
  protected low = 0
  protected high = 0

  /** Reads into `low` and `high`. Ignores bits above the 64th. @returns how many bytes it took */
  protected varint(): number {
    const { bytes, end, position } = this
    let low = 0
    let high = 0
    let at = position
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new EndsTooSoon()
      const byte = bytes[at++] as number
      if (shift < 28) low |= (byte & 127) << shift
      else if (shift === 28) {
        low |= (byte & 127) << 28
        high = (byte & 127) >> 4
      } else high |= (byte & 127) << (shift - 32)
      if (byte < 128) {
        this.low = low
        this.high = high
        this.position = at
        return at - position
      }
    }
    throw new Fault('a varint of more than ten bytes')
  }

  /** Like `varint`, but refuses bits above the 64th. */
  protected varint64(): void {
    if (this.varint() === 10 && (this.bytes[this.position - 1] as number) > 1)
      throw new Fault('an integer of more than 64 bits')
  }

  /** Undoes zigzag in `low` and `high`. */
  protected unzigzag(): void {
    const { low, high } = this
    const sign = -(low & 1)
    this.low = ((low >>> 1) | (high << 31)) ^ sign
    this.high = (high >>> 1) ^ sign
  }

  /** `low` and `high` as one signed integer. */
  protected signed(): bigint {
    joined.setInt32(0, this.high)
    joined.setInt32(4, this.low)
    return joined.getBigInt64(0)
  }

  protected unsigned(): bigint {
    joined.setInt32(0, this.high)
    joined.setInt32(4, this.low)
    return joined.getBigUint64(0)
  }

  /** `low` and `high` as one signed integer, rounded to a double. */
  protected rounded(): number {
    return this.high * 2 ** 32 + (this.low >>> 0)
  }
}
