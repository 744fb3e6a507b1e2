import type { Http2Stream } from './stream.js'

/** Bytes that wait until the peer takes them. */
export interface UnsentListener {
  /** Called when no more bytes wait than the limit allows. */
  hasRoom(): void
  /** Resolves when a reply may be written, or its stream has ended. */
  room(stream: Http2Stream): Promise<void>
}

/** Counts the bytes that wait in a connection's streams because the peer's windows, or the socket, take no more. */
export class Unsent {
  /** Whether more bytes wait than the limit allows. */
  crowded = false
  /** Counts bytes that have waited and were sent. */
  moved = 0
  listener: UnsentListener | undefined = undefined
  private bytes = 0

  constructor(private readonly limit: number) {}

  add(length: number): void {
    this.bytes += length
    if (this.bytes > this.limit) this.crowded = true
  }

  sent(length: number): void {
    this.moved += length
    this.drop(length)
  }

  /** Called for bytes that are not sent, because their stream is over. */
  drop(length: number): void {
    this.bytes -= length
    if (!this.crowded || this.bytes > this.limit) return
    this.crowded = false
    this.listener?.hasRoom()
  }
}
