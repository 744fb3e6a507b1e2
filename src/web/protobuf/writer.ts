/** Writes protobuf's binary format. */
export class ProtoWriter {
  private bytes = new Uint8Array(64)
  private size = 0

  /** @param value 64 bits of it are written */
  varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    for (; rest > 127n; rest >>= 7n) this.room(1).setUint8(0, Number(rest & 127n) | 128)
    this.room(1).setUint8(0, Number(rest))
  }

  tag(number: number, wire: number): void {
    this.varint((BigInt(number) << 3n) | BigInt(wire))
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.size - bytes.length)
  }

  /** Bytes behind their length. */
  delimited(write: (inner: ProtoWriter) => void): void {
    const inner = new ProtoWriter()
    write(inner)
    this.varint(BigInt(inner.size))
    this.raw(inner.written())
  }

  /** The next bytes, to be written. */
  room(count: number): DataView {
    const start = this.size
    this.size += count
    if (this.size > this.bytes.length) {
      const larger = new Uint8Array(2 * this.size)
      larger.set(this.bytes)
      this.bytes = larger
    }
    return new DataView(this.bytes.buffer, start, count)
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.size)
  }
}
