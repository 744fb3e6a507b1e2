import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../core/clock.js'
import { systemClock } from '../../core/timer-wheel.js'

/** Time as the load generator needs it. */
export interface Pace extends Clock {
  /** Resolves at that time, or as soon as the signal aborts; never rejects. */
  until(time: number, signal: AbortSignal): Promise<void>
}

/**
 * Milliseconds by which a timer of Node may be late. The last stretch is waited for in turns of the event loop, which also read replies.
 */
const imprecision = 2

export const systemPace: Pace = {
  now: () => systemClock.now(),
  schedule: (delay, target) => systemClock.schedule(delay, target),
  async until(time, signal) {
    const wait = time - systemClock.now() - imprecision
    if (wait > 0) await setTimeout(wait, undefined, { signal }).catch(() => {})
    while (systemClock.now() < time && !signal.aborted) await new Promise(setImmediate)
  },
}
