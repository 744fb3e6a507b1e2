import { standardThreshold } from '../../../codecs/compression.js'
import { Kind, type ThriftReader } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import { sentDetails } from '../../../core/error-detail.js'
import type { HeaderValue } from '../../../core/headers.js'
import type { RpcError } from '../../../core/rpc-error.js'
import { fitting, headerListSize, replyHeadersTooLarge, sentWithout } from '../../header-room.js'
import { countedBody } from '../../pipelined/counted-body.js'
import { type Host, type RequestMetadata, ServedRequest } from '../../pipelined/server/served-request.js'
import { shortMessage } from '../../shortened.js'
import { applicationException } from '../application-exception.js'
import type { Dialect } from '../dialect.js'
import { detailsSize } from '../error-status.js'
import { find, writeHeaders, writeTrailers } from '../metadata.js'
import type { MessageOutput } from '../output.js'
import { largestHeaders } from '../theader.js'
import { readTimeout } from '../timeout.js'
import type { ServedMethod } from './served-method.js'

/** The connection or HTTP exchange that a request arrived on and that takes its answer. */
export interface ThriftHost extends Host {
  readonly output: MessageOutput
}

/** What is known about a request before its arguments are read. */
export interface RequestHead {
  readonly dialect: Dialect
  /** The method's name in the request, without the service's. */
  readonly name: string
  readonly sequence: number
  readonly isOneway: boolean
  /** Headers of THeader or HTTP, as for `Headers.adopt`. */
  readonly headers: HeaderValue[]
}

const noHeaders: readonly string[] = []
/** Bytes of the headers that HTTP itself needs, or of THeader's own fields. */
const ownHeaders = 256

/** One request and its answer. */
export class ThriftRequest extends ServedRequest {
  private method: ServedMethod | undefined = undefined

  constructor(
    private readonly head: RequestHead,
    private readonly host: ThriftHost,
  ) {
    super(head.sequence, host)
    this.isOneway = head.isOneway
  }

  /** Runs the call with the arguments in the reader, then answers. */
  run(method: ServedMethod, reader: ThriftReader): void {
    const { headers } = this.head
    this.method = method
    this.start(method, reader, headers.length === 0 ? noMetadata : metadataOf(headers))
  }

  protected writeReply(reply: unknown): void {
    const { head, host, method } = this
    const replyHead = this.messageHead(Kind.reply, this.fittingHeaders())
    host.output.write(head.dialect, replyHead, countedBody((method as ServedMethod).result, this.call), reply)
  }

  protected writeError(error: RpcError): void {
    const { head, host, method } = this
    const { output, settings } = host
    const list: string[] = []
    if (error.headers !== undefined) writeHeaders(error.headers, list)
    const [reply, own] = [fitting(this.replyHeaders(), this.room), fitting(list, this.room)]
    const details = sentDetails(error)
    const hasDetails = detailsSize(details) <= this.room
    const dropped = [...reply.dropped, ...own.dropped, ...(hasDetails ? [] : ['its details'])]
    const message = shortMessage(error.message, settings.limits)
    const sent = { error, message, headers: own.kept, details: hasDetails ? details : [] }
    if (dropped.length > 0) settings.report(sentWithout(dropped, this.path), this.call)
    if (method?.result.declares(error)) {
      try {
        const most = settings.limits.messageBytes
        const replyHead = { ...this.messageHead(Kind.reply, reply.kept), most }
        output.write(head.dialect, replyHead, method.result.asError, sent)
        return
      } catch (cause) {
        settings.report(asInvalidMessage(cause, this.path), this.call)
      }
    }
    output.write(head.dialect, this.messageHead(Kind.exception, reply.kept), applicationException, sent)
  }

  protected get path(): string {
    return this.method?.schema.path ?? this.head.name
  }

  /** The most bytes of reply headers: the server's own limit, since the client's is unknown. */
  private get room(): number {
    const { headerBytes } = this.host.settings.limits
    return Math.max(0, Math.min(headerBytes, largestHeaders) - ownHeaders)
  }

  /** @throws RpcError if they are too large */
  private fittingHeaders(): readonly string[] {
    const headers = this.replyHeaders()
    if (headers.length === 0) return headers
    const size = headerListSize(headers)
    if (size > this.room) throw replyHeadersTooLarge(this.path, size, this.room)
    return headers
  }

  private messageHead(kind: number, headers: readonly string[]) {
    const { head, method, call } = this
    const { format, zlib } = head.dialect
    const name = method === undefined ? format.prepareName(head.name) : method.nameIn(format)
    const asked = call?.compression?.above ?? (zlib ? standardThreshold : undefined)
    const compressAbove = call?.compressMessages === false ? undefined : asked
    return { kind, name, sequence: head.sequence, headers, compressAbove }
  }

  private replyHeaders(): readonly string[] {
    const { call } = this
    const { transport } = this.head.dialect
    if (call === undefined || transport === 'framed' || transport === 'unframed') return noHeaders
    const list: string[] = []
    if (call.replyHeadersIfAny !== undefined) writeHeaders(call.replyHeadersIfAny, list)
    if (call.replyTrailersIfAny !== undefined) writeTrailers(call.replyTrailersIfAny, list)
    return list
  }
}

const noMetadata: RequestMetadata = { timeout: undefined, previousAttempts: 0, headers: undefined }

function metadataOf(headers: HeaderValue[]): RequestMetadata {
  const attempts = Number(find(headers, 'grpc-previous-rpc-attempts')) || 0
  return { timeout: readTimeout(headers), previousAttempts: Math.max(0, attempts), headers }
}
