import { connect, type Socket } from 'node:net'

/** A connection on which anything can be sent. It never breaks a test by an error of its own. */
export class Raw {
  /** All that has come, as latin1. */
  received = ''
  bytes = 0
  readonly closed: Promise<void>
  isClosed = false

  private constructor(
    readonly socket: Socket,
    keep: boolean,
  ) {
    this.closed = new Promise(resolve => {
      socket.once('close', () => {
        this.isClosed = true
        resolve()
      })
    })
    socket.on('error', () => {})
    socket.on('data', chunk => {
      this.bytes += chunk.length
      if (keep) this.received += chunk.toString('latin1')
    })
  }

  /** @param from the address that it comes from: 127.0.0.2 is another peer than the good client, on the same machine */
  static async open(port: number, { from = '127.0.0.1', reads = true, keep = true } = {}): Promise<Raw> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
    const raw = new Raw(socket, keep)
    if (!reads) socket.pause()
    await raw.either('connect')
    return raw
  }

  /** @returns whether the server still takes bytes */
  send(bytes: Uint8Array | string): boolean {
    if (this.socket.destroyed || this.socket.writableEnded) return false
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return true
  }

  /** Sends it, however long the server takes to accept it. Resolves when it is gone or the connection is. */
  async flood(chunk: Uint8Array, times: number): Promise<void> {
    for (let i = 0; i < times && !this.socket.destroyed; i++) {
      if (!this.socket.write(chunk)) await this.either('drain')
    }
  }

  private either(event: string): Promise<void> {
    return Promise.race([new Promise<void>(resolve => this.socket.once(event, () => resolve())), this.closed])
  }

  /** Whether the server closes it in time. */
  async closes(milliseconds: number): Promise<boolean> {
    await Promise.race([this.closed, new Promise(resolve => setTimeout(resolve, milliseconds).unref())])
    return this.isClosed
  }

  /** Whether a text stands in what comes. Resolves at once when it does, when the connection closes, or after so many milliseconds. */
  async says(text: string, milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds
    const isThere = () => this.received.includes(text, this.received.length - 2 * text.length - 65_536)
    while (!isThere() && !this.isClosed && performance.now() < deadline) await this.closes(5)
    return isThere()
  }

  /** What has come when the server has closed it, or when nothing more has come for a while after something did. */
  async answer(quiet = 300): Promise<string> {
    for (let waited = 0; this.bytes === 0 && !this.isClosed && waited < 8000; waited += 50) await this.closes(50)
    return this.settled(quiet)
  }

  /** The same where perhaps nothing comes at all. */
  async settled(quiet: number): Promise<string> {
    for (let before = -1; before !== this.bytes && !this.isClosed; ) {
      before = this.bytes
      await this.closes(quiet)
    }
    return this.received
  }

  end(): void {
    this.socket.destroy()
  }
}

/** Sends bytes one at a time until the connection closes. @returns what stops it */
export function drip(raw: Raw, bytes: Uint8Array, period: number): () => void {
  let at = 0
  const timer = setInterval(() => {
    if (raw.socket.destroyed) clearInterval(timer)
    else raw.send(bytes.subarray(at, ++at))
  }, period)
  return () => clearInterval(timer)
}
