import type { Duplex } from 'node:stream'

/** Writes the body of a message. An object instead of a function, so that a message needs no closure. */
export interface Body<Writer, T> {
  write(writer: Writer, value: T): void
}

/** Sends the messages of a connection. All messages of one tick go out in one write. */
export abstract class Output {
  /** The number of writes to the socket. A message that was encoded after the last one has not left this process. */
  batch = 0
  private isScheduled = false
  private isEnded = false

  constructor(private readonly socket: Duplex) {}

  /** Bytes that the peer has not taken. */
  get unsent(): number {
    return this.socket.writableLength + this.gathered
  }

  /** Bytes that wait for the next write to the socket. */
  protected abstract readonly gathered: number

  /** Removes and returns the gathered bytes; undefined if there are none. */
  protected abstract take(): Uint8Array | undefined

  /** Sends the gathered bytes at the end of this tick. */
  protected schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    process.nextTick(flush, this)
  }

  /** Sends the gathered bytes now. */
  flush(): void {
    this.isScheduled = false
    const bytes = this.take()
    if (bytes === undefined || this.isEnded || this.socket.destroyed) return
    this.batch++
    this.socket.write(bytes)
  }

  /** Sends the gathered bytes, then ends this side. @param done called after both were passed to the system */
  end(done: () => void): void {
    this.flush()
    if (this.isEnded) return
    this.isEnded = true
    this.socket.end(done)
  }
}

function flush(output: Output): void {
  output.flush()
}
