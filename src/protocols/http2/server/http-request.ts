import type { X509Certificate } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { Peer } from '../../../core/call.js'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream } from '../../../http2/stream.js'
import type { RequestSocket } from '../../peer.js'

/**
 * The parts of a socket that code for Node's HTTP server uses. One per request: listeners of many requests would pile up on the real
 * socket.
 */
export class HttpRequestSocket extends EventEmitter implements RequestSocket {
  readable = true
  writable = true
  destroyed = false

  constructor(
    private readonly socket: Socket & Partial<Pick<TLSSocket, 'authorized' | 'encrypted'>>,
    private readonly stream: Http2Stream,
    readonly peer: Peer,
  ) {
    super()
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.socket.remotePort
  }

  get remoteFamily(): string | undefined {
    return this.socket.remoteFamily
  }

  get encrypted(): boolean {
    return this.socket.encrypted === true
  }

  /** Whether the peer's certificate was verified. */
  get authorized(): boolean {
    return this.socket.authorized === true
  }

  getPeerX509Certificate(): X509Certificate | undefined {
    return (this.socket as Partial<TLSSocket>).getPeerX509Certificate?.()
  }

  getPeerCertificate(): PeerCertificate | undefined {
    return (this.socket as Partial<TLSSocket>).getPeerCertificate?.()
  }

  destroy(): this {
    this.stream.reset()
    this.close()
    return this
  }

  close(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.readable = this.writable = false
    this.emit('close')
  }
}

/** An HTTP/2 request with the parts of Node's `IncomingMessage` that handlers and Koa use. */
export class HttpRequest extends Readable {
  readonly httpVersion = '2.0'
  readonly httpVersionMajor = 2
  readonly httpVersionMinor = 0
  /** That the end of its reply asks the client to stop sending; Node's own objects for HTTP/2 do not. */
  readonly endsWithReply = true
  readonly method: string
  url: string
  readonly rawHeaders: string[]
  readonly trailers = {}
  readonly rawTrailers: string[] = []
  /** Whether the whole request has arrived. */
  complete = false
  aborted = false
  private unread = 0
  private joined: Record<string, string> | undefined = undefined

  constructor(
    private readonly stream: Http2Stream,
    list: HeaderList,
    readonly socket: HttpRequestSocket,
  ) {
    super({ highWaterMark: 65_536 })
    this.method = list.method
    this.url = list.path
    this.rawHeaders = [...list.fields]
    if (list.authority !== '' && list.get('host') === undefined) this.rawHeaders.push('host', list.authority)
  }

  get headers(): Record<string, string> {
    this.joined ??= joined(this.rawHeaders)
    return this.joined
  }

  /** Koa's `ctx.request.headers = ...` sets them. */
  set headers(headers: Record<string, string>) {
    this.joined = headers
  }

  get connection(): HttpRequestSocket {
    return this.socket
  }

  receive(chunk: Buffer, ended: boolean): void {
    if (this.destroyed) {
      this.stream.consume(chunk.length)
      return
    }
    if (chunk.length > 0) {
      this.unread += chunk.length
      this.push(chunk)
    }
    if (ended) {
      this.complete = true
      this.push(null)
    }
  }

  abort(): void {
    if (this.complete || this.aborted) return
    this.aborted = true
    this.emit('aborted')
    const gone: NodeJS.ErrnoException = new Error('aborted')
    gone.code = 'ECONNRESET'
    this.destroy(this.listenerCount('error') > 0 ? gone : undefined)
  }

  /** Lets the client send as many bytes as were read. */
  override _read(): void {
    const { unread } = this
    this.unread = 0
    if (unread > 0) this.stream.consume(unread)
  }

  setTimeout(): this {
    return this
  }
}

/** Joins repeated headers; those of cookies as in RFC 9113, section 8.2.3. */
function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}
