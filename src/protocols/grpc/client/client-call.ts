import { giveBack } from '../../../codecs/bytes/large-memory.js'
import type { Encoding } from '../../../codecs/compression.js'
import type { ActiveCall } from '../../../core/active-call.js'
import { deadlineExceeded, type OutgoingCompression } from '../../../core/call.js'
import type { Cancelable } from '../../../core/cancelable.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { ClientConnection } from '../../../http2/client-connection.js'
import { ErrorCode, type Http2Error } from '../../../http2/error.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../../http2/stream.js'
import type { PlacedExchange } from '../../http2/client/link.js'
import { headersTooLarge } from '../../http2/client/reset-error.js'
import { compress, prefixSize } from '../../length-prefixed.js'
import { writeMetadata } from '../metadata.js'
import type { RequestHeaders } from './bound-method.js'
import { brokenReply, errorOf, notGrpc, replyEncoding } from './reply-error.js'
import { type ReplyFields, replyFieldsOf } from './reply-fields.js'

/** What an attempt begins with. */
export interface ExchangeInit {
  readonly call: ActiveCall
  readonly headers: RequestHeaders
  /** Bytes of one message. */
  readonly limit: number
}

/**
 * One attempt of a call, on one stream. It begins with `start`, when a connection has room. It settles once: with the server's trailers, a
 * reset, or the call's cancellation.
 */
export abstract class Exchange implements StreamHandler, PlacedExchange, Cancelable {
  readonly call: ActiveCall
  protected readonly headers: RequestHeaders
  /** Bytes of one message. */
  protected readonly limit: number
  protected stream: Http2Stream | undefined = undefined
  protected settled = false
  private connection: ClientConnection | undefined = undefined
  /** The number of frames that had arrived on the connection when the call began on it. */
  private framesBefore = 0
  private readonly extra: string[] | undefined

  /** @throws RpcError for headers that cannot be sent */
  constructor({ call, headers, limit }: ExchangeInit) {
    this.call = call
    this.headers = headers
    this.limit = limit
    const { compression } = headers.method
    this.extra = extraFields(call, compression === undefined ? call.compression : undefined)
  }

  watch(): void {
    this.call.onCancel(this)
  }

  get over(): boolean {
    return this.settled
  }

  start(connection: ClientConnection): void {
    const { call } = this
    const { deadline, now } = call
    const remaining = deadline === Number.POSITIVE_INFINITY ? deadline : deadline - (now ?? call.clock.now())
    if (remaining <= 0) {
      this.fail(deadlineExceeded(call))
      return
    }
    const most = connection.peer.maxHeaderListSize
    if (most !== Number.POSITIVE_INFINITY) {
      const size = this.headers.size(remaining, this.extra)
      if (size > most) {
        this.fail(headersTooLarge(call, size, most))
        return
      }
    }
    this.connection = connection
    this.framesBefore = connection.frames
    const stream = connection.open(this)
    this.stream = stream
    this.headers.send(stream, remaining, this.extra)
    this.send(stream)
  }

  /** Ends the attempt with an error, and cancels the stream. */
  fail(error: RpcError): void {
    if (this.settled) return
    this.settled = true
    this.stream?.reset(ErrorCode.cancel)
    this.call.offCancel(this)
    this.rejected(error)
  }

  onHeaders(_stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    const fields = replyFieldsOf(headers)
    if (ended) {
      this.finish(fields)
      return
    }
    if (!fields.isGrpc) {
      this.fail(fields.status === undefined ? notGrpc(fields, this.call) : this.errorIn(fields))
      return
    }
    try {
      const encoding = replyEncoding(fields.encoding, this.call)
      if (fields.metadata.length > 0 || this.call.previousAttempts > 0)
        this.call.receiveReplyHeaders([...fields.metadata])
      this.accepted(encoding)
    } catch (error) {
      this.fail(RpcError.from(error))
    }
  }

  onTrailers(_stream: Http2Stream, headers: HeaderList): void {
    this.finish(replyFieldsOf(headers))
  }

  onReset(_stream: Http2Stream, error: Http2Error): void {
    if (this.settled) return
    this.settled = true
    this.call.offCancel(this)
    this.rejected(brokenReply(error, this.call, this.connection?.closed ?? true))
  }

  onDrain(): void {}

  abstract onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void

  /** Writes the request after its headers. */
  protected abstract send(stream: Http2Stream): void
  /** Called with the reply's headers. */
  protected abstract accepted(encoding: Encoding | undefined): void
  /** Called when the reply has ended with status 0. */
  protected abstract ended(): void
  /** Called when the attempt has failed. */
  protected abstract rejected(error: RpcError): void

  protected finish(fields: ReplyFields): void {
    if (this.settled) return
    const { call, stream } = this
    if (fields.metadata.length > 0 || call.previousAttempts > 0) call.receiveReplyTrailers([...fields.metadata])
    const error = errorOf(fields, call, this.headers.method.details)
    // The server answered before it had the whole request, so it does not need the rest.
    if (stream !== undefined && !stream.ending) stream.reset(ErrorCode.no_error)
    if (error === undefined) {
      this.ended()
      return
    }
    this.settled = true
    call.offCancel(this)
    this.rejected(error)
  }

  /** Writes the only message of a request, compressed if asked for, and ends the request. */
  protected sendOne(stream: Http2Stream, framed: Uint8Array): void {
    stream.traffic.messagesSent++
    const compression = this.messageCompression
    const compressing = compression === undefined ? undefined : compress(framed, compression)
    if (compressing === undefined) {
      this.write(stream, framed)
      return
    }
    compressing.then(
      small => this.write(stream, small ?? framed),
      error => this.fail(RpcError.from(error)),
    )
  }

  private write(stream: Http2Stream, framed: Uint8Array): void {
    this.call.wireMessage('sent', framed.length - prefixSize)
    stream.writeLast(framed, giveBack)
  }

  /** The compression of requests. */
  private get compression(): OutgoingCompression | undefined {
    return this.headers.method.compression ?? this.call.compression
  }

  /** The compression of the next message. A stream has one encoding, but each message may be compressed or not. */
  protected get messageCompression(): OutgoingCompression | undefined {
    return this.call.compressMessages ? this.compression : undefined
  }

  private errorIn(fields: ReplyFields): RpcError {
    return errorOf(fields, this.call, this.headers.method.details) ?? notGrpc(fields, this.call)
  }

  cancel(reason: RpcError): void {
    this.connection?.gaveUp(this.framesBefore)
    this.fail(reason)
  }
}

/** The headers that only this call has; undefined if there are none. */
function extraFields(call: ActiveCall, compression: OutgoingCompression | undefined): string[] | undefined {
  const headers = call.headersIfAny
  if (headers === undefined && call.previousAttempts === 0 && compression === undefined) return undefined
  const list: string[] = []
  if (compression !== undefined) list.push('grpc-encoding', compression.encoding.name)
  if (call.previousAttempts > 0) list.push('grpc-previous-rpc-attempts', String(call.previousAttempts))
  writeMetadata(headers, list)
  return list
}
