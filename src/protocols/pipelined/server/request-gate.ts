import type { Duplex } from 'node:stream'

export interface Unsent {
  /** Bytes of replies that the peer has not taken yet. */
  readonly unsent: number
}

/** The most requests that are served before the first replies are written. */
const longestBurst = 64

/** The room of a connection for replies. */
export interface Room {
  /** Whether a reply may be written now. */
  readonly hasRoom: boolean
  /** Asks to be told when there is room. */
  await(): void
}

/**
 * Holds back the requests of a connection while its peer has not taken more than `limits.unsentBytes` of replies.
 *
 * Problem: one chunk from a socket can hold a thousand requests. A server that serves all of them at once has a thousand replies in memory
 * before the first write shows that the peer does not read. So it serves requests in bursts, and writes the ready replies in between.
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
   * @param proceed called when there may be room again: first for replies, then for `release`. It may be called without need, but never
   * from within another method of this object.
   */
  constructor(
    private readonly socket: Duplex,
    private readonly output: Unsent,
    { unsentBytes, proceed }: { readonly unsentBytes: number; readonly proceed: () => void },
  ) {
    // A socket emits 'drain' only after its own mark was reached.
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

  /** Begins a new burst with a new chunk. */
  begin(): void {
    this.served = 0
  }

  /** @returns false if the request must be passed to `hold` instead of being served */
  enter(): boolean {
    return this.held.length === 0 && this.served++ < longestBurst && this.hasRoom
  }

  /** @param serve called when there is room, in the order of the calls of `hold` */
  hold(serve: () => void): void {
    if (this.held.push(serve) > 1) return
    this.socket.pause()
    this.await()
  }

  /** Drops the held requests. */
  clear(): void {
    this.held = []
  }

  /**
   * Serves held requests while there is room.
   * @returns true if none is left and the socket is read from again
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

  /** Checks again in the next turn: by then the socket has all replies. If the system does not take them at once, 'drain' follows. */
  await(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    setImmediate(() => {
      this.isScheduled = false
      if (this.hasRoom && !this.socket.destroyed) this.proceed()
    })
  }
}
