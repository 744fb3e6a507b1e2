import type { OutgoingCompression } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import { RpcError } from '../../../core/rpc-error.js'
import { malformedReply, unreadableReply, wrongReplyCount } from '../../failures.js'
import { compress, frame, prefixSize } from '../../length-prefixed.js'
import { onlyMessage, streamOfOne } from '../../only-message.js'
import { Backlog } from '../../stream-backlog.js'
import { decompressor } from '../compression.js'
import { longestErrorBytes } from '../error-json.js'
import { MessageStream } from '../message-stream.js'
import { readEndStream } from '../read-end-stream.js'
import { errorFromJson, readJson } from '../read-error.js'
import { MethodExchange } from './method-exchange.js'
import { type ReplyHead } from './reply-head.js'
import { ConnectRequest } from './request.js'
import { RequestBody } from './request-body.js'

/** One attempt of a streaming call of any kind. */
export class StreamCall extends MethodExchange {
  /** Whether the attempt's promise is settled. The stream of replies may go on after that. */
  private isAccepted = false
  /** Whether the whole reply has arrived. */
  private isComplete = false
  private incoming: MessageStream | undefined = undefined
  private body: RequestBody | undefined = undefined

  /** @throws RpcError if the request cannot be written */
  send(): Promise<unknown> {
    const { method, call, link } = this
    const headers = method.headersOf(call)
    const compression = method.compressionOf(call)
    if (compression !== undefined) headers.own.push('connect-content-encoding', compression.encoding.name)
    const body = this.bodyOf(call.message, compression)
    const { url } = method
    return this.begin(() => link.pool.dispatch(new ConnectRequest({ method: 'POST', path: url, body }, headers), this))
  }

  private readonly encode = (message: unknown): Uint8Array => {
    const envelope = frame(this.method.request, message)
    this.call.observed?.message('sent', envelope.length - prefixSize)
    return envelope
  }

  private bodyOf(message: unknown, compression: OutgoingCompression | undefined): Uint8Array | RequestBody {
    const isLone = this.method.schema.kind === 'server_streaming'
    if (isLone && compression === undefined) return this.encode(message)
    const messages = isLone ? streamOfOne(message) : (message as AsyncIterable<unknown>)
    const encode = compression === undefined ? this.encode : (one: unknown) => this.compressed(one, compression)
    this.body = new RequestBody(messages, encode, error => this.fail(RpcError.from(error)))
    return this.body
  }

  private compressed(message: unknown, compression: OutgoingCompression): Uint8Array | Promise<Uint8Array> {
    const envelope = this.encode(message)
    if (!this.call.compressMessages) return envelope
    return compress(envelope, compression)?.then(small => small ?? envelope) ?? envelope
  }

  protected accepted(head: ReplyHead, resume: () => void): void {
    const { method, call } = this
    if (head.headers.length > 0) call.receiveReplyHeaders(head.headers.slice())
    const incoming = this.receive(resume, head.encoding)
    if (method.schema.kind === 'client_streaming') this.only(incoming).then(this.resolve, this.reject)
  }

  private receive(resume: () => void, encoding: string | undefined): MessageStream {
    const { method, call } = this
    // An error that ends the stream must fit even if the limit for messages is tiny.
    const endBytes = Math.max(method.messageBytes, longestErrorBytes)
    this.incoming = new MessageStream({
      limit: method.messageBytes,
      fault: Code.internal,
      path: method.path,
      unreadable: unreadableReply,
      decode: bytes => {
        call.observed?.message('received', bytes.byteLength)
        return method.decodeReply(bytes)
      },
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
    call.observed?.streams(new Backlog(this.incoming))
    return this.incoming
  }

  /** The only message of a reply that is not a stream. */
  private async only(incoming: MessageStream): Promise<unknown> {
    const reply = await onlyMessage(incoming, this.method.path, wrongReplyCount)
    this.isAccepted = true
    return reply
  }

  private endStream(bytes: Uint8Array): RpcError | undefined {
    const end = readEndStream(readJson(bytes))
    if (end === undefined) return malformedReply(this.method.path, 'its end of stream is not a JSON object')
    if (end.metadata.length > 0) this.call.receiveReplyTrailers(end.metadata.slice())
    if (end.error === undefined) return undefined
    const headers = [...(this.head?.headers ?? []), ...end.metadata]
    return errorFromJson(end.error, {
      details: this.method.details,
      code: Code.unknown,
      message: `${this.method.path}: the stream failed`,
      headers: headers.length > 0 ? Headers.adopt(headers) : undefined,
      delivery: this.head?.isRefused ? 'refused' : 'unknown',
    })
  }

  protected receiveBody(chunk: Buffer): boolean {
    const more = this.incoming?.push(chunk) ?? true
    this.accept()
    return more
  }

  /**
   * Settles the attempt when the stream has a message or has ended. The head alone is not enough: a call that fails before its first
   * message has the same head, and may be sent again.
   */
  private accept(): void {
    const { incoming } = this
    if (this.isAccepted || incoming?.hasBegun !== true || this.method.schema.kind === 'client_streaming') return
    this.isAccepted = true
    if (incoming.failure === undefined) this.resolve(incoming)
    else this.reject(incoming.failure)
  }

  protected bodyCompleted(): void {
    this.incoming?.end(malformedReply(this.method.path, `${this.link.address} did not write its end of stream`))
    this.isComplete = true
    if (this.incoming?.isOver !== false) this.ended()
  }

  private ended(): void {
    this.accept()
    if (this.isComplete) this.finish()
  }

  protected override rejected(error: RpcError): void {
    this.incoming?.fail(error)
    if (!this.isAccepted) super.rejected(error)
  }

  protected override finish(): void {
    super.finish()
    this.body?.stop()
  }
}
