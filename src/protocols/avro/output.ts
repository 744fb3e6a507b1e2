import type { Duplex } from 'node:stream'
import { AvroWriter } from '../../codecs/avro/writer.js'
import type { Framing } from './framing.js'

/** Messages of one connection on their way out: all of one tick go in one write, each encoded straight behind the one before. */
export class Output {
  /** Counts writes: what was begun since the last is still in this process. */
  batch = 0
  private readonly out = new AvroWriter()
  private isScheduled = false
  private isEnded = false

  constructor(
    private readonly socket: Duplex,
    private readonly framing: Framing,
  ) {}

  /** Bytes that the peer has not taken. */
  get unsent(): number {
    return this.socket.writableLength + this.out.length
  }

  /**
   * Writes one message. Where `write` throws, nothing of it is sent.
   * @param serial for netty framing
   */
  message(serial: number, write: (out: AvroWriter) => void): void {
    const { out } = this
    const mark = out.length
    try {
      if (this.framing === 'netty') {
        out.fixed32(serial)
        out.fixed32(1)
      }
      const lengthAt = out.length
      out.fixed32(0)
      write(out)
      out.patch(lengthAt, out.length - lengthAt - 4)
      if (this.framing === 'framed') out.fixed32(0)
    } catch (error) {
      out.rewind(mark)
      throw error
    }
    if (this.isScheduled) return
    this.isScheduled = true
    process.nextTick(flush, this)
  }

  /** Sends what is written, now. */
  flush(): void {
    this.isScheduled = false
    const { out, socket } = this
    if (out.length === 0) return
    const bytes = out.take()
    if (this.isEnded || socket.destroyed) return
    this.batch++
    socket.write(bytes)
  }

  /** Sends what is written, then ends the connection. */
  end(): void {
    this.flush()
    if (this.isEnded) return
    this.isEnded = true
    this.socket.end(() => this.socket.destroy())
  }
}

function flush(output: Output): void {
  output.flush()
}
