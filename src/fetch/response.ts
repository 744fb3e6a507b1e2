import { Writable } from 'node:stream'

/** Headers of a connection, which is the runtime's. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/** Statuses whose responses have no body. Source: the Fetch standard, "null body status". */
const withoutBody = new Set([204, 304])

/** A `Response` in the making, with the parts of Node's `ServerResponse` that the HTTP protocol uses. */
export class FetchResponse extends Writable {
  statusCode = 200
  statusMessage = ''
  headersSent = false
  /** Whether the caller has left. */
  isCanceled = false
  /** Resolves when the head is known. The body may follow. */
  readonly response: Promise<Response>
  private readonly fields = new Headers()
  private answer: (response: Response) => void = () => {}
  private body: ReadableStreamDefaultController<Uint8Array> | undefined
  /** Lets the next chunk be written. */
  private room: (() => void) | undefined

  constructor() {
    super({ highWaterMark: 65_536, decodeStrings: true })
    this.response = new Promise(resolve => {
      this.answer = resolve
    })
  }

  setHeader(name: string, value: string): this {
    this.fields.set(name, value)
    return this
  }

  appendHeader(name: string, value: string): this {
    this.fields.append(name, value)
    return this
  }

  hasHeader(name: string): boolean {
    return this.fields.has(name)
  }

  getHeaderNames(): string[] {
    return [...this.fields.keys()]
  }

  /** @param head names and values in turn */
  writeHead(status: number, head: readonly string[] = []): this {
    this.statusCode = status
    for (let at = 0; at + 1 < head.length; at += 2) this.fields.append(head[at] as string, head[at + 1] as string)
    for (const name of connectionHeaders) this.fields.delete(name)
    return this
  }

  /** The body follows in parts, so its end is told by the end of the stream alone. */
  flushHeaders(): void {
    if (this.headersSent) return
    // Once as many bytes were written as it says, a runtime may take the response as complete and close a connection whose request goes on:
    // hyper, in Deno, does. The reset overtakes the answer.
    this.fields.delete('content-length')
    const stream = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.body = controller
        },
        pull: () => this.resume(),
        cancel: () => this.leave(),
      },
      { highWaterMark: 65_536, size: chunk => chunk?.byteLength ?? 0 },
    )
    this.send(stream)
  }

  /** The caller has left: nothing more is written. */
  leave(): void {
    this.isCanceled = true
    this.destroy()
  }

  override end(...args: unknown[]): this {
    const [chunk, encoding] = args as [string | Uint8Array | undefined, BufferEncoding | undefined]
    if (this.headersSent) return chunk === undefined ? super.end() : super.end(chunk)
    // The whole body is here, and needs no stream.
    this.send(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk ?? null))
    return super.end()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.flushHeaders()
    this.body?.enqueue(chunk)
    if ((this.body?.desiredSize ?? 1) > 0) done()
    else this.room = done
  }

  override _final(done: () => void): void {
    this.body?.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.headersSent) this.answer(new Response(null, { status: 499 }))
    else if (!this.writableFinished && !this.isCanceled) this.body?.error(new Error('the response was cut off'))
    this.resume()
    done(error)
  }

  private resume(): void {
    const { room } = this
    this.room = undefined
    room?.()
  }

  private send(body: ReadableStream<Uint8Array> | Uint8Array | null): void {
    this.headersSent = true
    const { statusCode: status, fields: headers } = this
    const content = withoutBody.has(status)
      ? null
      : (body as ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null)
    this.answer(new Response(content, { status, headers }))
  }
}
