/**
 * Lets an error that a callback threw be as loud as one of a Node timer or an AbortSignal's listener (`uncaughtException`), while whoever
 * called it goes on.
 */
export function uncaught(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
