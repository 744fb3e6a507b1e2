import { AsyncLocalStorage } from 'node:async_hooks'
import type { Call } from './call.js'

/**
 * The call being served, as remote calls made while serving it see it: their deadline and cancellation come from there.
 *
 * An AsyncLocalStorage costs up to 12 % of a bare loop, so it is entered only in a process that holds a remote: `enableFlow` is called by
 * the first channel.
 */
let storage: AsyncLocalStorage<Call> | undefined

export function enableFlow(): void {
  storage ??= new AsyncLocalStorage<Call>()
}

export function currentCall(): Call | undefined {
  return storage?.getStore()
}

/** Runs `serve` so that remote calls made in it, however deep, find `call`. */
export function flowing<T>(call: Call, serve: () => T): T {
  return storage === undefined ? serve() : storage.run(call, serve)
}
