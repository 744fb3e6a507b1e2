import { type Duplex, Readable } from 'node:stream'

/** What carries a request. */
export interface Carrier {
  readonly socket: Duplex
  pause(): void
  resume(): void
  /** Ends the connection. */
  terminate(): void
}

/** A request in messages, with the parts of Node's `IncomingMessage` that the HTTP protocol uses. */
export class MessageRequest extends Readable {
  readonly method = 'POST'
  /** Whether the whole body has arrived. */
  complete = false
  readonly socket: Duplex

  /** @param headers by name, of the handshake */
  constructor(
    readonly url: string,
    readonly rawHeaders: string[],
    readonly headers: Readonly<Record<string, unknown>>,
    private readonly carrier: Carrier,
  ) {
    super({ highWaterMark: 65_536 })
    this.socket = carrier.socket
  }

  /** @param chunk of the body; an empty one ends it */
  receive(chunk: Buffer): void {
    if (this.destroyed || this.complete) return
    if (chunk.length === 0) {
      this.complete = true
      this.push(null)
    } else if (!this.push(chunk)) this.carrier.pause()
  }

  override _read(): void {
    this.carrier.resume()
  }

  /** As with Node's requests, destroying one whose rest is still to come ends the connection. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.complete) this.carrier.terminate()
    done(error)
  }
}
