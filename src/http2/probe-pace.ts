/** Milliseconds in which a peer must answer a probe. */
export const PROBE_TIMEOUT = 10_000

const FIRST_INTERVAL = 10_000
/** The PINGs that a server accepts without sending a frame in between: the first, and two strikes. */
const FREE = 3
/** The default of gRFC A8 for what must lie between further ones. */
const LATER_INTERVAL = 300_000

/**
 * When a client may send a PING without configured keepalive, to learn whether a silent connection is dead.
 *
 * Problem: a server that follows gRFC A8 ends a connection after three PINGs too many, and any PING is one too many that comes within 5 min
 * of the last without DATA or HEADERS from the server in between. A healthy server whose handlers hang sends neither. Choice: the intervals
 * are 10 s and 20 s while the server is silent, and then 5 min; a reply starts them over.
 */
export class ProbePace {
  private sent = 0
  private sentAt = Number.NEGATIVE_INFINITY
  private replies = 0

  /** @param replies counts what came from the server that resets its strikes. @returns whether to send one now, which is then counted */
  allows(now: number, replies: number): boolean {
    if (replies !== this.replies) {
      this.replies = replies
      // What has come may have been answered with a PING that measures the connection.
      this.sent = 1
    }
    if (this.sent > 0 && now - this.sentAt < this.interval) return false
    this.sent++
    this.sentAt = now
    return true
  }

  private get interval(): number {
    return this.sent < FREE ? FIRST_INTERVAL * 2 ** (this.sent - 1) : LATER_INTERVAL
  }
}
