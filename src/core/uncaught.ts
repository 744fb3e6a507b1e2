/**
 * Raises an error of a callback as `uncaughtException` (in a page: the `error` event), as Node does for timers and listeners of an
 * AbortSignal, while the caller of the callback continues.
 */
export function uncaught(error: unknown): void {
  setTimeout(() => {
    throw error
  })
}
