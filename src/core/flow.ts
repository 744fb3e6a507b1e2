import type { AsyncLocalStorage } from 'node:async_hooks'
import type { ActiveCall } from './active-call.js'
import { nodeModule } from './platform.js'

/**
 * The call being served. Remote calls made while serving it inherit its deadline and cancellation.
 *
 * An AsyncLocalStorage costs up to 12 % of a bare loop, so it is used only in a process with a client: the first channel calls
 * `enableFlow`.
 */
let storage: AsyncLocalStorage<ActiveCall | undefined> | undefined

export function enableFlow(): void {
  const hooks = nodeModule('node:async_hooks')
  if (hooks !== undefined) storage ??= new hooks.AsyncLocalStorage<ActiveCall | undefined>()
}

/** The call being served. Undefined once it has ended, so that an interval or a refresh that a handler started is not bound to it. */
export function servedCall(): ActiveCall | undefined {
  const call = storage?.getStore()
  return call?.ended ? undefined : call
}

/** Whether a process has a client, so that a call that is served has to be followed. */
export function isFlowing(): boolean {
  return storage !== undefined
}

/** Runs `serve` with `call` as the current call, for all code that it calls. */
export function flowing<T>(call: ActiveCall, serve: () => T): T {
  return storage === undefined ? serve() : storage.run(call, serve)
}

/**
 * Runs work that outlives the call that starts it, such as a connection or a watch of a registry. It neither ends with that call nor keeps
 * it in memory.
 */
export function detached<T>(run: () => T): T {
  return storage === undefined ? run() : storage.run(undefined, run)
}
