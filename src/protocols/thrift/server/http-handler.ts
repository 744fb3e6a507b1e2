import type { IncomingMessage, ServerResponse } from 'node:http'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import type { HeaderValue } from '../../../core/headers.js'
import { messageTooLarge } from '../../../core/limits.js'
import { RpcError } from '../../../core/rpc-error.js'
import { discard } from '../../discard.js'
import { GatheredBytes } from '../../gathered-bytes.js'
import { peerOf } from '../../peer.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { type Dialect, formatOf } from '../dialect.js'
import { headerValue } from '../metadata.js'
import { type Body, type MessageHead, type MessageOutput, mustNotExceed } from '../output.js'
import { type Host, type Serving, serveMessage } from './dispatch.js'
import { unknownFormat } from './refusals.js'
import { servedMethods } from './served-method.js'
import type { Exchange } from './served-request.js'

/** What Thrift's HTTP clients send; the others say the codec, which the message does too. */
const mediaTypes: ReadonlySet<string> = new Set([
  'application/x-thrift',
  'application/vnd.apache.thrift.binary',
  'application/vnd.apache.thrift.compact',
  'application/vnd.apache.thrift.json',
])

/**
 * Thrift over HTTP: each request is a POST of one message without a frame, to whatever path, and its response is the reply.
 * @returns serves a request; false: it is no Thrift
 */
export function thriftOverHttp(
  router: Router,
  settings: ServerSettings,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const serving: Serving = { router, settings, methods: servedMethods(router, settings.limits) }
  return (request, response) => {
    const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
    if (request.method !== 'POST' || !mediaTypes.has(mediaType.trim().toLowerCase())) return false
    new HttpExchange(serving, request, response).read()
    return true
  }
}

/** One request and its response. */
class HttpExchange implements Host, MessageOutput {
  readonly output = this
  readonly settings: ServerSettings
  readonly peer: Peer
  readonly isDraining = false
  readonly calls = 0
  private readonly body = new GatheredBytes()
  private size = 0
  private exchange: Exchange | undefined
  private reply: Buffer = Buffer.alloc(0)
  private headers: readonly string[] = []

  constructor(
    readonly serving: Serving,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.settings = serving.settings
    this.peer = peerOf(request.socket, 'thrift')
  }

  read(): void {
    const { request, response, settings } = this
    const timer = settings.clock.schedule(settings.limits.bodyTimeout, { expire: () => request.destroy() })
    request.on('data', (chunk: Buffer) => this.arrived(chunk))
    request.once('end', () => {
      timer.cancel()
      this.run()
    })
    request.on('error', () => {})
    response.once('close', () => {
      timer.cancel()
      if (!response.writableFinished) this.exchange?.disconnect()
    })
  }

  private arrived(chunk: Buffer): void {
    const { messageBytes } = this.settings.limits
    this.size += chunk.length
    if (this.size <= messageBytes) this.body.add(chunk)
    else this.fail(413, messageTooLarge(messageBytes))
  }

  private run(): void {
    if (this.response.headersSent) return
    const bytes = this.body.all()
    const format = formatOf(bytes[0])
    try {
      if (format === undefined) throw unknownFormat()
      const dialect: Dialect = { format, transport: 'http', zlib: false }
      serveMessage(
        format.reader(bytes, 0, bytes.length, this.settings.limits.values),
        { dialect, headers: this.requestHeaders() },
        this,
      )
    } catch (error) {
      const known = asInvalidMessage(error, 'the message')
      if (!(known instanceof RpcError)) this.settings.report(error)
      this.fail(400, known instanceof RpcError ? known : new RpcError('the message cannot be read', Code.internal))
    }
  }

  private requestHeaders(): HeaderValue[] {
    const { rawHeaders } = this.request
    const headers: HeaderValue[] = []
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = (rawHeaders[at] as string).toLowerCase()
      const value = headerValue(name, rawHeaders[at + 1] as string)
      if (value !== undefined) headers.push(name, value)
    }
    return headers
  }

  enter(exchange: Exchange): void {
    this.exchange = exchange
  }

  write<T>({ format }: Dialect, head: MessageHead, body: Body<T>, value: T): void {
    const writer = format.writer()
    try {
      writer.beginMessage(head.kind, head.name, head.sequence)
      body.write(writer, value)
      writer.endMessage()
      mustNotExceed(writer.size, head)
    } catch (error) {
      writer.abandon()
      throw error
    }
    this.headers = head.headers
    this.reply = writer.finish()
  }

  ready(exchange: Exchange): void {
    exchange.answer()
    const { request, response, reply } = this
    if (response.destroyed || response.headersSent) return
    const type = request.headers['content-type'] ?? 'application/x-thrift'
    response.writeHead(200, ['content-type', type, 'content-length', String(reply.length), ...this.headers])
    response.end(reply)
  }

  /** What is no Thrift, or cannot be read, is answered as HTTP has it. */
  private fail(status: number, { message }: RpcError): void {
    const { request, response, settings } = this
    if (response.destroyed || response.headersSent) return
    const length = String(Buffer.byteLength(message))
    response.writeHead(status, ['content-type', 'text/plain', 'content-length', length, 'connection', 'close'])
    if (request.complete) {
      response.end(message)
      return
    }
    // To close with unread bytes would reset the connection, and the reset overtake the answer.
    response.write(message)
    discard(request, settings, { done: () => response.end() })
  }
}
