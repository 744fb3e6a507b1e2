import type { Clock, Expirable, Timer } from '../core/clock.js'

/** The longest delay of a page's timer, in milliseconds. */
const longest = 2 ** 31 - 1

/** The time of a page. It has few calls at once, so each has its own timer. */
export const pageClock: Clock = {
  now: () => performance.now(),
  schedule: (delay, target) => new PageTimer(delay, target),
}

class PageTimer implements Timer {
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
