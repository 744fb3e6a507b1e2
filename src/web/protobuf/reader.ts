import { Fault } from '../../codecs/values/fault.js'

/** Reads protobuf's binary format. Faults are thrown for bytes that are not. */
export class ProtoReader {
  private position = 0

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.position === this.bytes.length
  }

  /** The 64 bits of a varint, unsigned. */
  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0] as number
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw new Fault('a varint of more than 10 bytes')
  }

  /** The number of the next field, and how its value is written. */
  tag(): { readonly number: number; readonly wire: number } {
    const tag = this.varint()
    if (tag < 8n || tag >= 1n << 32n) throw new Fault('malformed tag')
    return { number: Number(tag >> 3n), wire: Number(tag & 7n) }
  }

  /** A view. */
  take(count: number): Uint8Array {
    const start = this.position
    if (count > this.bytes.length - start) throw new Fault('the bytes end too soon')
    this.position += count
    return this.bytes.subarray(start, this.position)
  }

  /** What is left; a view. */
  rest(): Uint8Array {
    return this.take(this.bytes.length - this.position)
  }

  fixed(count: 4 | 8): DataView {
    const { buffer, byteOffset } = this.take(count)
    return new DataView(buffer, byteOffset, count)
  }

  /** Bytes behind their length. */
  delimited(): Uint8Array {
    return this.take(Number(this.varint()))
  }

  /** Steps over the value of a field, which may be a group. */
  skip({ number, wire }: { readonly number: number; readonly wire: number }, depth: number): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.take(8)
    else if (wire === 2) this.delimited()
    else if (wire === 5) this.take(4)
    else if (wire !== 3) throw new Fault(`wire type ${wire} where a field begins`)
    else {
      if (depth <= 0) throw new Fault('groups nested too deep')
      for (;;) {
        const tag = this.tag()
        if (tag.wire !== 4) this.skip(tag, depth - 1)
        else if (tag.number === number) return
        else throw new Fault('the end of a group that did not begin')
      }
    }
  }
}
