import { streamsIn, streamsOut } from '../../../core/call.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { Http2Error } from '../../../http2/error.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { unparsedRequest, wrongRequestCount } from '../../failures.js'
import { frame, prefixSize } from '../../length-prefixed.js'
import { MessagePump } from '../../message-pump.js'
import { onlyMessage, streamOfOne } from '../../only-message.js'
import { Backlog } from '../../stream-backlog.js'
import { StreamSink } from '../message-sink.js'
import { MessageStream } from '../message-stream.js'
import { ServedCall } from './served-call.js'

/** A call that streams requests in, replies out, or both. */
export class StreamCall extends ServedCall {
  private requests: MessageStream | undefined
  private replies: MessagePump | undefined

  /** Calls the handler. */
  begin(): void {
    const { limits } = this.connection.settings
    const requests = new MessageStream(this.stream, {
      serializer: this.served.request,
      limit: limits.messageBytes,
      call: this,
      unreadable: unparsedRequest,
      onDrop: () => {},
    })
    requests.encoding = this.head.encoding
    this.requests = requests
    this.onCancel(reason => {
      requests.fail(reason)
      // If the stream is still open, the handler's rejection answers the call.
      this.replies?.stop()
    })
    void this.run(requests)
  }

  onData(_stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    if (chunk.length > 0) this.requests?.push(chunk)
    if (ended) this.requests?.end()
  }

  onDrain(): void {
    this.replies?.resume()
  }

  onOverdue(): void {
    // The handler's rejection answers the call.
    this.cancel(this.overdue())
  }

  override onReset(stream: Http2Stream, error: Http2Error): void {
    super.onReset(stream, error)
    this.replies?.stop()
  }

  override receive(): Promise<void> | undefined {
    return streamsIn(this.method) ? undefined : this.only(this.message as MessageStream)
  }

  private async only(requests: MessageStream): Promise<void> {
    this.message = await onlyMessage(requests, this.method.path, wrongRequestCount)
  }

  private async run(requests: MessageStream): Promise<void> {
    this.message = requests
    try {
      const handling = this.handle()
      this.observed?.streams(new Backlog(requests, () => this.stream.pendingBytes))
      const reply = await handling
      if (this.stream.closed) return
      const isStream = streamsOut(this.method)
      // The call of a single reply ended with its handler, and the reply may have to wait until the connection takes it.
      if (!isStream) this.observed?.holdEnd()
      await this.sendAll(isStream ? (reply as AsyncIterable<unknown>) : streamOfOne(reply))
      this.complete()
    } catch (error) {
      this.fail(RpcError.from(error))
    } finally {
      this.observed?.releaseEnd()
    }
  }

  private async sendAll(messages: AsyncIterable<unknown>): Promise<void> {
    const { reply } = this.served
    // Before its first message a handler may add headers, or fail so that the call can be sent again: so headers are sent with the first
    // message.
    const framed = (message: unknown) => {
      try {
        const bytes = frame(reply, message)
        this.observed?.message('sent', bytes.length - prefixSize)
        if (!this.stream.headersSent) this.sendHead()
        return bytes
      } catch (error) {
        throw this.brokenReply(error)
      }
    }
    this.replies = new MessagePump(
      new StreamSink(this.stream, framed, { call: this, compression: () => this.messageCompression }),
    )
    await this.replies.run(messages)
  }

  private complete(): void {
    try {
      if (!this.stream.headersSent) this.sendHead()
      this.sendDone()
    } catch (error) {
      throw this.brokenReply(error)
    }
  }
}
