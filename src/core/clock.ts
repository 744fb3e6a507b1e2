/** What a clock calls when its time has come. An object and not a function, so that a call can be its own timer without a closure. */
export interface Expirable {
  expire(): void
}

/** A pending expiry. */
export interface Timer {
  /** Does nothing once the timer has fired or was cancelled. */
  cancel(): void
}

/** Where all time comes from: monotonic milliseconds and timers. Tests put a virtual one in its place. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  now(): number
  /** Calls `target.expire()` once, not before `delay` milliseconds have passed. */
  schedule(delay: number, target: Expirable): Timer
}

/** Rejects with `reason` as soon as there is one; else resolves after `delay` milliseconds. */
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
