import type { OutgoingHttpHeaders } from 'node:http'
import { Writable } from 'node:stream'
import { checkField, type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { Http2Stream } from '../../../http2/stream.js'
import type { HttpRequest, HttpRequestSocket } from './http-request.js'

type Value = string | number | readonly string[]

/** Headers of a connection, which HTTP/2 does not have (RFC 9113, section 8.2.2). */
const connectionHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** An HTTP/2 response with the parts of Node's `ServerResponse` that handlers and Koa use. */
export class HttpResponse extends Writable {
  statusCode = 200
  /** Ignored: HTTP/2 has no status text. */
  statusMessage = ''
  headersSent = false
  /** Whether the client cancelled the request and kept its connection. */
  isCanceled = false
  sendDate = false
  private readonly known = new Map<string, Value>()
  /** The only head, as it was sent: it is read only if somebody asks for it. */
  private given: readonly Value[] | undefined = undefined
  private room: (() => void) | undefined
  /** Bytes that the stream has, and that count as written only with `room`. */
  private writing = 0
  private holders = 0

  constructor(
    private readonly stream: Http2Stream,
    readonly req: HttpRequest,
  ) {
    super({ highWaterMark: 65_536, decodeStrings: true })
  }

  /** The most bytes of headers that the client takes. */
  get maxHeaderList(): number {
    return this.stream.maxHeaderList
  }

  /** Bytes that were written, and that the client or the socket does not take yet. */
  get unsentBytes(): number {
    return this.stream.pendingBytes + this.writableLength - this.writing
  }

  get socket(): HttpRequestSocket {
    return this.req.socket
  }

  get connection(): HttpRequestSocket {
    return this.req.socket
  }

  get finished(): boolean {
    return this.writableEnded
  }

  /** Begins work for the request. The stream counts in `limits.callsPerConnection` until each `hold` has its `release`. */
  hold(): void {
    this.holders++
    this.stream.hold()
  }

  release(): void {
    if (--this.holders === 0) this.stream.release()
  }

  setHeader(name: string, value: Value): this {
    this.mustNotBeSent()
    const key = name.toLowerCase()
    for (const one of listOf(value)) checkField(key, one.trim())
    this.fields.set(key, value)
    return this
  }

  appendHeader(name: string, value: string | readonly string[]): this {
    const before = this.getHeader(name)
    return this.setHeader(name, [...(before === undefined ? [] : listOf(before)), ...listOf(value)])
  }

  getHeader(name: string): Value | undefined {
    return this.fields.get(name.toLowerCase())
  }

  getHeaders(): OutgoingHttpHeaders {
    return Object.fromEntries(this.fields) as OutgoingHttpHeaders
  }

  getHeaderNames(): string[] {
    return [...this.fields.keys()]
  }

  hasHeader(name: string): boolean {
    return this.fields.has(name.toLowerCase())
  }

  removeHeader(name: string): void {
    this.mustNotBeSent()
    this.fields.delete(name.toLowerCase())
  }

  writeHead(status: number, reason?: unknown, headers?: unknown): this {
    this.mustNotBeSent()
    this.statusCode = status
    const given = typeof reason === 'string' ? headers : (headers ?? reason)
    if (Array.isArray(given) && this.known.size === 0) {
      this.stream.sendHeaders(statusBlock(status), withoutConnection(given as Value[]))
      this.headersSent = true
      this.given = given as Value[]
      return this
    }
    if (Array.isArray(given)) {
      for (let i = 0; i < given.length; i += 2) this.known.delete(String(given[i]).toLowerCase())
      this.setFlat(given as Value[])
    } else
      for (const [name, value] of Object.entries((given ?? {}) as Record<string, Value>)) this.setHeader(name, value)
    this.flushHeaders()
    return this
  }

  flushHeaders(): void {
    if (this.headersSent) return
    this.stream.sendHeaders(statusBlock(this.statusCode), this.flat())
    this.headersSent = true
  }

  writeContinue(): void {}

  setTimeout(): this {
    return this
  }

  /** Called when the stream has room again. */
  resume(): void {
    const { room } = this
    this.room = undefined
    this.writing = 0
    room?.()
  }

  /** A small body that is all there is leaves in one frame, without a turn in the buffer of the stream. */
  override end(chunk?: unknown, encoding?: unknown, done?: unknown): this {
    const isAll = !this.writableEnded && !this.destroyed && this.writableLength === 0 && done === undefined
    const bytes = isAll ? smallBody(chunk, encoding) : undefined
    if (bytes === undefined) return super.end(chunk, encoding as BufferEncoding, done as () => void)
    this.flushHeaders()
    if (!this.isBodiless) this.stream.writeLast(bytes)
    return super.end()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.flushHeaders()
    if (this.isBodiless || this.stream.closed || this.stream.write(chunk)) done()
    else {
      this.room = done
      this.writing = chunk.length
    }
  }

  override _final(done: () => void): void {
    this.flushHeaders()
    this.stream.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.writableFinished) this.stream.reset()
    this.resume()
    done(error)
  }

  /** Whether what is written is dropped, as Node does it. Source: RFC 9110, sections 9.3.2, 15.3.5 and 15.4.5. */
  private get isBodiless(): boolean {
    return this.req.method === 'HEAD' || this.statusCode === 204 || this.statusCode === 304
  }

  private get fields(): Map<string, Value> {
    const { given } = this
    this.given = undefined
    if (given !== undefined) this.setFlat(given)
    return this.known
  }

  private setFlat(list: readonly Value[]): void {
    for (let i = 0; i + 1 < list.length; i += 2) {
      const name = String(list[i])
      const value = list[i + 1] as Value
      const before = this.getHeader(name)
      this.known.set(name.toLowerCase(), before === undefined ? value : [...listOf(before), ...listOf(value)])
    }
  }

  private flat(): string[] {
    const list: string[] = []
    for (const [name, value] of this.fields) {
      if (connectionHeaders.has(name)) continue
      for (const one of listOf(value)) list.push(name, one.trim())
    }
    return list
  }

  private mustNotBeSent(): void {
    if (this.headersSent) throw new Error('the headers of this response have been sent')
  }
}

function listOf(value: Value): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [String(value)]
}

function withoutConnection(head: readonly Value[]): string[] {
  const list: string[] = []
  for (let i = 0; i + 1 < head.length; i += 2) {
    const name = String(head[i]).toLowerCase()
    if (connectionHeaders.has(name)) continue
    for (const one of listOf(head[i + 1] as Value)) list.push(name, one.trim())
  }
  return list
}

/** Bytes up to which a body need not wait for the room that the stream has: so many the HTTP/2 engine buffers in any case. */
const smallBytes = 8192

/** @returns undefined for what goes through the buffer of the stream */
function smallBody(chunk: unknown, encoding: unknown): Uint8Array | undefined {
  // It is the callback of `end(chunk, callback)`.
  if (typeof encoding === 'function') return undefined
  if (chunk instanceof Uint8Array) return chunk.byteLength > smallBytes ? undefined : chunk
  if (typeof chunk !== 'string' || chunk.length > smallBytes) return undefined
  return Buffer.from(chunk, encoding as BufferEncoding | undefined)
}

const statusBlocks = new Map<number, HeaderBlock>()

/** The header block of a status, created once. @throws RangeError for an invalid status */
function statusBlock(status: number): HeaderBlock {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new RangeError(`${status} is no final HTTP status`)
  let block = statusBlocks.get(status)
  if (block === undefined) {
    block = prepareHeaders([[':status', String(status)]])
    statusBlocks.set(status, block)
  }
  return block
}
