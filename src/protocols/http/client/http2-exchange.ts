import type { ActiveCall } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { ClientConnection } from '../../../http2/client-connection.js'
import { ErrorCode, HeadersTooLarge, type Http2Error } from '../../../http2/error.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../../http2/stream.js'
import { replyHeadersTooLarge } from '../../failures.js'
import type { PlacedExchange } from '../../http2/client/link.js'
import type { RequestHeaders } from '../../http2/client/request-headers.js'
import { headersTooLarge, resetError } from '../../http2/client/reset-error.js'
import type { MethodExchange } from './method-exchange.js'
import { replyHeadOf } from './reply-head.js'
import type { ConnectRequest } from './request.js'

/** Runs an exchange on an HTTP/2 stream. It calls the methods of the exchange as undici does on HTTP/1.1. */
export class Http2Exchange implements StreamHandler, PlacedExchange {
  readonly call: ActiveCall
  over = false
  private stream: Http2Stream | undefined = undefined
  private connection: ClientConnection | undefined = undefined
  /** The number of frames that had arrived on the connection when the call began on it. */
  private framesBefore = 0
  /** Bytes that have arrived since the exchange asked for a pause. */
  private held = 0
  private drained: (() => void) | undefined = undefined

  constructor(
    private readonly request: ConnectRequest,
    private readonly exchange: MethodExchange,
    private readonly headers: RequestHeaders,
  ) {
    this.call = exchange.call
  }

  watch(): void {
    this.exchange.onConnect(this.abort)
  }

  start(connection: ClientConnection): void {
    const { call, headers } = this
    const { timeout, own } = this.request.parts
    const extra = own.length > 0 ? own : undefined
    const most = connection.peer.maxHeaderListSize
    if (most !== Number.POSITIVE_INFINITY) {
      const size = headers.size(timeout, extra)
      if (size > most) {
        this.fail(headersTooLarge(call, size, most))
        return
      }
    }
    this.connection = connection
    this.framesBefore = connection.frames
    const stream = connection.open(this)
    this.stream = stream
    const body = this.request.body as Uint8Array | AsyncIterable<Uint8Array> | null
    try {
      if (body === null || (body instanceof Uint8Array && body.byteLength === 0))
        headers.sendOnly(stream, timeout, extra)
      else {
        headers.send(stream, timeout, extra)
        if (body instanceof Uint8Array) stream.writeLast(body, this.request.release)
        else void this.pump(stream, body)
      }
    } catch (error) {
      this.fail(RpcError.from(error, Code.internal))
    }
  }

  fail(error: RpcError): void {
    if (this.over) return
    this.end()
    this.exchange.onError(error)
  }

  onHeaders(stream: Http2Stream, headers: HeaderList, ended: boolean): void {
    this.exchange.onReplyHead(replyHeadOf(headers), this.resume)
    if (ended) this.complete(stream)
  }

  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    if (chunk.length > 0) {
      this.held += chunk.length
      if (this.exchange.onData(chunk)) this.resume()
    }
    if (ended) this.complete(stream)
  }

  /** Trailers are ignored: those of Connect are in the body, or among the headers. */
  onTrailers(stream: Http2Stream): void {
    this.complete(stream)
  }

  onReset(_stream: Http2Stream, error: Http2Error): void {
    const { call, connection } = this
    this.fail(
      error instanceof HeadersTooLarge
        ? replyHeadersTooLarge(call.method.path, error.limit, { cause: error })
        : resetError(error, call, connection?.closed ?? true),
    )
  }

  onDrain(): void {
    this.drained?.()
  }

  private readonly abort = (): void => {
    if (!this.over) this.connection?.gaveUp(this.framesBefore)
    this.end()
    this.stream?.reset(ErrorCode.cancel)
  }

  private readonly resume = (): void => {
    const { held } = this
    this.held = 0
    if (held > 0) this.stream?.consume(held)
  }

  private complete(stream: Http2Stream): void {
    if (this.over) return
    this.end()
    this.exchange.onComplete()
    // The server answered before it had the whole request, so it does not need the rest.
    if (!stream.ending) stream.reset(ErrorCode.no_error)
  }

  private end(): void {
    this.over = true
    this.drained?.()
  }

  private async pump(stream: Http2Stream, body: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      if (this.over) return
      if (stream.write(chunk)) continue
      await new Promise<void>(resolve => {
        this.drained = resolve
      })
    }
    stream.end()
  }
}
