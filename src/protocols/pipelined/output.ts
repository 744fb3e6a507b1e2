import type { Duplex } from 'node:stream'

/** Writes the body of a message. Objects and not functions, so that a message needs no closure. */
export interface Body<Writer, T> {
  write(writer: Writer, value: T): void
}

/**
 * Messages of one connection on their way out. All messages of one tick go out in one write; each is encoded straight behind the one
 * before.
 */
export abstract class Output {
  /** Counts writes to the socket. What was written since the last one has not left this process. */
  batch = 0
  private isScheduled = false
  private isEnded = false

  constructor(private readonly socket: Duplex) {}

  /** Bytes that the peer has not taken. */
  get unsent(): number {
    return this.socket.writableLength + this.gathered
  }

  /** Bytes that wait for the next write. */
  protected abstract readonly gathered: number

  /** Hands out the bytes that have gathered; undefined: there are none. */
  protected abstract take(): Uint8Array | undefined

  /** A message was written: it goes out at the end of this tick. */
  protected schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    process.nextTick(flush, this)
  }

  /** Sends what has gathered, now. */
  flush(): void {
    this.isScheduled = false
    const bytes = this.take()
    if (bytes === undefined || this.isEnded || this.socket.destroyed) return
    this.batch++
    this.socket.write(bytes)
  }

  /** Sends what has gathered, then this side's end. @param done called when both are on their way */
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
