import type { Duplex } from 'node:stream'
import { giveBack, isLarge } from '../../codecs/bytes/large-memory.js'
import { copiesWrites } from '../../http2/own-socket.js'

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
  /** Bytes of the last two writes. */
  private last = 0
  private secondLast = 0

  constructor(private readonly socket: Duplex) {}

  /** Bytes that the peer has not taken. */
  get unsent(): number {
    return this.socket.writableLength + this.gathered
  }

  /** Bytes of the next write, probably: one large message does not make what follows it large. */
  protected get expected(): number {
    return Math.min(this.last, this.secondLast)
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
    this.secondLast = this.last
    this.last = bytes.length
    if (isLarge(bytes) && copiesWrites(this.socket)) this.writeLarge(bytes)
    else this.socket.write(bytes)
  }

  private writeLarge(bytes: Uint8Array): void {
    this.socket.write(bytes, error => {
      if (!error) giveBack(bytes)
    })
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
