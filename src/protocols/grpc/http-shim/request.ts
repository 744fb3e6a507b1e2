import type { X509Certificate } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { HeaderList } from '../../../http2/header-list.js'
import type { Http2Stream } from '../../../http2/stream.js'

/** What of a socket code for Node's HTTP server asks for. One a request, since listeners of many at once would pile up on the real one. */
export class HttpRequestSocket extends EventEmitter {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly remoteFamily: string | undefined
  readonly encrypted: boolean
  /** The peer's certificate was verified. */
  readonly authorized: boolean
  readable = true
  writable = true
  destroyed = false

  constructor(
    private readonly socket: Socket & Partial<Pick<TLSSocket, 'authorized' | 'encrypted'>>,
    private readonly stream: Http2Stream,
  ) {
    super()
    this.remoteAddress = socket.remoteAddress
    this.remotePort = socket.remotePort
    this.remoteFamily = socket.remoteFamily
    this.encrypted = socket.encrypted === true
    this.authorized = socket.authorized === true
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

/** A request of HTTP/2 that looks like one of Node's HTTP server, as far as handlers and Koa look. */
export class HttpRequest extends Readable {
  readonly httpVersion = '2.0'
  readonly httpVersionMajor = 2
  readonly httpVersionMinor = 0
  readonly method: string
  url: string
  readonly headers: Record<string, string>
  readonly rawHeaders: string[]
  readonly trailers = {}
  readonly rawTrailers: string[] = []
  /** The whole request has arrived. */
  complete = false
  aborted = false
  private unread = 0

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
    this.headers = joined(this.rawHeaders)
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

  /** The client may send as much again as has been read. */
  override _read(): void {
    const { unread } = this
    this.unread = 0
    if (unread > 0) this.stream.consume(unread)
  }

  setTimeout(): this {
    return this
  }
}

/** Repeated headers as one; those of cookies as RFC 9113, section 8.2.3 has it. */
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
