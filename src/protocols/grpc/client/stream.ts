import type { Encoding } from '../../../codecs/compression.js'
import { streamsIn } from '../../../core/call.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { unreadableReply } from '../../failures.js'
import { frame, prefixSize } from '../../length-prefixed.js'
import { MessagePump } from '../../message-pump.js'
import { Backlog } from '../../stream-backlog.js'
import { StreamSink } from '../message-sink.js'
import { MessageStream } from '../message-stream.js'
import { Exchange, type ExchangeInit } from './client-call.js'
import { missingStatus } from './reply-error.js'

/** A call that streams requests out, replies in, or both. */
export class StreamExchange extends Exchange {
  /** The request of a method that takes one message. */
  private readonly request: Uint8Array | undefined
  private requests: MessagePump | undefined = undefined
  private replies: MessageStream | undefined = undefined
  private isAccepted = false

  /** @throws RpcError if the request or its headers cannot be sent */
  constructor(
    init: ExchangeInit,
    private readonly resolve: (replies: AsyncIterable<unknown>) => void,
    private readonly reject: (error: RpcError) => void,
  ) {
    super(init)
    const { call } = init
    this.request = streamsIn(call.method) ? undefined : this.framed(call.message)
  }

  onData(_stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    if (chunk.length > 0) this.replies?.push(chunk)
    if (ended) this.fail(missingStatus(this.call))
  }

  override onDrain(): void {
    this.requests?.resume()
  }

  private framed(message: unknown): Uint8Array {
    const framed = frame(this.headers.method.request, message)
    this.call.observed?.message('sent', framed.length - prefixSize)
    return framed
  }

  protected send(stream: Http2Stream): void {
    const { reply } = this.headers.method
    this.replies = new MessageStream(stream, {
      serializer: reply,
      limit: this.limit,
      call: this.call,
      unreadable: unreadableReply,
      onDrop: error => this.dropped(error),
    })
    if (this.request !== undefined) {
      this.sendOne(stream, this.request)
      return
    }
    this.tellBacklog(stream)
    const framed = (message: unknown) => this.framed(message)
    this.requests = new MessagePump(
      new StreamSink(stream, framed, { call: this.call, compression: () => this.messageCompression }),
    )
    this.requests.run(this.call.message as AsyncIterable<unknown>).then(
      () => stream.end(),
      error => this.fail(RpcError.from(error)),
    )
  }

  protected accepted(encoding: Encoding | undefined): void {
    const { replies } = this
    if (replies === undefined) return
    replies.encoding = encoding
    this.accept(replies)
  }

  protected ended(): void {
    this.settled = true
    this.call.offCancel(this)
    this.requests?.stop()
    if (this.replies === undefined) return
    this.accept(this.replies)
    this.replies.end()
  }

  protected rejected(error: RpcError): void {
    this.requests?.stop()
    if (!this.isAccepted) this.reject(error)
    else if (this.call.canceled === error) this.replies?.fail(error)
    else this.replies?.end(error)
  }

  /** Of parallel attempts the one that is answered has the stream. */
  private tellBacklog(stream: Http2Stream): void {
    this.call.observed?.streams(new Backlog(this.replies, () => stream.pendingBytes))
  }

  private accept(replies: MessageStream): void {
    if (!this.isAccepted && this.request !== undefined && this.stream !== undefined) this.tellBacklog(this.stream)
    this.isAccepted = true
    this.resolve(replies)
  }

  /** Called when the caller stops reading, or a reply cannot be read. */
  private dropped(error: RpcError | undefined): void {
    if (this.settled) return
    this.settled = true
    this.call.offCancel(this)
    this.stream?.reset()
    this.requests?.stop()
    if (error !== undefined && !this.isAccepted) this.reject(error)
  }
}
