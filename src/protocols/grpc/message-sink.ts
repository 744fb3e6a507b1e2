import { giveBack } from '../../codecs/bytes/large-memory.js'
import type { ActiveCall } from '../../core/active-call.js'
import type { OutgoingCompression } from '../../core/call.js'
import type { Http2Stream } from '../../http2/stream.js'
import { compress, prefixSize } from '../length-prefixed.js'
import type { MessageSink } from '../message-pump.js'

/** Sends messages on a stream. */
export class StreamSink implements MessageSink {
  /**
   * @param frame encodes a message after its prefix, into bytes that nothing else holds
   * @param source the call; and the compression of the message that was framed last
   */
  constructor(
    private readonly stream: Http2Stream,
    private readonly frame: (message: unknown) => Uint8Array,
    private readonly source: {
      readonly call: ActiveCall
      compression(): OutgoingCompression | undefined
    },
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
    this.stream.traffic.messagesSent++
    const compression = this.source.compression()
    const compressing = compression === undefined ? undefined : compress(framed, compression)
    if (compressing !== undefined) {
      const { observed } = this.source.call
      observed?.holdEnd()
      return compressing.then(small => this.write(small ?? framed)).finally(() => observed?.releaseEnd())
    }
    this.write(framed)
    return undefined
  }

  private write(framed: Uint8Array): void {
    this.source.call.wireMessage('sent', framed.length - prefixSize)
    this.stream.write(framed, giveBack)
  }
}
