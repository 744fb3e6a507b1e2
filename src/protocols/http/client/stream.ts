import type { Client } from 'undici'
import type { ActiveCall } from '../../../core/active-call.js'
import type { OutgoingCompression } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import { malformedReply, replyTruncated, unreadableReply } from '../../failures.js'
import { decompressor, isKnown } from '../compression.js'
import { mediaTypeOf } from '../content-type.js'
import { readEndStream } from '../end-stream.js'
import { compressEnvelope, encodeEnvelope } from '../envelope.js'
import { errorFromJson, longestErrorBytes } from '../error-json.js'
import { MessageStream } from '../message-stream.js'
import type { BoundMethod } from './bound-method.js'
import type { PooledExchange } from './connection-pool.js'
import { exchangeError } from './exchange-error.js'
import { FailedReply } from './failed-reply.js'
import type { ClientConnection } from './link.js'
import { isFarewell, maxInformational, type ReplyHead, readReplyHead } from './reply-head.js'
import { RequestBody } from './request-body.js'

/** One attempt of a call with a stream in it, of whichever kind. */
export class StreamCall implements PooledExchange {
  private resolve!: (reply: unknown) => void
  private reject!: (error: RpcError) => void
  /** Whether the promise of the attempt has its outcome; a stream that is read goes on after that. */
  private isAccepted = false
  private isOver = false
  /** The whole reply has arrived. */
  private isComplete = false
  private informational = 0
  connection: Client | undefined = undefined
  private abort: ((cause: Error) => void) | undefined = undefined
  private head: ReplyHead | undefined = undefined
  private failed: FailedReply | undefined = undefined
  private incoming: MessageStream | undefined = undefined
  private body: RequestBody | undefined = undefined

  constructor(
    private readonly link: ClientConnection,
    private readonly method: BoundMethod,
    private readonly call: ActiveCall,
  ) {}

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
      const options = { path: method.path, method: 'POST' as const, headers, body: body as Buffer }
      link.pool.dispatch(options, this)
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
    return compressEnvelope(envelope, compression)?.then(small => small ?? envelope) ?? envelope
  }

  onConnect(abort: (cause?: Error) => void): void {
    if (this.isOver) abort()
    else this.abort = abort
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (this.isOver) return true
    if (status < 200) return this.skipInformational()
    const head = readReplyHead(status, raw)
    const { method, call } = this
    this.head = head
    if (status !== 200 || !method.isReplyType(mediaTypeOf(head.contentType))) {
      this.failed = new FailedReply(method, head, this.link.address)
      return true
    }
    if (!isKnown(head.encoding)) {
      this.fail(malformedReply(method.path, `its encoding is ${head.encoding}, which was not asked for`))
      return true
    }
    if (head.headers.length > 0) call.receiveReplyHeaders(head.headers.slice())
    const incoming = this.receive(resume, head.encoding)
    if (method.schema.kind === 'client_streaming') this.only(incoming).then(this.resolve, this.reject)
    return true
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
    if (first.done) throw malformedReply(this.method.path, 'it must be one message, got none')
    if (!(await incoming.next()).done)
      throw malformedReply(this.method.path, 'it must be one message, got more than one')
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

  private skipInformational(): true {
    if (++this.informational > maxInformational)
      this.fail(
        malformedReply(this.method.path, `more than ${maxInformational} informational responses came before it`),
      )
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.isOver) return true
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

  onComplete(): void {
    this.link.pool.release(this)
    if (this.isOver) return
    if (this.failed !== undefined) {
      if (this.head !== undefined && isFarewell(this.head)) this.link.refused()
      void this.failed.complete().then(error => this.fail(error))
      return
    }
    this.incoming?.end(replyTruncated(this.method.path, this.link.address))
    this.isComplete = true
    if (this.incoming?.isOver !== false) this.ended()
  }

  private ended(): void {
    this.accept()
    if (this.isComplete) this.finish()
  }

  onError(cause: Error): void {
    this.link.pool.release(this)
    if (this.isOver) return
    const { link, method } = this
    const state = {
      address: link.address,
      path: method.path,
      headerBytes: method.headerBytes,
      sent: this.abort !== undefined,
      replied: this.head !== undefined,
    }
    this.fail(exchangeError(cause, state))
  }

  /** Ends the attempt, whichever way it is being waited for; and the exchange, by closing its connection. */
  private fail(error: RpcError): void {
    if (this.isOver) return
    this.finish()
    this.abort?.(error)
    this.incoming?.fail(error)
    if (!this.isAccepted) this.reject(error)
  }

  /** Whoever reads the stream knows already, or does not want to. */
  private leave(): void {
    if (this.isOver) return
    this.finish()
    this.abort?.(new Error('the rest of the reply is not wanted'))
  }

  private readonly cancel = (reason: RpcError): void => this.fail(reason)

  private finish(): void {
    this.isOver = true
    this.body?.stop()
    this.call.offCancel(this.cancel)
  }
}

async function* lone(message: unknown): AsyncGenerator<unknown> {
  yield message
}
