import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'

/** The parts of a connection's socket that the HTTP protocol uses. Each request has its own: what carries it is the runtime's. */
export class FetchSocket extends EventEmitter {
  readonly remotePort = 0
  destroyed = false

  /** @param remoteAddress of the caller; `unknown` if the runtime does not tell */
  constructor(
    readonly remoteAddress: string,
    private readonly ended: () => void,
  ) {
    super()
  }

  destroy(): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.emit('close')
    this.ended()
    return this
  }
}

/** A `Request` with the parts of Node's `IncomingMessage` that the HTTP protocol uses. Its body is read as far as someone asks. */
export class FetchRequest extends Readable {
  readonly method: string
  /** Without the prefix of the handler. */
  readonly url: string
  /** The prefix of the handler; an app of Express tells where it is mounted by the same name. */
  readonly baseUrl: string
  readonly socket: FetchSocket
  readonly rawHeaders: string[] = []
  readonly headers: Record<string, string> = Object.create(null) as Record<string, string>
  /** Whether the whole body has arrived. */
  complete = false
  private readonly body: Request['body']
  /** Locks the body, so it is made by the first read: a request that is not a call belongs to others. */
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  /** @param place the request's own connection, and the path in front of what it asks for */
  constructor(request: Request, { socket, prefix }: { readonly socket: FetchSocket; readonly prefix: string }) {
    super({ highWaterMark: 65_536 })
    this.socket = socket
    const { pathname, search } = new URL(request.url)
    this.method = request.method
    this.baseUrl = prefix
    this.url = pathname.slice(prefix.length) + search
    request.headers.forEach((value, name) => {
      this.rawHeaders.push(name, value)
      this.headers[name] = value
    })
    this.body = request.body
    if (this.body === null) this.arrived()
  }

  override _read(): void {
    this.reader ??= this.body?.getReader()
    this.reader?.read().then(
      ({ done, value }) => {
        if (value !== undefined) this.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
        else if (done) this.arrived()
      },
      (error: unknown) => this.destroy(error as Error),
    )
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.complete && this.reader !== undefined) this.reader.cancel().catch(() => {})
    done(error)
  }

  private arrived(): void {
    this.complete = true
    this.push(null)
  }
}
