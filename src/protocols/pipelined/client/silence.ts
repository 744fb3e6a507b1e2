/** Milliseconds of silence, after a call that ended without its reply, that a connection may keep. */
const patience = 1000

/**
 * Whether a connection may have died without a word, on protocols that have no PING.
 *
 * Problem: a relay that was cut off, or a host that lost its power, leaves a connection on which every call times out until TCP gives up, which
 * can take hours. Choice: when calls end by their deadline or their caller, and nothing has arrived for a second since the first of them, no
 * further call begins on the connection. Calls in flight keep it until they end, since the server may only be slow. One slow call is no
 * reason: hedging cancels calls within milliseconds.
 */
export class Silence {
  /** Counts what has arrived. */
  arrivals = 0
  private doubtedAt = 0
  private arrivalsThen = -1

  /**
   * A call has ended without its reply.
   * @param before `arrivals` when it was sent
   * @param now milliseconds
   * @returns whether no further call should begin
   */
  doubts(before: number, now: number): boolean {
    if (before !== this.arrivals) return false
    if (this.arrivalsThen === this.arrivals) return now - this.doubtedAt >= patience
    this.arrivalsThen = this.arrivals
    this.doubtedAt = now
    return false
  }
}
