import type { Encoding } from '../../../codecs/compression.js'
import { checkMessageSize } from '../../../core/limits.js'
import type { Outcome } from '../../../core/outcome.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { Http2Stream } from '../../../http2/stream.js'
import { unreadableReply, wrongReplyCount } from '../../failures.js'
import { frame, isWhole, MessageReader, prefixSize } from '../../length-prefixed.js'
import { decompress } from '../compression.js'
import { cutOff, frameRules, isCompressed } from '../framing.js'
import { Exchange, type ExchangeInit } from './client-call.js'
import { missingStatus } from './reply-error.js'

/** One request, one reply. */
export class UnaryExchange extends Exchange {
  /** Undefined after it was sent, so that it can be collected. */
  private request: Uint8Array | undefined
  private encoding: Encoding | undefined = undefined
  private reader: MessageReader | undefined = undefined
  private replied = false
  private reply: unknown = undefined
  /** A decompression in progress. */
  private pending: Promise<void> | undefined = undefined

  /** @throws RpcError if the request or its headers cannot be sent */
  constructor(
    init: ExchangeInit,
    private readonly outcome: Outcome,
  ) {
    super(init)
    const { call, headers } = init
    this.request = frame(headers.method.request, call.message)
    call.observed?.message('sent', this.request.length - prefixSize)
  }

  protected send(stream: Http2Stream): void {
    const { request } = this
    this.request = undefined
    if (request !== undefined) this.sendOne(stream, request)
  }

  protected accepted(encoding: Encoding | undefined): void {
    this.encoding = encoding
  }

  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    if (chunk.length > 0) stream.consume(chunk.length)
    try {
      if (this.reader === undefined && !this.replied && isWhole(chunk)) {
        checkMessageSize(chunk.length - prefixSize, this.limit)
        stream.traffic.messagesReceived++
        this.take(chunk.subarray(prefixSize), { compressed: isCompressed(chunk[0] as number), isOwn: false })
      } else {
        this.gather(chunk, stream)
      }
      if (ended) throw missingStatus(this.call)
    } catch (error) {
      this.fail(unreadableReply(error, this.call.method.path))
    }
  }

  protected ended(): void {
    if (this.pending !== undefined) {
      const { pending } = this
      this.pending = undefined
      pending.then(
        () => {
          // The call may have been cancelled meanwhile.
          if (!this.settled) this.ended()
        },
        error => this.fail(unreadableReply(error, this.call.method.path)),
      )
      return
    }
    if (!this.replied) {
      const { path } = this.call.method
      this.fail(
        this.reader === undefined ? wrongReplyCount(path, 'none') : RpcError.from(unreadableReply(cutOff(), path)),
      )
      return
    }
    this.settled = true
    this.outcome.fulfil(this.reply)
  }

  protected rejected(error: RpcError): void {
    this.outcome.reject(error)
  }

  private gather(chunk: Buffer, stream: Http2Stream): void {
    if (chunk.length === 0) return
    if (this.replied) throw wrongReplyCount(this.call.method.path, 'more than one')
    this.reader ??= new MessageReader(frameRules(this.limit))
    this.reader.push(chunk)
    if (!this.reader.ready) return
    const bytes = this.reader.take()
    if (this.reader.buffered > 0) throw wrongReplyCount(this.call.method.path, 'more than one')
    stream.traffic.messagesReceived++
    this.take(bytes, this.reader)
  }

  private take(bytes: Buffer, { compressed, isOwn }: { compressed: boolean; isOwn: boolean }): void {
    this.replied = true
    this.call.wireMessage('received', bytes.length)
    const { reply } = this.headers.method
    if (!compressed) {
      this.reply = reply.decode(bytes, isOwn)
      this.call.observed?.message('received', bytes.length)
      return
    }
    this.pending = decompress(bytes, this.encoding, this.limit).then(plain => {
      this.reply = reply.decode(plain, true)
      this.call.observed?.message('received', plain.length)
    })
    // `ended` handles the failure. A call that ended otherwise ignores it.
    this.pending.catch(() => {})
  }
}
