import type { OutgoingHttpHeaders } from 'node:http'
import { Writable } from 'node:stream'
import { type HeaderBlock, prepareHeaders } from '../../../http2/header-block.js'
import type { Http2Stream } from '../../../http2/stream.js'
import type { HttpRequest, HttpRequestSocket } from './request.js'

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
  private readonly fields = new Map<string, Value>()
  private room: (() => void) | undefined
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
    this.fields.set(name.toLowerCase(), value)
    return this
  }

  appendHeader(name: string, value: string | readonly string[]): this {
    const before = this.getHeader(name)
    const all = before === undefined ? [] : Array.isArray(before) ? (before as string[]) : [String(before)]
    return this.setHeader(name, [...all, ...(typeof value === 'string' ? [value] : value)])
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
    if (Array.isArray(given)) this.setFlat(given as Value[])
    else for (const [name, value] of Object.entries((given ?? {}) as Record<string, Value>)) this.setHeader(name, value)
    this.flushHeaders()
    return this
  }

  flushHeaders(): void {
    if (this.headersSent) return
    this.headersSent = true
    this.stream.sendHeaders(statusBlock(this.statusCode), this.flat())
  }

  writeContinue(): void {}

  setTimeout(): this {
    return this
  }

  /** Called when the stream has room again. */
  resume(): void {
    const { room } = this
    this.room = undefined
    room?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.flushHeaders()
    if (this.req.method === 'HEAD' || this.stream.closed || this.stream.write(chunk)) done()
    else this.room = done
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

  private setFlat(list: readonly Value[]): void {
    for (let i = 0; i + 1 < list.length; i += 2) {
      const name = String(list[i])
      const value = list[i + 1] as Value
      if (this.hasHeader(name)) this.appendHeader(name, typeof value === 'number' ? String(value) : value)
      else this.setHeader(name, value)
    }
  }

  private flat(): string[] {
    const list: string[] = []
    for (const [name, value] of this.fields) {
      if (connectionHeaders.has(name)) continue
      for (const one of Array.isArray(value) ? (value as string[]) : [String(value)]) list.push(name, one.trim())
    }
    return list
  }

  private mustNotBeSent(): void {
    if (this.headersSent) throw new Error('the headers of this response have been sent')
  }
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
