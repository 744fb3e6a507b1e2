import type { Duplex } from 'node:stream'

/** How much of what a connection was answered is still in this process. */
export interface Unsent {
  /** Bytes. */
  readonly unsent: number
}

/** Requests that are served in one turn of the event loop before the replies of the first ones are looked at. */
const longestBurst = 64

/** Whether a connection may be given more replies. */
export interface Room {
  /** Whether a reply may be written. */
  readonly hasRoom: boolean
  /** Something waits until there is room. */
  await(): void
}

/**
 * Holds back the requests of one connection while the replies that its peer has not taken exceed `limits.unsentBytes`.
 *
 * Problem: one chunk of a socket holds a thousand requests. A server that serves them all at once has a thousand replies in memory before
 * the first write tells that nobody reads them. So requests are served in bursts, and between two of them the replies that are ready are
 * written.
 *
 * Invariant: the socket is paused while a request is held.
 */
export class RequestGate implements Room {
  private held: (() => void)[] = []
  private served = 0
  private isScheduled = false
  private readonly limit: number
  private readonly proceed: () => void

  /**
   * @param proceed called when there may be room for what waits: for replies, which go first, and for `release`. Also without need, and never
   * within another call of this object.
   */
  constructor(
    private readonly socket: Duplex,
    private readonly output: Unsent,
    { unsentBytes, proceed }: { readonly unsentBytes: number; readonly proceed: () => void },
  ) {
    // Below its own mark a socket does not tell when its bytes have gone.
    this.limit = Math.max(unsentBytes, socket.writableHighWaterMark)
    this.proceed = proceed
    socket.on('drain', proceed)
  }

  get hasRoom(): boolean {
    return this.output.unsent <= this.limit
  }

  get isHolding(): boolean {
    return this.held.length > 0
  }

  /** A chunk has arrived: what the one before led to has been written. */
  begin(): void {
    this.served = 0
  }

  /** @returns false: the request must be handed to `hold` */
  enter(): boolean {
    return this.held.length === 0 && this.served++ < longestBurst && this.hasRoom
  }

  /** @param serve called when there is room, in the order of the calls of `hold` */
  hold(serve: () => void): void {
    if (this.held.push(serve) > 1) return
    this.socket.pause()
    this.await()
  }

  /** Drops what is held: nothing behind it can be trusted. */
  clear(): void {
    this.held = []
  }

  /**
   * Serves what is held, as far as there is room.
   * @returns true: nothing is held any more, and the socket is read from again
   */
  release(): boolean {
    if (this.held.length === 0 || this.socket.destroyed) return false
    let next = 0
    for (; next < this.held.length && next < longestBurst && this.hasRoom; next++) (this.held[next] as () => void)()
    this.held.splice(0, next)
    if (this.held.length > 0) {
      this.await()
      return false
    }
    this.socket.resume()
    return true
  }

  /** By then what is in this process has been handed to the socket. Where the system did not take it at once, 'drain' follows. */
  await(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => {
      this.isScheduled = false
      if (this.hasRoom && !this.socket.destroyed) this.proceed()
    })
  }
}
