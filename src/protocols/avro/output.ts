import type { Duplex } from 'node:stream'
import { AvroWriter } from '../../codecs/avro/writer.js'
import { type Body, Output } from '../pipelined/output.js'
import type { Framing } from './framing.js'

/** Where messages are written. */
export interface MessageOutput {
  /**
   * Writes one message. Where `body` throws, nothing of it is sent.
   * @param serial for netty framing
   */
  write<T>(serial: number, body: Body<AvroWriter, T>, value: T): void
}

/** Messages of one connection on their way out. */
export class AvroOutput extends Output implements MessageOutput {
  private readonly out = new AvroWriter()

  /** @param framing a server sets it once it knows how its client frames */
  constructor(
    socket: Duplex,
    public framing: Framing,
  ) {
    super(socket)
  }

  protected get gathered(): number {
    return this.out.length
  }

  protected take(): Uint8Array | undefined {
    return this.out.length === 0 ? undefined : this.out.take()
  }

  write<T>(serial: number, body: Body<AvroWriter, T>, value: T): void {
    const { out } = this
    const mark = out.length
    try {
      if (this.framing === 'netty') {
        out.fixed32(serial)
        out.fixed32(1)
      }
      const lengthAt = out.length
      out.fixed32(0)
      body.write(out, value)
      out.patch(lengthAt, out.length - lengthAt - 4)
      if (this.framing === 'framed') out.fixed32(0)
    } catch (error) {
      out.rewind(mark)
      throw error
    }
    this.schedule()
  }
}
