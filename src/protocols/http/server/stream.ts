import { encodings } from '../../../codecs/compression.js'
import { type OutgoingCompression, streamsIn, streamsOut } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { isRefusal, refusedHeader } from '../../../core/refusal.js'
import { failure, RpcError } from '../../../core/rpc-error.js'
import { ArrivalWatch } from '../../arrival-watch.js'
import { requestBodyTimeout, unreadableRequest, unwritableReply } from '../../failures.js'
import { fitting, sentWithout } from '../../header-room.js'
import { discard } from '../../http1/server/discard.js'
import { holderOf } from '../../http1/server/running-handlers.js'
import { compress, frame, prefixSize } from '../../length-prefixed.js'
import { replyCompression } from '../../message-encoding.js'
import { MessagePump } from '../../message-pump.js'
import { Backlog } from '../../stream-backlog.js'
import { Base64Stream } from '../base64-stream.js'
import { acceptedEncodings, type Decompress } from '../compression.js'
import { MessageStream } from '../message-stream.js'
import { writeMetadata } from '../metadata.js'
import { type Closable, type Connection, connectionOf } from './connection.js'
import { headerRoom, mustFit } from './header-room.js'
import { LoneRequestCall, loneRequest } from './lone-request.js'
import { observeRefusal } from './refusal.js'
import { ResponseSink, unsentBytes } from './response-sink.js'
import { closedBy, type Exchange, previousAttempts, ServedCall } from './served-call.js'
import type { ServedCodec } from './served-method.js'
import type { StreamForm } from './stream-form.js'
import { writeHead } from './write-head.js'

/**
 * One call whose bodies are length-prefixed messages, of any kind: a stream of Connect, or any call of gRPC-Web. Its response always has
 * status 200; its last envelope holds the outcome.
 * Sources: Connect protocol, "Streaming-Response"; gRPC-Web.
 */
export class StreamExchange implements Closable {
  private readonly connection: Connection
  private call: ServedCall | undefined = undefined
  private readonly arrivals: ArrivalWatch
  private isOver = false
  /** The `connect-content-encoding` of the response. */
  private encodingSent: string | undefined = undefined

  constructor(
    private readonly exchange: Exchange,
    private readonly served: ServedCodec,
    private readonly form: StreamForm,
  ) {
    const { clock, limits } = exchange.settings
    this.arrivals = new ArrivalWatch(clock, limits.bodyTimeout, () =>
      this.call?.cancel(requestBodyTimeout(this.path, limits.bodyTimeout)),
    )
    this.connection = connectionOf(exchange.request)
    this.connection.enter(this)
    exchange.response.once('close', () => this.closed())
  }

  private get path(): string {
    return this.served.method.schema.path
  }

  /** Answers with an error, without running the handler. */
  refuse(error: RpcError): void {
    observeRefusal(this.exchange, error)
    this.end(undefined, error)
  }

  /** @param timeout milliseconds, above 0 */
  run(timeout: number, decompress: Decompress): void {
    const { settings, request, head } = this.exchange
    const incoming = this.receive(decompress)
    const { schema } = this.served.method
    const deadline = settings.clock.now() + timeout
    const init = { method: schema, message: incoming, clock: settings.clock, deadline, peer: this.connection.peer }
    const call = streamsIn(schema)
      ? new ServedCall(init, request.rawHeaders)
      : new LoneRequestCall(init, request.rawHeaders, () => loneRequest(incoming, this.path, settings))
    call.previousAttempts = previousAttempts(head)
    call.onCancel(reason => incoming.fail(reason))
    call.arm()
    call.hold(holderOf(request, this.exchange.response))
    call.writesHead = () => this.sendHeaders(call)
    this.call = call
    void this.serve(call, incoming)
  }

  private receive(decompress: Decompress): MessageStream {
    const { settings, request } = this.exchange
    const incoming: MessageStream = new MessageStream({
      limit: settings.limits.messageBytes,
      fault: Code.invalid_argument,
      path: this.path,
      unreadable: unreadableRequest,
      decode: bytes => {
        this.call?.observed?.message('received', bytes.byteLength)
        return this.served.request.decode(bytes)
      },
      decompress,
      resume: () => {
        this.arrivals.arrived(incoming.isPartial, true)
        request.resume()
      },
      abandon: () => request.resume(),
      endStream: undefined,
    })
    const text = this.form.isText ? new Base64Stream() : undefined
    request.on('data', (raw: Buffer) => {
      const chunk = text === undefined ? raw : this.decoded(text, raw, incoming)
      const before = incoming.received
      if (incoming.push(chunk)) this.arrivals.arrived(incoming.isPartial, incoming.received > before)
      else {
        this.arrivals.pause()
        request.pause()
      }
    })
    request.once('end', () => {
      this.arrivals.stop()
      if (text?.isWhole === false) incoming.fail(unreadableRequest(truncated(), this.path))
      incoming.end(unreadableRequest(truncated(), this.path))
    })
    // The connection broke. The response then emits 'close', which cancels the call.
    request.on('error', () => {})
    return incoming
  }

  /** Undoes the base64 of a chunk. Anything else fails the request. */
  private decoded(text: Base64Stream, chunk: Buffer, incoming: MessageStream): Buffer {
    try {
      return text.push(chunk)
    } catch (error) {
      incoming.fail(unreadableRequest(RpcError.from(error), this.path))
      return chunk
    }
  }

  private async serve(call: ServedCall, incoming: MessageStream): Promise<void> {
    const { schema } = this.served.method
    try {
      const handling = this.served.method.handler(call)
      call.observed?.streams(new Backlog(incoming, () => unsentBytes(this.exchange.response)))
      const reply = await handling
      if (streamsOut(schema)) await this.writeAll(call, reply as AsyncIterable<unknown>)
      else await this.write(call, reply)
      this.end(call, undefined)
    } catch (error) {
      this.end(call, RpcError.from(error, Code.internal))
    } finally {
      call.finish()
      this.arrivals.stop()
      // Unread messages must not make the connection wait.
      incoming.fail(failure('canceled', Code.canceled, `${this.path}: the call is over`))
    }
  }

  private writeAll(call: ServedCall, replies: AsyncIterable<unknown>): Promise<void> {
    const { response } = this.exchange
    const pump = new MessagePump(new ResponseSink(response, message => this.write(call, message)))
    response.on('drain', () => pump.resume())
    // A waiting step of the replies ends by itself.
    call.onCancel(() => pump.stop())
    return pump.run(replies)
  }

  /** Encodes and writes a message. */
  private write(call: ServedCall, message: unknown): Promise<unknown> | undefined {
    if (this.isOver) return undefined
    let bytes: Uint8Array
    try {
      bytes = frame(this.served.reply, message)
      call.observed?.message('sent', bytes.length - prefixSize)
      this.writeHead(call)
    } catch (error) {
      this.exchange.settings.report(error, call)
      const failure = unwritableReply(this.path)
      if (call.observed !== undefined) call.observed.replyFailure = failure
      throw failure
    }
    const compression = this.messageCompression(call)
    const compressing = compression === undefined ? undefined : compress(bytes, compression)
    const { response } = this.exchange
    if (compressing !== undefined)
      return compressing.then(small => this.isOver || response.write(this.onWire(small ?? bytes)))
    response.write(this.onWire(bytes))
    return undefined
  }

  private onWire(bytes: Uint8Array): Uint8Array | string {
    if (!this.form.isText) return bytes
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  }

  private sendHeaders(call: ServedCall): void {
    if (this.isOver || this.exchange.response.headersSent) return
    this.writeHead(call)
    this.exchange.response.flushHeaders()
  }

  /** The compression of the next message. A stream has one encoding, but each message may be compressed or not. */
  private messageCompression(call: ServedCall): OutgoingCompression | undefined {
    if (this.encodingSent === undefined || !call.compressMessages) return undefined
    const compression = this.compressionOf(call)
    return compression?.encoding.name === this.encodingSent ? compression : undefined
  }

  private compressionOf(call: ServedCall): OutgoingCompression | undefined {
    const { head } = this.exchange
    const encoding = this.form.encodingOf(head)
    if (call.compression === undefined && encoding === undefined) return undefined
    return replyCompression(call, encodings.get(encoding ?? ''), this.form.acceptedBy(head))
  }

  private writeHead(call: ServedCall | undefined, last?: { error: RpcError | undefined; close: boolean }): void {
    const { response, router, settings } = this.exchange
    if (response.headersSent) return
    const head = ['content-type', this.served.contentType]
    const compression = call && this.compressionOf(call)
    this.encodingSent = compression?.encoding.name
    if (compression !== undefined) head.push(this.form.encodingHeader, compression.encoding.name)
    if (call?.replyHeadersIfAny !== undefined) {
      const own: string[] = []
      writeMetadata(call.replyHeadersIfAny, own)
      if (last?.error === undefined) mustFit(own, headerRoom(this.exchange), call.method.path)
      const { kept, dropped } = fitting(own, headerRoom(this.exchange))
      if (dropped.length > 0) settings.report(sentWithout(dropped, call.method.path), call)
      head.push(...kept)
    }
    if (last?.error !== undefined && isRefusal(last.error)) head.push(refusedHeader, '1')
    if (last?.error?.reason === 'unknown_encoding') head.push(this.form.acceptHeader, acceptedEncodings)
    if (router.draining || last?.close === true) head.push('connection', 'close')
    writeHead(response, 200, head)
  }

  /** Whether the rest of the request is too long to read it only to keep the connection. */
  private get isTooMuch(): boolean {
    const { request, head, settings } = this.exchange
    return !request.complete && !(Number(head.contentLength) <= settings.limits.messageBytes)
  }

  private end(call: ServedCall | undefined, error: RpcError | undefined): void {
    const { request, response, settings } = this.exchange
    if (this.isOver) return
    const { details } = this.served.method
    const { limits } = settings
    const close = !response.headersSent && this.isTooMuch
    let last: Buffer
    try {
      this.writeHead(call, { error, close })
      const written = this.form.writeEnd(call?.replyTrailersIfAny, error, {
        details,
        room: headerRoom(this.exchange),
        limits,
      })
      if (written.dropped.length > 0)
        settings.report(sentWithout(written.dropped, this.served.method.schema.path), call)
      last = written.envelope
    } catch (cause) {
      settings.report(cause, call)
      if (!response.headersSent) writeHead(response, 200, ['content-type', this.served.contentType])
      // If the error cannot be written completely, its code and message can.
      const plain = error === undefined ? unwritableReply(this.path) : new RpcError(error.message, error.code)
      last = this.form.writeEnd(undefined, plain, { details, room: 0, limits }).envelope
    }
    if (close) {
      // As for a refusal, the reply is sent completely before the connection ends.
      response.write(this.onWire(last))
      discard(request, settings, { done: () => response.end() })
      return
    }
    response.end(this.onWire(last))
    if (!request.complete) discard(request, settings)
  }

  closed(): void {
    if (this.isOver) return
    this.isOver = true
    this.arrivals.stop()
    this.connection.leave(this)
    this.call?.cancel(closedBy(this.exchange.response, this.path))
  }
}

function truncated(): RpcError {
  return failure('truncated_request', Code.invalid_argument, 'the request ended within a message')
}
