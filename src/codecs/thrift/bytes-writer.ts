import { VarintWriter } from '../bytes/varint-writer.js'

/** What Thrift's two binary formats write alike. */
export abstract class BytesWriter extends VarintWriter {
  endMessage(): void {}
  endList(): void {}
  endMap(): void {}

  i8(value: number): void {
    this.byte(value)
  }

  uuid(value: string): void {
    this.reserve(16)
    this.position += (this.bytes as Buffer).write(value, this.position, 'hex')
  }
}
