/** Those who listen to a signal, by signal. */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once when the signal aborts, until `offAbort`. All who listen by this share one listener of the signal: a caller may
 * give one signal to thousands of calls, and Node warns of a leak (MaxListenersExceededWarning) from the eleventh on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): void {
  let listeners = listenersOf.get(signal)
  if (listeners === undefined) {
    listeners = new Set()
    listenersOf.set(signal, listeners)
  }
  if (listeners.size === 0) signal.addEventListener('abort', tellAll)
  listeners.add(listener)
}

export function offAbort(signal: AbortSignal, listener: () => void): void {
  const listeners = listenersOf.get(signal)
  if (listeners?.delete(listener) && listeners.size === 0) signal.removeEventListener('abort', tellAll)
}

function tellAll({ target }: Event): void {
  const listeners = listenersOf.get(target as AbortSignal)
  if (listeners === undefined) return
  const called = [...listeners]
  listeners.clear()
  for (const listener of called) listener()
}
