import type { Duplex } from 'node:stream'
import { AvroWriter } from '../../codecs/avro/writer.js'
import { type Body, Output } from '../pipelined/output.js'
import type { Framing } from './framing.js'

export interface MessageOutput {
  /**
   * Writes one message. If `body` throws, none of it is sent.
   * @param serial for netty framing
   */
  write<T>(serial: number, body: Body<AvroWriter, T>, value: T): void
}

/** Sends the messages of a connection. */
export class AvroOutput extends Output implements MessageOutput {
  private readonly out = new AvroWriter()

  /** @param framing a server sets it after it has detected that of its client */
  constructor(
    socket: Duplex,
    public framing: Framing,
  ) {
    super(socket)
  }

  protected get gathered(): number {
    return this.out.size
  }

  protected take(): Uint8Array | undefined {
    return this.out.size === 0 ? undefined : this.out.finish()
  }

  write<T>(serial: number, body: Body<AvroWriter, T>, value: T): void {
    const { out } = this
    const mark = out.size
    if (mark === 0) out.expect(this.expected)
    try {
      if (this.framing === 'netty') {
        out.int32(serial)
        out.int32(1)
      }
      const lengthAt = out.size
      out.int32(0)
      body.write(out, value)
      out.setInt32(lengthAt, out.size - lengthAt - 4)
      if (this.framing === 'framed') out.int32(0)
    } catch (error) {
      if (mark === 0) out.abandon()
      else out.truncate(mark)
      throw error
    }
    this.schedule()
  }
}
