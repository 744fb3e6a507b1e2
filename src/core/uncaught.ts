/**
 * Raises an error of a callback as `uncaughtException` (in a page: the `error` event), as Node does for timers and listeners of an
 * AbortSignal, while the caller of the callback continues.
 */
export function uncaught(error: unknown): void {
  setTimeout(() => {
    throw error
  })
}

/** Calls a listener. What it throws is raised by `uncaught`, so that those after it hear too. */
export function heard<T>(listener: (event: T) => void, event: T): void {
  try {
    listener(event)
  } catch (error) {
    uncaught(error)
  }
}
