import { detailsOf } from '../../../codecs/error-details.js'
import { ActiveCall } from '../../../core/active-call.js'
import { deadlineExceeded, type OutgoingCompression, type Peer, streamsIn } from '../../../core/call.js'
import { Headers } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { ErrorCode, type Http2Error } from '../../../http2/error.js'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream, StreamHandler } from '../../../http2/stream.js'
import { canceledByClient, clientDisconnected, requestBodyTimeout, unwritableReply } from '../../failures.js'
import { errorFields } from '../../grpc-status/error-fields.js'
import { headerListSize, replyHeadersTooLarge, sentWithout } from '../../header-room.js'
import { replyCompression } from '../../message-encoding.js'
import type { ServerSettings } from '../../protocol.js'
import { writeMetadata } from '../metadata.js'
import { metadataOf, type RequestHead } from './request-head.js'
import { replyHead, type ServedCodec } from './served-method.js'

/** What all calls of one connection share. */
export interface ServedConnection {
  readonly settings: ServerSettings
  readonly peer: Peer
}

const noFields = prepareHeaders([])

/** The trailers of a successful reply. */
const done: HeaderBlock = prepareHeaders([['grpc-status', '0']])

/**
 * A call being served, which is also the handler of its stream. Subclasses add how requests arrive and replies are sent. Its headers are
 * parsed on demand.
 */
export abstract class ServedCall extends ActiveCall implements StreamHandler {
  protected readonly served: ServedCodec
  /** The `grpc-encoding` of the reply. */
  private encodingSent: string | undefined = undefined

  constructor(
    protected readonly stream: Http2Stream,
    protected readonly head: RequestHead,
    protected readonly connection: ServedConnection,
  ) {
    const served = head.served as ServedCodec
    const { clock, limits } = connection.settings
    const now = clock.now()
    super({
      method: served.method.schema,
      message: undefined,
      clock,
      deadline: now + Math.min(head.timeout, limits.maxDeadline),
      peer: connection.peer,
      began: now,
    })
    this.served = served
    // A single request must arrive in time. A stream of requests may take as long as its deadline allows.
    if (!streamsIn(this.method)) stream.endDue = Math.min(now + limits.bodyTimeout, this.deadline)
    this.previousAttempts = head.previousAttempts
  }

  protected override parseHeaders(): Headers {
    return Headers.adopt(metadataOf(this.head))
  }

  override hasHeader(name: string): boolean {
    const { text } = this.head
    if (this.requestHeaders !== undefined || text === undefined) return super.hasHeader(name)
    // Requests whose headers arrive in the same bytes share a head, so only the first of them makes headers for this.
    for (let i = 0; i < text.length; i += 2) if (text[i] === name) return true
    return false
  }

  /** Calls the handler. The call counts in `limits.callsPerConnection` until it has settled. */
  protected handle(): Promise<unknown> {
    this.stream.hold()
    return this.served.method.handler(this)
  }

  override settled(): void {
    this.stream.release()
  }

  abstract onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void
  abstract onDrain(): void

  onHeaders(): void {}

  /** Trailers of a request have no meaning in gRPC, but they end it. */
  onTrailers(stream: Http2Stream, _headers: HeaderList): void {
    this.onData(stream, noBytes, true)
  }

  onReset(stream: Http2Stream, error: Http2Error): void {
    const { path } = this.method
    const isCanceled = stream.wasReset && error.code === ErrorCode.cancel
    this.cancel(isCanceled ? canceledByClient(path) : clientDisconnected(path))
  }

  abstract onOverdue(): void

  /** The error of a request that did not arrive in time. */
  protected overdue(): RpcError {
    const { path } = this.method
    const { bodyTimeout } = this.connection.settings.limits
    if (this.clock.now() >= this.deadline) return this.canceled ?? deadlineExceeded(this)
    return requestBodyTimeout(path, bodyTimeout)
  }

  /** The compression of the reply. */
  protected get replyCompression(): OutgoingCompression | undefined {
    const { encoding, acceptEncoding } = this.head
    if (this.compression === undefined && encoding === undefined) return undefined
    return replyCompression(this, encoding, acceptEncoding)
  }

  /** The compression of the next message. A stream has one encoding, but each message may be compressed or not. */
  protected get messageCompression(): OutgoingCompression | undefined {
    if (this.encodingSent === undefined || !this.compressMessages) return undefined
    const compression = this.replyCompression
    return compression?.encoding.name === this.encodingSent ? compression : undefined
  }

  override sendHeaders(): void {
    if (!this.stream.closed && !this.stream.headersSent) this.sendHead()
  }

  /** Sends the headers of the reply. @throws RpcError if they cannot be sent */
  protected sendHead(): void {
    const { served } = this
    const extra = listOf(this.replyHeadersIfAny)
    const name = this.replyCompression?.encoding.name
    const block = (name === undefined ? undefined : served.compressedHeads.get(name)) ?? served.head
    if (extra !== undefined) this.mustFit(block.size + headerListSize(extra))
    this.encodingSent = name
    this.stream.sendHeaders(block, extra)
  }

  /** Sends the trailers of a successful reply. @throws RpcError if they cannot be sent */
  protected sendDone(): void {
    const extra = listOf(this.replyTrailersIfAny)
    if (extra !== undefined) this.mustFit(done.size + headerListSize(extra))
    this.stream.end(done, extra)
  }

  private mustFit(size: number): void {
    const { maxHeaderList } = this.stream
    if (size > maxHeaderList) throw replyHeadersTooLarge(this.method.path, size, maxHeaderList)
  }

  /** Ends the call with an error, whatever was sent of its reply. */
  protected fail(error: RpcError): void {
    const { stream } = this
    if (stream.closed || stream.ending) return
    const fields = this.errorFields(error)
    if (stream.headersSent) stream.end(noFields, fields)
    else stream.sendOnly(this.served.head, fields)
  }

  /** Reports an error that is hidden from the peer. @returns the error for the peer */
  protected brokenReply(cause: unknown): RpcError {
    this.connection.settings.report(cause, this)
    const error = unwritableReply(this.method.path)
    if (this.observed !== undefined) this.observed.replyFailure = error
    return error
  }

  private errorFields(error: RpcError): string[] {
    const { stream, served, connection } = this
    const room = { maxHeaderList: stream.maxHeaderList, taken: stream.headersSent ? 0 : served.head.size }
    try {
      const details = detailsOf(error, served.method.details)
      const metadata: string[] = []
      if (!stream.headersSent) writeMetadata(this.replyHeadersIfAny, metadata)
      writeMetadata(this.replyTrailersIfAny, metadata)
      writeMetadata(error.headers, metadata)
      const { fields, dropped } = errorFields(error, { ...room, details, metadata })
      if (dropped.length > 0) connection.settings.report(sentWithout(dropped, this.method.path), this)
      return fields
    } catch (cause) {
      // A field or a header of the error cannot be written, but its code and message can.
      connection.settings.report(cause, this)
      return errorFields(error, { ...room, details: [], metadata: [] }).fields
    }
  }
}

const noBytes = Buffer.alloc(0)

function listOf(headers: Headers | undefined): string[] | undefined {
  if (headers === undefined || headers.size === 0) return undefined
  const list: string[] = []
  writeMetadata(headers, list)
  return list
}

/** Answers an invalid request. It is not marked as refused, because every server would answer the same. */
export function refuse(stream: Http2Stream, error: RpcError): void {
  const metadata: string[] = []
  writeMetadata(error.headers, metadata)
  const { maxHeaderList } = stream
  const { fields } = errorFields(error, { details: [], metadata, maxHeaderList, taken: plainHead.size })
  stream.sendOnly(plainHead, fields)
}

const plainHead = replyHead('application/grpc')
