import type { Peer } from '../../../core/call.js'
import { messageTooLarge } from '../../../core/limits.js'
import { ErrorCode, type Http2Error } from '../../../http2/error.js'
import type { HeaderBlock } from '../../../http2/header-block.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../../http2/stream.js'
import {
  canceledByClient,
  clientDisconnected,
  expiredOnArrival,
  requestBodyTimeout,
  unreadableRequest,
} from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { HttpExchange } from '../../http2/server/http-exchange.js'
import type { HttpConnection } from '../../http2/server/stream-listener.js'
import type { Decompress } from '../compression.js'
import { roomFor } from './header-room.js'
import { type Exchange, exchangeOf, type ServedCall } from './served-call.js'
import { UnaryExchange, type UnaryReply, type UnaryRequest } from './unary.js'

/** What calls need of the head of a request. Requests with the same header bytes share one. */
export interface Http2Request extends UnaryRequest {
  readonly headers: HeaderList
  /** Milliseconds, above 0. */
  readonly timeout: number
  readonly decompress: Decompress
  /** The status 200 and the content type of the reply. */
  readonly replyHead: HeaderBlock
}

/**
 * A unary call on a stream of HTTP/2. It reads and writes the stream itself: Node's pair of stream objects would cost more than the rest of
 * the call. The pair is made only to refuse a call.
 */
export class Http2UnaryExchange extends UnaryExchange implements StreamHandler {
  /** What has arrived of the body. */
  private body: Uint8Array = none
  /** All chunks, if the body has more than one. */
  private chunks: GatheredBytes | undefined = undefined

  constructor(
    private readonly stream: Http2Stream,
    protected override readonly request: Http2Request,
    private readonly connection: HttpConnection,
  ) {
    const { clock, limits } = request.settings
    const now = clock.now()
    super(request, now, request.timeout)
    stream.endDue = Math.min(now + limits.bodyTimeout, this.deadline)
  }

  protected get peer(): Peer {
    return this.connection.peer
  }

  protected get headerRoom(): number {
    return roomFor(this.request.settings, this.stream.maxHeaderList)
  }

  /** Hands the stream over to a new pair, with what has not arrived of the request. */
  protected takeExchange(): Exchange {
    const { stream, request, connection } = this
    this.isOver = true
    const pair = new HttpExchange(stream, request.headers, connection)
    pair.takeOver()
    return exchangeOf(request, pair.nodeRequest, pair.nodeResponse)
  }

  protected hold(call: ServedCall): void {
    call.hold(this.stream)
  }

  /** As over gRPC: a connection that takes no replies gets no further ones encoded. */
  protected override room(): Promise<void> | undefined {
    return this.stream.crowded ? this.stream.room() : undefined
  }

  protected send({ head, body, release }: UnaryReply): void {
    const { stream } = this
    if (stream.closed) return
    stream.sendHeaders(this.request.replyHead, head.slice(2))
    stream.writeLast(body, release)
  }

  /** Conditions are for GET. */
  protected answerUnchanged(): boolean {
    return false
  }

  onHeaders(): void {}

  onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    if (chunk.length > 0) stream.consume(chunk.length)
    const { limits } = this.request.settings
    const size = (this.chunks ?? this.body).length + chunk.length
    if (size > limits.messageBytes) {
      const error = unreadableRequest(messageTooLarge(limits.messageBytes), this.path)
      this.refuse(error, ended ? {} : { close: true })
      return
    }
    if (size === chunk.length) this.body = chunk
    else if (chunk.length > 0) this.gather(chunk)
    if (!ended) return
    const body = this.chunks?.all() ?? this.body
    this.chunks = undefined
    this.body = none
    this.begin(body, this.request.decompress)
  }

  /** Trailers of a request have no meaning in Connect, but they end it. */
  onTrailers(stream: Http2Stream): void {
    this.onData(stream, noBytes, true)
  }

  onReset(stream: Http2Stream, error: Http2Error): void {
    this.isOver = true
    const isCanceled = stream.wasReset && error.code === ErrorCode.cancel
    this.call?.cancel(isCanceled ? canceledByClient(this.path) : clientDisconnected(this.path))
  }

  onDrain(): void {}

  onOverdue(): void {
    const { clock, limits } = this.request.settings
    const isExpired = clock.now() >= this.deadline
    const error = isExpired ? expiredOnArrival(this.path) : requestBodyTimeout(this.path, limits.bodyTimeout)
    this.refuse(unreadableRequest(error, this.path), { close: true, isLate: true })
  }

  private get path(): string {
    return this.request.served.method.schema.path
  }

  private gather(chunk: Buffer): void {
    if (this.chunks === undefined) {
      this.chunks = new GatheredBytes()
      this.chunks.add(this.body)
    }
    this.chunks.add(chunk)
  }
}

const none = new Uint8Array(0)
const noBytes = Buffer.alloc(0)
