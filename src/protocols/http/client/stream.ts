import type { ActiveCall } from '../../../core/active-call.js'
import type { OutgoingCompression } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { malformedReply, unreadableReply, wrongReplyCount } from '../../failures.js'
import { HttpExchange } from '../../http1/client/exchange.js'
import type { HttpConnections } from '../../http1/client/link.js'
import { decompressor, isKnown } from '../compression.js'
import { mediaTypeOf } from '../content-type.js'
import { readEndStream } from '../end-stream.js'
import { compressEnvelope, encodeEnvelope } from '../envelope.js'
import { errorFromJson, longestErrorBytes } from '../error-json.js'
import { MessageStream } from '../message-stream.js'
import type { BoundMethod } from './bound-method.js'
import { FailedReply } from './failed-reply.js'
import { isFarewell, type ReplyHead, readReplyHead } from './reply-head.js'
import { RequestBody } from './request-body.js'

/** One attempt of a call with a stream in it, of whichever kind. */
export class StreamCall extends HttpExchange {
  private resolve!: (reply: unknown) => void
  private reject!: (error: RpcError) => void
  /** Whether the promise of the attempt has its outcome; a stream that is read goes on after that. */
  private isAccepted = false
  /** The whole reply has arrived. */
  private isComplete = false
  private head: ReplyHead | undefined = undefined
  private failed: FailedReply | undefined = undefined
  private incoming: MessageStream | undefined = undefined
  private body: RequestBody | undefined = undefined

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
    const headers = method.headersOf(call)
    const compression = method.compressionOf(call)
    if (compression !== undefined) headers.push('connect-content-encoding', compression.encoding.name)
    const body = this.bodyOf(call.message, compression)
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
      call.onCancel(this.cancel)
      // undici takes any async iterable; its types know only Node's streams.
      const fixed = method.fixedHeadersOf(call)
      link.pool.dispatch({ path: method.path, method: 'POST', headers, fixed, body: body as Buffer }, this)
    })
  }

  private readonly encode = (message: unknown): Buffer => encodeEnvelope(this.method.request, message)

  private bodyOf(message: unknown, compression: OutgoingCompression | undefined): Buffer | RequestBody {
    const isLone = this.method.schema.kind === 'server_streaming'
    if (isLone && compression === undefined) return this.encode(message)
    const messages = isLone ? lone(message) : (message as AsyncIterable<unknown>)
    const encode = compression === undefined ? this.encode : (one: unknown) => this.compressed(one, compression)
    this.body = new RequestBody(messages, encode, error => this.fail(RpcError.from(error)))
    return this.body
  }

  private compressed(message: unknown, compression: OutgoingCompression): Buffer | Promise<Buffer> {
    const envelope = this.encode(message)
    if (!this.call.compressMessages) return envelope
    return compressEnvelope(envelope, compression)?.then(small => small ?? envelope) ?? envelope
  }

  protected receiveHead(status: number, raw: Buffer[], resume: () => void): void {
    const head = readReplyHead(status, raw)
    const { method, call } = this
    this.head = head
    if (status !== 200 || !method.isReplyType(mediaTypeOf(head.contentType))) {
      this.failed = new FailedReply(method, head, this.link.address)
      return
    }
    if (!isKnown(head.encoding)) {
      this.fail(malformedReply(method.path, `its encoding is ${head.encoding}, which was not asked for`))
      return
    }
    if (head.headers.length > 0) call.receiveReplyHeaders(head.headers.slice())
    const incoming = this.receive(resume, head.encoding)
    if (method.schema.kind === 'client_streaming') this.only(incoming).then(this.resolve, this.reject)
  }

  private receive(resume: () => void, encoding: string | undefined): MessageStream {
    const { method } = this
    // However small a message may be: an error that ends the stream must keep its code.
    const endBytes = Math.max(method.messageBytes, longestErrorBytes)
    this.incoming = new MessageStream({
      limit: method.messageBytes,
      fault: Code.internal,
      path: method.path,
      unreadable: unreadableReply,
      decode: bytes => method.decodeReply(bytes),
      decompress: decompressor(encoding, { limit: method.messageBytes, fault: Code.internal }),
      resume,
      abandon: () => this.leave(),
      endStream: {
        limit: endBytes,
        decompress: decompressor(encoding, { limit: endBytes, fault: Code.internal }),
        read: bytes => this.endStream(bytes),
        settled: () => this.ended(),
      },
    })
    return this.incoming
  }

  /** The one message of a reply that is no stream. */
  private async only(incoming: MessageStream): Promise<unknown> {
    const first = await incoming.next()
    if (first.done) throw wrongReplyCount(this.method.path, 'none')
    if (!(await incoming.next()).done) throw wrongReplyCount(this.method.path, 'more than one')
    this.isAccepted = true
    return first.value
  }

  private endStream(bytes: Uint8Array): RpcError | undefined {
    const end = readEndStream(bytes)
    if (end === undefined) return malformedReply(this.method.path, 'its end of stream is not a JSON object')
    if (end.metadata.length > 0) this.call.receiveReplyTrailers(end.metadata.slice())
    if (end.error === undefined) return undefined
    return errorFromJson(end.error, {
      details: this.method.details,
      code: Code.unknown,
      message: `${this.method.path}: the stream failed`,
      headers: [...(this.head?.headers ?? []), ...end.metadata],
      delivery: this.head?.isRefused ? 'refused' : 'unknown',
    })
  }

  protected receiveData(chunk: Buffer): boolean {
    if (this.failed === undefined) return this.receiveChunk(chunk)
    if (!this.failed.push(chunk)) this.fail(this.failed.toError())
    return true
  }

  private receiveChunk(chunk: Buffer): boolean {
    const more = this.incoming?.push(chunk) ?? true
    this.accept()
    return more
  }

  /**
   * The reply is a stream as soon as it has a message, or has ended well. The head alone says nothing: a call that fails before its first
   * message has the same, and may be sent again.
   */
  private accept(): void {
    const { incoming } = this
    if (this.isAccepted || incoming?.hasBegun !== true || this.method.schema.kind === 'client_streaming') return
    this.isAccepted = true
    if (incoming.failure === undefined) this.resolve(incoming)
    else this.reject(incoming.failure)
  }

  protected completed(): void {
    if (this.failed !== undefined) {
      if (this.head !== undefined && isFarewell(this.head)) this.link.refused()
      void this.failed.complete().then(error => this.fail(error))
      return
    }
    this.incoming?.end(malformedReply(this.method.path, `${this.link.address} did not write its end of stream`))
    this.isComplete = true
    if (this.incoming?.isOver !== false) this.ended()
  }

  private ended(): void {
    this.accept()
    if (this.isComplete) this.finish()
  }

  protected rejected(error: RpcError): void {
    this.incoming?.fail(error)
    if (!this.isAccepted) this.reject(error)
  }

  protected override finish(): void {
    super.finish()
    this.body?.stop()
  }
}

async function* lone(message: unknown): AsyncGenerator<unknown> {
  yield message
}
