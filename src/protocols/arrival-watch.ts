import type { Clock, Expirable, Timer } from '../core/clock.js'

/**
 * Limits the time in which a message must arrive completely. Further bytes of the message do not extend it, so a peer that sends slowly
 * cannot hold it open.
 */
export class ArrivalWatch implements Expirable {
  /** When the incomplete message began; undefined if there is none. */
  private since: number | undefined
  private timer: Timer | undefined

  /** @param limit milliseconds @param late called once, when a message has not arrived in time */
  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly late: () => void,
  ) {}

  /**
   * Called after bytes have arrived.
   * @param isPartial whether they end within a message
   * @param isNew whether that message began in these bytes
   */
  arrived(isPartial: boolean, isNew: boolean): void {
    if (!isPartial) this.since = undefined
    else if (isNew || this.since === undefined) this.begin()
  }

  /** Called when this side stops reading: then a delay is not the peer's fault. */
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

  /** A running timer is kept: when it fires, it looks at the message that began last. */
  private begin(): void {
    this.since = this.clock.now()
    this.timer ??= this.clock.schedule(this.limit, this)
  }
}
