import type { Clock, Expirable, Timer } from '../core/clock.js'

interface Pending extends Timer {
  readonly due: number
  readonly target: Expirable
}

/**
 * A clock that a test advances: deadlines, backoffs and windows pass without sleeping.
 *
 * @example
 * const clock = new VirtualClock()
 * const hello = connect(Hello, target, { clock })
 * const reply = hello.sayHello({ name: 'World' })
 * await clock.advance(30_000)
 *
 * @see docs/guide/testing.md
 */
export class VirtualClock implements Clock {
  private time = 0
  private pending: Pending[] = []

  /** The current time in milliseconds, from 0. */
  now(): number {
    return this.time
  }

  /** Calls `target.expire()` once `delay` milliseconds have passed. */
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

  /** The number of timers that have neither fired nor been cancelled. */
  get size(): number {
    return this.pending.length
  }

  /**
   * Lets `milliseconds` pass. Timers fire in order, each at its time. What a timer triggers runs before the next one fires.
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

/** Resolves when every promise that needs no event from outside has settled. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
