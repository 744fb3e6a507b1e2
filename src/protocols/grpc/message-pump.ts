import type { OutgoingCompression } from '../../core/call.js'
import type { Http2Stream } from '../../http2/stream.js'
import { compress } from '../length-prefixed.js'

/**
 * Sends the messages of an AsyncIterable on one stream. It asks for a message only when the peer and the socket take it, so a slow reader
 * at the other end stops the source.
 */
export class MessagePump {
  private source: AsyncIterator<unknown> | undefined
  private room: (() => void) | undefined

  /**
   * @param frame encodes a message after its prefix
   * @param compression returns that of the message that was framed last
   */
  constructor(
    private readonly stream: Http2Stream,
    private readonly frame: (message: unknown) => Uint8Array,
    private readonly compression: () => OutgoingCompression | undefined,
  ) {}

  /** Resolves when the source has ended, or the stream, which stops the source. Throws what the source or `frame` throws. */
  async run(messages: AsyncIterable<unknown>): Promise<void> {
    const { stream } = this
    const source = messages[Symbol.asyncIterator]()
    this.source = source
    try {
      while (!stream.closed) {
        const result = await source.next()
        if (result.done) {
          this.source = undefined
          return
        }
        if (stream.crowded) {
          await stream.room()
          if (stream.closed) return
        }
        const taken = this.send(result.value)
        if (!(typeof taken === 'boolean' ? taken : await taken)) await this.drained()
      }
    } finally {
      this.stop()
    }
  }

  /** Continues when there is room again. */
  resume(): void {
    const { room } = this
    this.room = undefined
    room?.()
  }

  /** Ends the source, because the stream is over. An error in the source's `finally` is ignored. */
  stop(): void {
    const { source } = this
    this.source = undefined
    this.resume()
    if (source?.return !== undefined) source.return().catch(() => {})
  }

  private send(message: unknown): boolean | Promise<boolean> {
    const framed = this.frame(message)
    const { stream } = this
    const compression = this.compression()
    const compressing = compression === undefined ? undefined : compress(framed, compression)
    return compressing === undefined ? stream.write(framed) : compressing.then(small => stream.write(small ?? framed))
  }

  private drained(): Promise<void> | undefined {
    if (this.stream.closed || !this.stream.awaitsDrain) return undefined
    return new Promise(resolve => {
      this.room = resolve
    })
  }
}
