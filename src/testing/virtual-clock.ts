import type { Clock, Expirable, Timer } from '../core/clock.js'

interface Pending extends Timer {
  readonly due: number
  readonly target: Expirable
}

/** Time that passes only when it is told to: deadlines, backoffs and windows in tests, without sleeping. */
export class VirtualClock implements Clock {
  private time = 0
  private pending: Pending[] = []

  now(): number {
    return this.time
  }

  schedule(delay: number, target: Expirable): Timer {
    const timer: Pending = {
      due: this.time + Math.max(0, delay),
      target,
      cancel: () => {
        this.pending = this.pending.filter(one => one !== timer)
      },
    }
    this.pending.push(timer)
    return timer
  }

  /** Timers that have neither fired nor been cancelled. */
  get size(): number {
    return this.pending.length
  }

  /**
   * Lets `milliseconds` pass. Timers fire in the order they are due, each at its own time, and what waits for one runs before the next fires.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds
    await settled()
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.time = Math.max(this.time, next.due)
      next.cancel()
      next.target.expire()
      await settled()
    }
    this.time = end
  }

  private next(end: number): Pending | undefined {
    let first: Pending | undefined
    for (const one of this.pending) if (one.due <= end && (first === undefined || one.due < first.due)) first = one
    return first
  }
}

/** Every promise that can settle without waiting for anything outside has settled. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
