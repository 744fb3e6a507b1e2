import type { Clock, Expirable, Timer } from './clock.js'

/** The longest delay of a timer of the runtime, in milliseconds. */
const longest = 2 ** 31 - 1

/** A clock that gives each of its timers one of the runtime: where there are few at once, and where calls cannot share one. */
export const plainClock: Clock = {
  now: () => performance.now(),
  schedule: (delay, target) => new PlainTimer(delay, target),
}

class PlainTimer implements Timer {
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(delay: number, target: Expirable) {
    const wait = (left: number): void => {
      this.timer = setTimeout(() => (left > longest ? wait(left - longest) : target.expire()), Math.min(left, longest))
    }
    wait(delay)
  }

  cancel(): void {
    clearTimeout(this.timer)
  }
}
