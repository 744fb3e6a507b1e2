import type { OutgoingCompression } from '../../core/call.js'
import type { Http2Stream } from '../../http2/stream.js'
import { compress } from '../length-prefixed.js'
import type { MessageSink } from '../message-pump.js'

/** Sends messages on a stream. */
export class StreamSink implements MessageSink {
  /**
   * @param frame encodes a message after its prefix
   * @param compression returns that of the message that was framed last
   */
  constructor(
    private readonly stream: Http2Stream,
    private readonly frame: (message: unknown) => Uint8Array,
    private readonly compression: () => OutgoingCompression | undefined,
  ) {}

  get closed(): boolean {
    return this.stream.closed
  }

  get awaitsDrain(): boolean {
    return this.stream.awaitsDrain
  }

  room(): Promise<void> | undefined {
    return this.stream.crowded ? this.stream.room() : undefined
  }

  send(message: unknown): Promise<unknown> | undefined {
    const framed = this.frame(message)
    const { stream } = this
    stream.traffic.messagesSent++
    const compression = this.compression()
    const compressing = compression === undefined ? undefined : compress(framed, compression)
    if (compressing !== undefined) return compressing.then(small => stream.write(small ?? framed))
    stream.write(framed)
    return undefined
  }
}
