import { encodings, shrunk } from '../../../codecs/compression.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { HeldReply } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { isSameTag } from '../../../core/entity-tag.js'
import { messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { malformedReply, unreadableReply } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { HttpExchange } from '../../http1/client/exchange.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { isKnown } from '../compression.js'
import { mediaTypeOf } from '../content-type.js'
import { writeGetQuery } from '../get-request.js'
import type { BoundMethod } from './bound-method.js'
import { FailedReply } from './failed-reply.js'
import { isFarewell, type ReplyHead, readReplyHead } from './reply-head.js'

/** One attempt of a unary call. */
export class UnaryCall extends HttpExchange {
  private resolve!: (reply: unknown) => void
  private reject!: (error: RpcError) => void
  private head: ReplyHead | undefined = undefined
  private failed: FailedReply | undefined = undefined
  private body: Uint8Array | undefined = undefined
  /** Of a body in more than one chunk: all of them. */
  private chunks: GatheredBytes | undefined = undefined
  private size = 0
  /** What the server is asked to confirm. */
  private asked: HeldReply | undefined = undefined

  constructor(
    link: HttpConnections,
    private readonly method: BoundMethod,
    call: ActiveCall,
  ) {
    super(link, call)
  }

  /** @throws RpcError where the request cannot be written */
  send(): Promise<unknown> {
    const { method, call, link } = this
    const message = method.request.encode(call.message)
    const url = method.usesGet ? method.path + writeGetQuery(method.codec, message) : undefined
    const byGet = url !== undefined && url.length <= longestUrl
    const headers = method.headersOf(call, byGet)
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
      call.onCancel(this.cancel)
      if (byGet) {
        this.ask(headers)
        link.pool.dispatch({ path: url, method: 'GET', headers }, this)
      } else this.post(headers, message)
    })
  }

  private post(headers: string[], body: Uint8Array): void {
    const { method, call, link } = this
    const compression = method.compressionOf(call)
    const fixed = method.fixedHeadersOf(call)
    const options = { path: method.path, method: 'POST' as const, headers, fixed }
    const compressing = compression === undefined || !call.compressMessages ? undefined : shrunk(body, compression)
    if (compression === undefined || compressing === undefined) {
      link.pool.dispatch({ ...options, body }, this)
      return
    }
    compressing.then(
      small => {
        if (this.isOver) return
        if (small !== undefined) headers.push('content-encoding', compression.encoding.name)
        link.pool.dispatch({ ...options, body: small ?? body }, this)
      },
      error => this.fail(RpcError.from(error)),
    )
  }

  protected receiveHead(status: number, raw: Buffer[]): void {
    const head = readReplyHead(status, raw)
    const { method } = this
    this.head = head
    if (this.isConfirmation(status)) return
    if (status !== 200 || !method.isReplyType(mediaTypeOf(head.contentType)))
      this.failed = new FailedReply(method, head, this.link.address)
    else if (!isKnown(head.encoding)) {
      this.fail(malformedReply(method.path, `its encoding is ${head.encoding}, which was not asked for`))
    } else if ((head.contentLength ?? 0) > method.messageBytes) {
      this.fail(unreadableReply(messageTooLarge(method.messageBytes), method.path))
    }
  }

  protected receiveData(chunk: Buffer): boolean {
    if (this.failed !== undefined) {
      if (!this.failed.push(chunk)) this.fail(this.failed.toError())
      return true
    }
    this.size += chunk.byteLength
    const { messageBytes, path } = this.method
    if (this.size > messageBytes) this.fail(unreadableReply(messageTooLarge(messageBytes), path))
    else if (this.body === undefined) this.body = chunk
    else this.gather(this.body, chunk)
    return true
  }

  private gather(first: Uint8Array, chunk: Uint8Array): void {
    if (this.chunks === undefined) {
      this.chunks = new GatheredBytes()
      this.chunks.add(first)
    }
    this.chunks.add(chunk)
  }

  protected completed(): void {
    const { head, failed } = this
    if (this.isConfirmation(head?.status)) {
      this.confirm(head as ReplyHead)
      return
    }
    if (failed !== undefined) {
      this.finish()
      if (head !== undefined && isFarewell(head)) this.link.refused()
      void failed.complete().then(this.reject)
      return
    }
    const bytes = this.chunks?.all() ?? this.body ?? none
    const encoding = encodings.get(head?.encoding ?? '')
    if (encoding === undefined) this.take(bytes)
    else
      encoding.decompress(bytes, this.method.messageBytes, Code.internal).then(
        plain => this.take(plain),
        error => this.cancel(unreadableReply(error, this.method.path)),
      )
  }

  /** Only of a GET: of a POST there is nothing to be confirmed. A condition of the caller's own stands in place of ours. Source: RFC 9110, 13.1.2. */
  private ask(headers: string[]): void {
    const { heldReply, headersIfAny } = this.call
    if (heldReply === undefined || headersIfAny?.has('if-none-match')) return
    this.asked = heldReply
    headers.push('if-none-match', heldReply.tag)
  }

  /** The reply that the caller has still holds. Source: RFC 9110, 15.4.5. */
  private isConfirmation(status: number | undefined): boolean {
    return status === 304 && this.asked !== undefined
  }

  private confirm({ headers, trailers }: ReplyHead): void {
    const { call } = this
    const { tag, reply } = this.asked as HeldReply
    const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'etag')
    if (at < 0) headers.push('etag', tag)
    else if (!isSameTag(String(headers[at + 1]), tag)) {
      this.askAnew()
      return
    }
    call.receiveReplyHeaders(headers)
    if (trailers.length > 0) call.receiveReplyTrailers(trailers)
    this.finish()
    this.resolve(reply)
  }

  /** What was confirmed is not what the caller has. Source: RFC 9111, 4.3.4. */
  private askAnew(): void {
    const { link, method, call } = this
    this.finish()
    call.heldReply = undefined
    try {
      new UnaryCall(link, method, call).send().then(this.resolve, this.reject)
    } catch (error) {
      this.reject(RpcError.from(error))
    }
  }

  private take(bytes: Uint8Array): void {
    if (this.isOver) return
    const { call, head } = this
    let reply: unknown
    try {
      reply = this.method.decodeReply(bytes)
    } catch (error) {
      this.finish()
      this.reject(error as RpcError)
      return
    }
    if (head !== undefined && head.headers.length > 0) call.receiveReplyHeaders(head.headers)
    if (head !== undefined && head.trailers.length > 0) call.receiveReplyTrailers(head.trailers)
    this.finish()
    this.resolve(reply)
  }

  protected rejected(error: RpcError): void {
    this.reject(error)
  }
}

/** What every server and proxy should take; a longer request is a POST. Source: RFC 9110, 4.1. */
const longestUrl = 8000

const none = new Uint8Array(0)
