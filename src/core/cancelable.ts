import type { RpcError } from './rpc-error.js'
import { heard } from './uncaught.js'

/** Stops when its call is cancelled. An object that is there anyway needs no closure for that. */
export interface Cancelable {
  cancel(reason: RpcError): void
}

/** What is told that a call is cancelled. */
export type CancelListener = ((reason: RpcError) => void) | Cancelable

/** Tells one of several listeners. What it throws is raised by `uncaught`, so that those after it hear too. */
export function tell(listener: CancelListener, reason: RpcError): void {
  heard(one => tellOnly(listener, one), reason)
}

/** Tells a listener, which may throw. */
export function tellOnly(listener: CancelListener, reason: RpcError): void {
  if (typeof listener === 'function') listener(reason)
  else listener.cancel(reason)
}
