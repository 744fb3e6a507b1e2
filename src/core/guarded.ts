/** Receives what an observer throws, or rejects with. */
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
    const result = event(to, a, b)
    if (result !== undefined) reportRejection(result, report)
    return result
  } catch (error) {
    report(error)
    return undefined
  }
}

/** Reports the failure of an observer that is an async function: nobody else waits for its promise, and a rejection would end the process. */
export function reportRejection(result: unknown, report: ObserverReport): void {
  if (result instanceof Promise) result.catch(report)
}
