/** A timer. Cancelling it twice, or after it has fired, does nothing. */
export interface Timer {
  cancel(): void
}

/** The source of a connection's time. Tests replace it. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
  /** Calls `run` once after `ms`; keeps no process alive. */
  after(ms: number, run: () => void): Timer
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
