import { encodeOwn, releaseOf } from '../../../codecs/bytes/owned.js'
import { encodings, shrunk } from '../../../codecs/compression.js'
import type { HeldReply } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { isSameTag } from '../../../core/entity-tag.js'
import { messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { unreadableReply } from '../../failures.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { writeGetQuery } from '../get-request.js'
import { MethodExchange } from './method-exchange.js'
import { type ReplyHead } from './reply-head.js'
import { ConnectRequest, type RequestParts } from './request.js'

/** One attempt of a unary call. */
export class UnaryCall extends MethodExchange {
  private body: Uint8Array | undefined = undefined
  /** All chunks, if the body has more than one. */
  private chunks: GatheredBytes | undefined = undefined
  private size = 0
  /** The reply that the server is asked to confirm. */
  private asked: HeldReply | undefined = undefined

  /** @throws RpcError if the request cannot be written */
  send(): Promise<unknown> {
    const { method, call, link } = this
    const message = encodeOwn(method.request, call.message)
    call.observed?.message('sent', message.byteLength)
    const url = method.usesGet ? method.url + writeGetQuery(method.codec, message) : undefined
    const byGet = url !== undefined && url.length <= longestUrl
    const headers = method.headersOf(call, byGet)
    return this.begin(() => {
      if (byGet) {
        this.ask(headers.own)
        link.pool.dispatch(new ConnectRequest({ method: 'GET', path: url }, headers), this)
      } else this.post(headers, message)
    })
  }

  private post(headers: RequestParts, body: Uint8Array): void {
    const { method, call } = this
    const compression = method.compressionOf(call)
    const compressing = compression === undefined || !call.compressMessages ? undefined : shrunk(body, compression)
    if (compression === undefined || compressing === undefined) {
      this.sendBody(headers, body)
      return
    }
    compressing.then(
      small => {
        if (this.isOver) return
        if (small !== undefined) headers.own.push('content-encoding', compression.encoding.name)
        this.sendBody(headers, small ?? body)
      },
      error => this.fail(RpcError.from(error)),
    )
  }

  private sendBody(headers: RequestParts, body: Uint8Array): void {
    const { url, request } = this.method
    const line = { method: 'POST', path: url, body, release: releaseOf(request) } as const
    this.link.pool.dispatch(new ConnectRequest(line, headers), this)
  }

  protected accepted({ contentLength = 0 }: ReplyHead): void {
    const { messageBytes, path } = this.method
    if (contentLength > messageBytes) this.fail(unreadableReply(messageTooLarge(messageBytes), path))
  }

  protected receiveBody(chunk: Buffer): boolean {
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

  protected bodyCompleted(): void {
    const { head } = this
    if (this.isConfirmation(head?.status)) {
      this.confirm(head as ReplyHead)
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

  /** Asks the server, with a GET, to confirm the held reply, unless the caller has set its own condition. Source: RFC 9110, 13.1.2. */
  private ask(headers: string[]): void {
    const { heldReply, headersIfAny } = this.call
    if (heldReply === undefined || headersIfAny?.has('if-none-match')) return
    this.asked = heldReply
    headers.push('if-none-match', heldReply.tag)
  }

  /** Whether the server has confirmed the held reply. Source: RFC 9110, 15.4.5. */
  protected override isConfirmation(status: number | undefined): boolean {
    return status === 304 && this.asked !== undefined
  }

  private confirm(head: ReplyHead): void {
    const { call } = this
    const headers = [...head.headers]
    const { tag, reply } = this.asked as HeldReply
    const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'etag')
    if (at < 0) headers.push('etag', tag)
    else if (!isSameTag(String(headers[at + 1]), tag)) {
      this.askAgain()
      return
    }
    call.receiveReplyHeaders(headers)
    if (head.trailers.length > 0) call.receiveReplyTrailers([...head.trailers])
    this.finish()
    this.resolve(reply)
  }

  /** Asks without a condition, because the server confirmed another reply. Source: RFC 9111, 4.3.4. */
  private askAgain(): void {
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
      call.observed?.message('received', bytes.byteLength)
    } catch (error) {
      this.finish()
      this.reject(error as RpcError)
      return
    }
    if (head !== undefined && head.headers.length > 0) call.receiveReplyHeaders([...head.headers])
    if (head !== undefined && head.trailers.length > 0) call.receiveReplyTrailers([...head.trailers])
    this.finish()
    this.resolve(reply)
  }
}

/** Characters of a URL that every server and proxy should take. A longer request is sent as a POST. Source: RFC 9110, 4.1. */
const longestUrl = 8000

const none = new Uint8Array(0)
