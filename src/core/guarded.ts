/** Receives what an observer throws. */
export type ObserverReport = (error: unknown) => void

/**
 * Gives an event to an observer, which can harm neither the call nor another observer.
 *
 * The events are named functions, so that giving one allocates no closure.
 */
export function guarded<T, A, B, R>(
  report: ObserverReport,
  event: (to: T, a: A, b: B) => R,
  to: T,
  a: A,
  b: B,
): R | undefined {
  try {
    return event(to, a, b)
  } catch (error) {
    report(error)
    return undefined
  }
}
