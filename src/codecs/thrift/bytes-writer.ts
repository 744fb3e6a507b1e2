import { VarintWriter } from '../bytes/varint-writer.js'

/** What Thrift's two binary formats write alike. */
export abstract class BytesWriter extends VarintWriter {
  endMessage(): void {}
  endList(): void {}
  endMap(): void {}

  i8(value: number): void {
    this.byte(value)
  }

  /** Little-endian in the compact format, big-endian in the binary one. */
  protected float64(value: number, isLittleEndian: boolean): void {
    this.reserve(8)
    this.view.setFloat64(this.position, value, isLittleEndian)
    this.position += 8
  }

  uuid(value: string): void {
    this.reserve(16)
    this.position += this.bytes.write(value, this.position, 'hex')
  }
}
