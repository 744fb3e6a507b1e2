import type { Clock, Timer } from '../../src/http2/clock.js'

/** A clock that a test moves by hand; timers fire in their order while it moves. */
export class ManualClock implements Clock {
  private time = 1000
  private timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): Timer {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return {
      cancel: () => {
        this.timers = this.timers.filter(other => other !== timer)
      },
    }
  }

  get pending(): number {
    return this.timers.length
  }

  advance(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.time = Math.max(this.time, next.at)
      this.timers = this.timers.filter(other => other !== next)
      next.run()
    }
    this.time = until
  }
}
