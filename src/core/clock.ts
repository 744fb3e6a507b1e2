/** The target of a timer. It is an object and not a function, so that a call can be its own timer without a closure. */
export interface Expirable {
  /** The delay is over. */
  expire(): void
}

/** A scheduled timer. */
export interface Timer {
  /** Stops the timer. Does nothing if it has fired or was cancelled. */
  cancel(): void
}

/** The source of time: monotonic milliseconds and timers. Tests replace it with a `VirtualClock`. */
export interface Clock {
  /** The current time in monotonic milliseconds. Only differences have a meaning. */
  now(): number
  /**
   * Calls `target.expire()` once, after at least `delay` milliseconds.
   * @param now the time, if the caller has just read it: a clock is dear to read
   */
  schedule(delay: number, target: Expirable, now?: number): Timer
}

/** Resolves after `delay` milliseconds, or rejects with the reason if the call is cancelled before. */
export function sleep(
  clock: Clock,
  delay: number,
  onCancel?: (listener: (reason: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(delay, { expire: resolve })
    onCancel?.(reason => {
      timer.cancel()
      reject(reason)
    })
  })
}

/** Resolves after `delay` milliseconds, or as soon as the signal aborts; never rejects. */
export function pause(clock: Clock, delay: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const end = () => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.schedule(delay, { expire: end })
    signal.addEventListener('abort', end)
  })
}
