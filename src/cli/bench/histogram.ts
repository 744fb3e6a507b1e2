import { deflateSync } from 'node:zlib'

/** Values below this have a slot each; above it each doubling has half as many: 3 significant digits. */
const subBuckets = 2048
const half = subBuckets / 2
const halfMagnitude = 10
/** Microseconds: an hour. */
const highest = 3_600_000_000

/** A histogram that can be sent to another thread. */
export interface PackedHistogram {
  readonly greatest: number
  readonly total: number
  /** By slot, up to that of `greatest`. */
  readonly counts: Float64Array
}

/**
 * A histogram with high dynamic range, of microseconds from 1 µs to 1 h: every value is kept to 3 significant digits. Its slots are those
 * of HdrHistogram, so that `encoded` can be read and merged by its tools.
 *
 * Source: github.com/HdrHistogram/HdrHistogram, AbstractHistogram.
 */
export class Histogram {
  private readonly counts = new Float64Array(indexOf(highest) + 1)
  /** The number of values. */
  total = 0
  private greatest = 0

  /** @param value microseconds; beyond the range it counts as the nearest that is within */
  record(value: number): void {
    const within = Math.min(highest, Math.max(1, Math.round(value)))
    const index = indexOf(within)
    this.counts[index] = (this.counts[index] ?? 0) + 1
    this.total++
    if (within > this.greatest) this.greatest = within
  }

  get max(): number {
    return this.greatest
  }

  /**
   * The least value that at least this share of all values does not exceed, in microseconds; 0 if there are none. @param share from 0 to 1
   */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.total - 1e-9))
    let seen = 0
    for (const [index, count] of this.counts.entries()) {
      seen += count
      if (seen >= wanted) return Math.min(this.greatest, highestOf(index))
    }
    return 0
  }

  /** How many values are below a bound, in microseconds. */
  below(bound: number): number {
    let seen = 0
    for (const [index, count] of this.counts.entries()) {
      if (highestOf(index) >= bound) break
      seen += count
    }
    return seen
  }

  /** For another thread. */
  packed(): PackedHistogram {
    const { greatest, total } = this
    return { greatest, total, counts: this.counts.slice(0, total === 0 ? 0 : indexOf(greatest) + 1) }
  }

  /** Adds the values of another histogram. */
  add({ greatest, total, counts }: PackedHistogram): void {
    this.greatest = Math.max(this.greatest, greatest)
    this.total += total
    for (const [index, count] of counts.entries()) this.counts[index] = (this.counts[index] ?? 0) + count
  }

  /** HdrHistogram's V2 encoding, compressed, in base64. */
  encoded(): string {
    const counts = Uint8Array.from(runLengths(this.counts.subarray(0, indexOf(Math.max(1, this.greatest)) + 1)))
    const head = Buffer.alloc(40)
    head.writeUInt32BE(0x1c849313, 0)
    head.writeUInt32BE(counts.length, 4)
    head.writeUInt32BE(0, 8) // normalizing index offset
    head.writeUInt32BE(3, 12) // significant digits
    head.writeBigInt64BE(1n, 16)
    head.writeBigInt64BE(BigInt(highest), 24)
    head.writeDoubleBE(1, 32) // ratio of integers to doubles
    const packed = deflateSync(Buffer.concat([head, counts]))
    const outer = Buffer.alloc(8)
    outer.writeUInt32BE(0x1c849314, 0)
    outer.writeUInt32BE(packed.length, 4)
    return Buffer.concat([outer, packed]).toString('base64')
  }
}

/** Counts as ZigZag LEB128; a negative number is a run of zeros. */
function* runLengths(counts: Float64Array): Iterable<number> {
  for (let at = 0; at < counts.length; ) {
    let zeros = 0
    while (counts[at + zeros] === 0) zeros++
    const count = zeros > 0 ? -zeros : (counts[at] ?? 0)
    at += Math.max(1, zeros)
    for (let rest = count < 0 ? -2 * count - 1 : 2 * count; ; rest = Math.floor(rest / 128)) {
      yield rest < 128 ? rest : (rest % 128) + 128
      if (rest < 128) break
    }
  }
}

/** How often a value is halved until it is a sub-bucket. @param value an integer below 2^32 */
function halvings(value: number): number {
  return value < subBuckets ? 0 : 31 - Math.clz32(value) - halfMagnitude
}

function indexOf(value: number): number {
  const bucket = halvings(value)
  return bucket * half + Math.floor(value / 2 ** bucket)
}

/** The highest value that has the slot. */
function highestOf(index: number): number {
  const bucket = index < subBuckets ? 0 : Math.floor(index / half) - 1
  return (index - bucket * half + 1) * 2 ** bucket - 1
}
