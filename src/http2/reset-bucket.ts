import type { ConnectionOptions } from './options.js'

/** Milliseconds after which the tokens of cancelled calls that have settled are returned. */
const PERIOD = 1000

/**
 * The resets that a peer may still cause: a token bucket (`resetBurst`, `resetsPerSecond`), as nghttp2's.
 *
 * Problem: a client that opens streams and resets them at once causes endless work (rapid reset, CVE-2023-44487), but hedging, short
 * deadlines and gateways cancel hundreds of calls a second in good faith. Choice: a cancelled call whose handler has settled has cost what
 * any call costs. So its token is returned, at the end of the second in which it was taken. A call that runs to its end pays for one that
 * does not. See docs/decisions/rapid-reset.md.
 */
export class ResetBucket {
  /** Calls that have run to their end since the last `take`. */
  completed = 0
  private tokens: number
  private settled = 0
  private refilledAt: number
  private periodBegan: number

  constructor(private readonly limits: Pick<ConnectionOptions, 'resetBurst' | 'resetsPerSecond' | 'clock'>) {
    this.tokens = limits.resetBurst
    this.refilledAt = this.periodBegan = limits.clock.now()
  }

  /** Takes a token. @returns the number that is left; negative if there was none */
  take(): number {
    this.refill(this.limits.clock.now())
    return --this.tokens
  }

  /** The handler of a call that was cancelled has settled. */
  giveBack(): void {
    this.settled++
  }

  private refill(now: number): void {
    const { resetBurst, resetsPerSecond } = this.limits
    this.tokens += ((now - this.refilledAt) / 1000) * resetsPerSecond + this.completed
    this.refilledAt = now
    this.completed = 0
    if (now - this.periodBegan >= PERIOD) {
      this.tokens += this.settled
      this.settled = 0
      this.periodBegan = now
    }
    this.tokens = Math.min(this.tokens, resetBurst)
  }
}
