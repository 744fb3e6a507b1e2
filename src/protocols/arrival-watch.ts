import type { Clock, Expirable, Timer } from '../core/clock.js'

/**
 * Gives every message that has begun the same time to arrive whole. Bytes of the message itself do not extend it, so a peer that drips cannot
 * hold it open.
 */
export class ArrivalWatch implements Expirable {
  /** When the message that has arrived in part began. */
  private since: number | undefined
  private timer: Timer | undefined

  /**
   * @param limit milliseconds
   * @param late called once, when a message has not arrived in time
   */
  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly late: () => void,
  ) {}

  /**
   * Bytes have arrived.
   * @param isPartial they end within a message
   * @param isNew that message began with them: one before it has ended
   */
  arrived(isPartial: boolean, isNew: boolean): void {
    if (!isPartial) this.since = undefined
    else if (isNew || this.since === undefined) this.begin()
  }

  /** Nothing is read from the peer, so it is not to blame. */
  pause(): void {
    this.since = undefined
  }

  stop(): void {
    this.since = undefined
    this.timer?.cancel()
  }

  /** Called by the clock. */
  expire(): void {
    this.timer = undefined
    if (this.since === undefined) return
    const left = this.since + this.limit - this.clock.now()
    if (left > 0) this.timer = this.clock.schedule(left, this)
    else this.late()
  }

  /** The timer stays where it is: it looks at what began last. */
  private begin(): void {
    this.since = this.clock.now()
    this.timer ??= this.clock.schedule(this.limit, this)
  }
}
