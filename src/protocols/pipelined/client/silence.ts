/** Milliseconds that a connection may be silent after a call ended without its reply. */
const patience = 1000

/**
 * Detects a dead connection on protocols without a PING.
 *
 * Problem: after a relay was cut off or a host lost its power, every call on the connection times out until TCP gives up, which can take
 * hours. Choice: after a call ended by its deadline or its caller, and nothing arrived for a second after that, no further call begins on
 * the connection. Calls in flight keep it until they end, because the server may only be slow. One slow call is not enough: hedging cancels
 * calls within milliseconds.
 */
export class Silence {
  /** The number of chunks that have arrived. */
  arrivals = 0
  private doubtedAt = 0
  private arrivalsThen = -1

  /**
   * Called when a call ends without its reply.
   * @param before `arrivals` when it was sent
   * @param now milliseconds
   * @returns whether no further call should begin on the connection
   */
  doubts(before: number, now: number): boolean {
    if (before !== this.arrivals) return false
    if (this.arrivalsThen === this.arrivals) return now - this.doubtedAt >= patience
    this.arrivalsThen = this.arrivals
    this.doubtedAt = now
    return false
  }
}
