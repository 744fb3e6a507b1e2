import { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { chunksOf } from '../messages.js'

const none = new Uint8Array(0)

/** Bytes that may wait in the socket before the next chunk is taken. */
const highWaterMark = 65_536

/** A reply in messages, with the parts of Node's `ServerResponse` that the HTTP protocol uses. */
export class MessageResponse extends Writable {
  statusCode = 200
  statusMessage = ''
  headersSent = false
  /** Whether the caller has left. */
  isCanceled = false
  private readonly fields = new Headers()
  private sent = 0
  /** Bytes that the client may be sent so far. */
  private allowed: number
  /** Continues once the client has taken more. */
  private room: (() => void) | undefined

  /**
   * @param window bytes that the client takes ahead
   * @param finish closes the WebSocket after the last message
   */
  constructor(
    private readonly channel: WebSocket,
    private readonly window: number,
    private readonly finish: () => void,
  ) {
    super({ highWaterMark, decodeStrings: true })
    this.allowed = window
  }

  /** The client has taken that many bytes in all. */
  take(bytes: number): void {
    this.allowed = Math.max(this.allowed, Math.min(bytes, this.sent) + this.window)
    if (this.sent >= this.allowed) return
    this.room?.()
    this.room = undefined
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
    // The WebSocket ends with the call anyway.
    this.fields.delete('connection')
    return this
  }

  flushHeaders(): void {
    if (this.headersSent || this.destroyed) return
    this.headersSent = true
    this.channel.send(JSON.stringify({ status: this.statusCode, headers: [...this.fields].flat() }))
  }

  /** The caller has left: nothing more is written. @param isCanceled whether it said so, rather than that its connection was lost */
  leave(isCanceled: boolean): void {
    this.isCanceled = isCanceled
    this.destroy()
  }

  /**
   * Sends at once. What is written in the same turn of the event loop follows in one message: a stream that is never waited for must not
   * keep the process from reading that its caller has left.
   */
  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // Its 'close' is on the way, and ends the response.
    if (this.channel.readyState !== this.channel.OPEN) return
    this.flushHeaders()
    this.sent += bytes.length
    let last: Uint8Array = none
    for (const chunk of chunksOf(bytes)) {
      if (last.length > 0) this.channel.send(last)
      last = chunk
    }
    if (last.length > 0 && this.channel.bufferedAmount >= highWaterMark) {
      this.channel.send(last, () => this.whenTaken(done))
      return
    }
    if (last.length > 0) this.channel.send(last)
    setImmediate(() => this.whenTaken(done))
  }

  private whenTaken(done: () => void): void {
    if (this.sent < this.allowed) done()
    else this.room = done
  }

  override _writev(parts: { readonly chunk: Buffer; readonly encoding: BufferEncoding }[], done: () => void): void {
    this._write(Buffer.concat(parts.map(({ chunk }) => chunk)), 'utf8', done)
  }

  override _final(done: () => void): void {
    this.flushHeaders()
    this.finish()
    done()
  }
}
