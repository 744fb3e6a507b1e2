import { AsyncLocalStorage } from 'node:async_hooks'
import type { ActiveCall } from './active-call.js'

/**
 * The call being served, as remote calls made while serving it see it: their deadline and cancellation come from there.
 *
 * An AsyncLocalStorage costs up to 12 % of a bare loop, so it is entered only in a process that holds a remote: `enableFlow` is called by
 * the first channel.
 */
let storage: AsyncLocalStorage<ActiveCall | undefined> | undefined

export function enableFlow(): void {
  storage ??= new AsyncLocalStorage<ActiveCall | undefined>()
}

/** Work that a handler leaves behind (an interval, a cache's refresh) is not bound to the call that began it: it is served no longer. */
export function currentCall(): ActiveCall | undefined {
  const call = storage?.getStore()
  return call?.ended ? undefined : call
}

/** Runs `serve` so that remote calls made in it, however deep, find `call`. */
export function flowing<T>(call: ActiveCall, serve: () => T): T {
  return storage === undefined ? serve() : storage.run(call, serve)
}

/**
 * Runs what outlives the call that happens to need it first, a connection or a watch of a registry: it must neither end with that call nor
 * hold on to it.
 */
export function detached<T>(run: () => T): T {
  return storage === undefined ? run() : storage.run(undefined, run)
}
