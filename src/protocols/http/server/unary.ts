import type { IncomingMessage } from 'node:http'
import type { Serializer } from '../../../codecs/codec.js'
import { encodings, shrunk } from '../../../codecs/compression.js'
import type { CallInit } from '../../../core/active-call.js'
import type { OutgoingCompression } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { expiredOnArrival, unreadableRequest, unwritableReply } from '../../failures.js'
import { BodyReader } from '../../http1/server/body-reader.js'
import { limitRest } from '../../http1/server/discard.js'
import { replyCompression } from '../../message-encoding.js'
import { type Decompress } from '../compression.js'
import { trailerPrefix, writeMetadata } from '../metadata.js'
import { entityTag, isKnownTo, type Representation } from './conditional.js'
import { type Closable, type Connection, connectionOf } from './connection.js'
import { mustFit } from './header-room.js'
import { observeRefusal, type RefusalOptions, refuse } from './refusal.js'
import { closedBy, type Exchange, previousAttempts, ServedCall } from './served-call.js'
import type { ServedCodec } from './served-method.js'
import { writeHead } from './write-head.js'

const none = new Uint8Array(0)

interface RequestBytes {
  readonly serializer: Serializer
  readonly body: Uint8Array
  readonly decompress: Decompress
}

/** A call whose body has arrived. It is decoded when the router asks for it. */
class UnaryCall extends ServedCall {
  constructor(
    init: CallInit,
    raw: readonly string[],
    private readonly request: RequestBytes,
  ) {
    super(init, raw)
  }

  override receive(): Promise<void> | undefined {
    const { serializer, body, decompress } = this.request
    if (decompress !== undefined) return this.inflate(decompress)
    this.observed?.message('received', body.byteLength)
    this.message = serializer.decode(body)
    return undefined
  }

  private async inflate(decompress: NonNullable<Decompress>): Promise<void> {
    const plain = await decompress(this.request.body)
    this.observed?.message('received', plain.byteLength)
    this.message = this.request.serializer.decode(plain)
    if (this.canceled !== undefined) throw this.canceled
  }
}

/** One unary call: reads the body, runs the handler, writes the reply. */
export class UnaryExchange implements Closable {
  private readonly connection: Connection
  private readonly deadline: number
  private decompress: Decompress = undefined
  private rest: BodyReader | undefined = undefined
  /** Whether the whole body was read. */
  private isRead = false
  /** Set while the handler runs. */
  private call: ServedCall | undefined = undefined
  private isOver = false

  /** @param timeout milliseconds, above 0 */
  constructor(
    private readonly exchange: Exchange,
    private readonly served: ServedCodec,
    timeout: number,
  ) {
    this.deadline = exchange.settings.clock.now() + timeout
    this.connection = connectionOf(exchange.request)
    this.connection.enter(this)
    exchange.response.on('close', () => this.closed())
  }

  /** Reads the body, then begins. */
  read(decompress: Decompress): void {
    this.decompress = decompress
    process.nextTick(readBody, this)
  }

  /** @internal Reads a body that arrived with the head at once, without listeners and timer; otherwise waits for it. */
  readArrived(): void {
    const { request, settings, head } = this.exchange
    if (this.isOver) return
    // Node runs this between the body and the end of the request, when `complete` is not set yet; so the length is compared too.
    if (request.complete || request.readableLength === Number(head.contentLength)) {
      const body = readAll(request)
      const { messageBytes } = settings.limits
      this.isRead = true
      if (body === null) this.begin(none, this.decompress)
      else if (body.byteLength <= messageBytes) this.begin(body, this.decompress)
      else this.refuse(unreadableRequest(messageTooLarge(messageBytes), this.served.method.schema.path))
      return
    }
    this.rest = new BodyReader(request, settings, { path: this.served.method.schema.path, deadline: this.deadline })
    this.rest.read(
      body => {
        this.isRead = true
        this.begin(body, this.decompress)
      },
      error =>
        this.refuse(unreadableRequest(error, this.served.method.schema.path), {
          close: true,
          isLate: error.code === Code.deadline_exceeded,
        }),
    )
  }

  /** Runs the call. */
  begin(body: Uint8Array, decompress: Decompress): void {
    const { settings, request } = this.exchange
    const { schema } = this.served.method
    if (settings.clock.now() >= this.deadline) {
      this.refuse(expiredOnArrival(schema.path))
      return
    }
    const init = {
      method: schema,
      message: undefined,
      clock: settings.clock,
      deadline: this.deadline,
      peer: this.connection.peer,
    }
    const call = new UnaryCall(init, request.rawHeaders, { serializer: this.served.request, body, decompress })
    call.previousAttempts = previousAttempts(this.exchange.head)
    call.arm()
    call.hold(this.exchange.response)
    this.served.rest?.begun(call)
    this.call = call
    void this.run(call)
  }

  private async run(call: ServedCall): Promise<void> {
    try {
      const { rest } = this.served
      const reply = await this.served.method.handler(call)
      const replying =
        rest?.send === undefined ? this.reply(call, reply) : rest.send(call, reply as AsyncIterable<unknown>)
      if (replying !== undefined) await replying
    } catch (error) {
      this.fail(call, RpcError.from(error, Code.internal))
    } finally {
      call.finish()
      this.served.rest?.ended()
      this.call = undefined
    }
  }

  private reply(call: ServedCall, message: unknown): Promise<void> | undefined {
    const { response, settings, router } = this.exchange
    if (this.isOver) return undefined
    let body: Uint8Array
    let status = 200
    const head = ['content-type', this.served.contentType, 'content-length', '']
    try {
      body = this.served.reply.encode(message)
      call.observed?.message('sent', body.byteLength)
      head[3] = String(body.byteLength)
      if (this.served.rest !== undefined) status = this.served.rest.status(message, head)
      if (call.replyHeadersIfAny !== undefined) writeMetadata(call.replyHeadersIfAny, head)
      if (call.replyTrailersIfAny !== undefined) writeMetadata(call.replyTrailersIfAny, head, trailerPrefix)
      if (head.length > 4) mustFit(head, this.exchange, call.method.path)
    } catch (error) {
      settings.report(error, call)
      const failure = unwritableReply(call.method.path)
      if (call.observed !== undefined) call.observed.replyFailure = failure
      this.refuse(failure)
      return undefined
    }
    if (router.draining) head.push('connection', 'close')
    if (status === 204) {
      this.sendWithoutBody(status, head)
      return undefined
    }
    const compression = this.compressionOf(call, head)
    const compressing = compression === undefined || !call.compressMessages ? undefined : shrunk(body, compression)
    if (compression !== undefined && compressing !== undefined)
      return compressing.then(small =>
        this.sendCompressed(call, { status, head, body, small, encoding: compression.encoding.name }),
      )
    if (this.isKnown(call, head, { body, contentType: this.served.contentType, encoding: undefined })) return undefined
    writeHead(response, status, head)
    endWith(this.exchange, body)
    return undefined
  }

  /** Without the headers about the body, which come first. */
  private sendWithoutBody(status: number, head: readonly string[]): void {
    const { response } = this.exchange
    writeHead(response, status, head.slice(4))
    response.end()
  }

  /** Tags a cacheable reply to a GET, and answers 304 to a client that has it already. */
  private isKnown(call: ServedCall, head: string[], reply: Representation): boolean {
    const { request } = this.exchange
    if (!call.isCacheable || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const own = call.replyHeadersIfAny?.get('etag')
    const tag = own ?? entityTag(reply)
    if (own === undefined) head.push('etag', tag)
    if (!isKnownTo(request, tag)) return false
    this.sendWithoutBody(304, head)
    return true
  }

  private compressionOf(call: ServedCall, head: string[]): OutgoingCompression | undefined {
    const { contentEncoding, acceptEncoding } = this.exchange.head
    if (call.compression === undefined && contentEncoding === undefined) return undefined
    head.push('vary', 'accept-encoding')
    return replyCompression(call, encodings.get(contentEncoding ?? ''), acceptEncoding)
  }

  private sendCompressed(call: ServedCall, { status, head, body, small, encoding }: CompressedReply): void {
    const { response } = this.exchange
    if (this.isOver) return
    const { contentType } = this.served
    const sent = small === undefined ? undefined : encoding
    if (this.isKnown(call, head, { body: small ?? body, contentType, encoding: sent })) return
    if (small !== undefined) {
      head[3] = String(small.byteLength)
      head.push('content-encoding', encoding)
    }
    writeHead(response, status, head)
    response.end(small ?? body)
  }

  private fail(call: ServedCall, error: RpcError): void {
    const headers: string[] = []
    try {
      if (call.replyHeadersIfAny !== undefined) writeMetadata(call.replyHeadersIfAny, headers)
      if (call.replyTrailersIfAny !== undefined) writeMetadata(call.replyTrailersIfAny, headers, trailerPrefix)
    } catch (cause) {
      this.exchange.settings.report(cause, call)
    }
    this.refuse(error, { headers, close: this.exchange.router.draining })
  }

  private refuse(error: RpcError, options: RefusalOptions = {}): void {
    if (this.isOver) return
    if (this.call === undefined) observeRefusal(this.exchange, error)
    refuse(this.exchange, error, { details: this.served.method.details, ...options })
  }

  closed(): void {
    if (this.isOver) return
    this.isOver = true
    this.rest?.stop()
    if (!this.isRead) limitRest(this.exchange.request, this.exchange.settings)
    this.connection.leave(this)
    this.call?.cancel(closedBy(this.exchange.response, this.served.method.schema.path))
  }
}

interface CompressedReply {
  readonly status: number
  readonly head: string[]
  readonly body: Uint8Array
  /** Undefined if the body does not shrink. */
  readonly small: Uint8Array | undefined
  readonly encoding: string
}

/** Bytes above which a second buffer in the write costs less than a copy. */
const copiedBytes = 8192

/**
 * Over HTTP/1.1 Node joins the head and a string body into one write. With bytes it uses a gathered write, which costs several microseconds
 * more. Latin-1 maps every byte to itself.
 */
function endWith({ request, response }: Exchange, body: Uint8Array): void {
  if (body.byteLength > copiedBytes || request.httpVersionMajor === 2) response.end(body)
  else response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1')
}

function readBody(exchange: UnaryExchange): void {
  exchange.readArrived()
}

/** Everything that has arrived. Since Node 26 `read()` returns only one chunk. */
function readAll(request: IncomingMessage): Buffer | null {
  const first = request.read() as Buffer | null
  if (first === null || request.readableLength === 0) return first
  const chunks = [first]
  while (request.readableLength > 0) chunks.push(request.read() as Buffer)
  return Buffer.concat(chunks)
}
