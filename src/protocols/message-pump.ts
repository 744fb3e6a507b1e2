/** Where a pump sends messages. */
export interface MessageSink {
  /** Whether it takes no more messages. */
  readonly closed: boolean
  /** Whether the messages that it was given must go before it takes another one. Then it calls `resume` of the pump. */
  readonly awaitsDrain: boolean
  /** Resolves when the next message may be encoded; undefined if it may at once. */
  room(): Promise<void> | undefined
  /** Encodes and sends a message. */
  send(message: unknown): Promise<unknown> | undefined
}

/**
 * Sends the messages of a stream, one at a time. It asks for a message only when the peer and the socket take it, so a slow reader at the
 * other end stops the source.
 */
export class MessagePump {
  private source: AsyncIterator<unknown> | undefined
  private drained: (() => void) | undefined

  constructor(private readonly sink: MessageSink) {}

  /** Resolves when the source has ended, or the sink, which stops the source. Throws what the source or the sink throws. */
  async run(messages: AsyncIterable<unknown>): Promise<void> {
    const { sink } = this
    const source = messages[Symbol.asyncIterator]()
    this.source = source
    try {
      while (!sink.closed) {
        const result = await source.next()
        if (result.done) {
          this.source = undefined
          return
        }
        const room = sink.room()
        if (room !== undefined) await room
        if (sink.closed) return
        const sending = sink.send(result.value)
        if (sending !== undefined) await sending
        if (sink.awaitsDrain && !sink.closed) await new Promise<void>(this.untilDrained)
      }
    } finally {
      this.stop()
    }
  }

  /** Continues after the sink has drained. */
  resume(): void {
    const { drained } = this
    this.drained = undefined
    drained?.()
  }

  /** Ends the source, because the stream is over. An error in the source's `finally` is ignored. */
  stop(): void {
    const { source } = this
    this.source = undefined
    this.resume()
    if (source?.return !== undefined) source.return().catch(() => {})
  }

  private readonly untilDrained = (resolve: () => void): void => {
    this.drained = resolve
  }
}
