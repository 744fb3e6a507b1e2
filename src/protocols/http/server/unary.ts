import { encodeOwn, releaseOf } from '../../../codecs/bytes/owned.js'
import type { Serializer } from '../../../codecs/codec.js'
import { encodings, shrunk } from '../../../codecs/compression.js'
import type { CallInit } from '../../../core/active-call.js'
import type { OutgoingCompression, Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { Release } from '../../../http2/output.js'
import { expiredOnArrival, unwritableReply } from '../../failures.js'
import { replyCompression } from '../../message-encoding.js'
import { type Decompress } from '../compression.js'
import { trailerPrefix, writeMetadata } from '../metadata.js'
import { mustFit } from './header-room.js'
import { observeRefusal, type RefusalOptions, refuse } from './refusal.js'
import type { RequestHead } from './request-head.js'
import { type Exchange, previousAttempts, ServedCall, type Serving } from './served-call.js'
import type { ServedCodec } from './served-method.js'

interface RequestBytes {
  readonly serializer: Serializer
  readonly body: Uint8Array
  readonly decompress: Decompress
  /** Whether the body is a message. */
  readonly isMessage: boolean
}

/** A call whose body has arrived. It is decoded when the router asks for it. */
class UnaryCall extends ServedCall {
  constructor(
    init: CallInit,
    raw: readonly string[],
    /** Undefined once it is decoded, since a handler may run for long. */
    private request: RequestBytes | undefined,
  ) {
    super(init, raw)
  }

  override receive(): Promise<void> | undefined {
    const { request } = this
    this.request = undefined
    if (request === undefined) return undefined
    const { serializer, body, decompress, isMessage } = request
    if (decompress !== undefined) return this.inflate(request, decompress)
    if (isMessage) this.observed?.message('received', body.byteLength)
    this.message = serializer.decode(body)
    return undefined
  }

  private async inflate({ serializer, body }: RequestBytes, decompress: NonNullable<Decompress>): Promise<void> {
    const plain = await decompress(body)
    this.observed?.message('received', plain.byteLength)
    this.message = serializer.decode(plain)
    if (this.canceled !== undefined) throw this.canceled
  }
}

/** What a unary call needs of its request. */
export interface UnaryRequest extends Serving {
  readonly head: RequestHead
  readonly served: ServedCodec
  /** Names and values in turn, as `ServedCall` takes them. */
  readonly rawHeaders: readonly string[]
}

/** A reply as it is sent. */
export interface UnaryReply {
  readonly status: number
  /** Names and values in turn. It begins with the content type and the content length. */
  readonly head: string[]
  readonly body: Uint8Array
  /** What to call with the body once nothing reads it any more; undefined if others hold it. */
  readonly release?: Release | undefined
}

/** The entries of `UnaryReply.head` that are always there. */
export const ownEntries = 4

/** One unary call: runs the handler, writes the reply. Subclasses read the body from their kind of request, and send the reply there. */
export abstract class UnaryExchange {
  protected readonly deadline: number
  /** Set while the handler runs. */
  protected call: ServedCall | undefined = undefined
  /** Whether the client is gone or has its whole reply. */
  protected isOver = false

  /** @param now monotonic milliseconds @param timeout milliseconds, above 0 */
  constructor(
    protected readonly request: UnaryRequest,
    now: number,
    timeout: number,
  ) {
    this.deadline = now + timeout
  }

  protected abstract get peer(): Peer
  /** The most bytes of the reply's headers. */
  protected abstract get headerRoom(): number
  /** Takes the pair of request and response that a refusal is written to. Nothing else is written afterwards. */
  protected abstract takeExchange(): Exchange

  /** Makes the call count in `limits.callsPerConnection` until it has settled. */
  protected abstract hold(call: ServedCall): void

  protected abstract send(reply: UnaryReply): void

  /** Answers 304 if the client asked whether the reply has changed, and it has not. @returns whether it answered */
  protected abstract answerUnchanged(call: ServedCall, reply: UnaryReply, encoding: string | undefined): boolean

  /** Resolves when the reply may be encoded; undefined if it may be at once. */
  protected room(): Promise<void> | undefined {
    return undefined
  }

  /** Runs the call. */
  begin(body: Uint8Array, decompress: Decompress): void {
    const { settings, served, head, rawHeaders } = this.request
    const { clock } = settings
    const { schema } = served.method
    const now = clock.now()
    if (now >= this.deadline) {
      this.refuse(expiredOnArrival(schema.path))
      return
    }
    const init = { method: schema, message: undefined, clock, deadline: this.deadline, began: now, peer: this.peer }
    const isMessage = served.rest?.isUpload !== true
    const call = new UnaryCall(init, rawHeaders, { serializer: served.request, body, decompress, isMessage })
    call.previousAttempts = previousAttempts(head)
    call.arm(now)
    this.hold(call)
    served.rest?.begun(call)
    this.call = call
    void this.run(call)
  }

  private async run(call: ServedCall): Promise<void> {
    const { rest, method } = this.request.served
    try {
      const reply = await method.handler(call)
      const room = this.room()
      if (room !== undefined) {
        call.observed?.holdEnd()
        await room
      }
      const replying =
        rest?.send === undefined ? this.reply(call, reply) : rest.send(call, reply as AsyncIterable<unknown>)
      if (replying !== undefined) await replying
    } catch (error) {
      this.fail(call, RpcError.from(error, Code.internal))
    } finally {
      call.observed?.releaseEnd()
      call.finish()
      rest?.ended()
      this.call = undefined
    }
  }

  private reply(call: ServedCall, message: unknown): Promise<void> | undefined {
    const { settings, served } = this.request
    if (this.isOver) return undefined
    let body: Uint8Array
    let status = 200
    const head = ['content-type', served.contentType, 'content-length', '']
    try {
      body = encodeOwn(served.reply, message)
      call.observed?.message('sent', body.byteLength)
      head[3] = String(body.byteLength)
      if (served.rest !== undefined) status = served.rest.status(message, head)
      if (call.replyHeadersIfAny !== undefined) writeMetadata(call.replyHeadersIfAny, head)
      if (call.replyTrailersIfAny !== undefined) writeMetadata(call.replyTrailersIfAny, head, trailerPrefix)
      if (head.length > ownEntries) mustFit(head, this.headerRoom, call.method.path)
    } catch (error) {
      settings.report(error, call)
      const failure = unwritableReply(call.method.path)
      if (call.observed !== undefined) call.observed.replyFailure = failure
      this.refuse(failure)
      return undefined
    }
    const reply = { status, head, body, release: releaseOf(served.reply) }
    const compression = status === 204 ? undefined : this.compressionOf(call, head)
    const compressing = compression === undefined || !call.compressMessages ? undefined : shrunk(body, compression)
    if (compression !== undefined && compressing !== undefined)
      return compressing.then(small => this.sendCompressed(call, { reply, small, encoding: compression.encoding.name }))
    if (status === 204 || !this.answerUnchanged(call, reply, undefined)) this.send(reply)
    return undefined
  }

  private compressionOf(call: ServedCall, head: string[]): OutgoingCompression | undefined {
    const { contentEncoding, acceptEncoding } = this.request.head
    if (call.compression === undefined && contentEncoding === undefined) return undefined
    head.push('vary', 'accept-encoding')
    return replyCompression(call, encodings.get(contentEncoding ?? ''), acceptEncoding)
  }

  private sendCompressed(call: ServedCall, { reply, small, encoding }: CompressedReply): void {
    if (this.isOver) return
    if (small === undefined) {
      if (!this.answerUnchanged(call, reply, undefined)) this.send(reply)
      return
    }
    const { status, head } = reply
    const compressed = { status, head, body: small }
    if (this.answerUnchanged(call, compressed, encoding)) return
    head[3] = String(small.byteLength)
    head.push('content-encoding', encoding)
    this.send(compressed)
  }

  private fail(call: ServedCall, error: RpcError): void {
    const { router, settings } = this.request
    const headers: string[] = []
    try {
      if (call.replyHeadersIfAny !== undefined) writeMetadata(call.replyHeadersIfAny, headers)
      if (call.replyTrailersIfAny !== undefined) writeMetadata(call.replyTrailersIfAny, headers, trailerPrefix)
    } catch (cause) {
      settings.report(cause, call)
    }
    this.refuse(error, { headers, close: router.draining })
  }

  protected refuse(error: RpcError, options: RefusalOptions = {}): void {
    if (this.isOver) return
    const exchange = this.takeExchange()
    if (this.call === undefined) observeRefusal(exchange, error)
    refuse(exchange, error, { details: this.request.served.method.details, ...options })
  }
}

interface CompressedReply {
  readonly reply: UnaryReply
  /** Undefined if the body does not shrink. */
  readonly small: Uint8Array | undefined
  readonly encoding: string
}
