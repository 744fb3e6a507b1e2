import type { AttemptObservation } from '../core/call-observer.js'
import { Code } from '../core/code.js'
import type { Headers } from '../core/headers.js'
import type { RpcError } from '../core/rpc-error.js'
import type { ChannelNode } from './node.js'

/** What receives the outcome of a call. */
export interface Outcome {
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
}

/** An attempt that was sent. */
export interface Attempt {
  readonly node: ChannelNode
  /** Monotonic milliseconds. */
  readonly start: number
  /** The trailers of the call before the attempt. */
  readonly before: Headers | undefined
  readonly observation: AttemptObservation | undefined
}

/**
 * Whether an error says something about its node. A call that was never sent (full bulkhead, open circuit, failed dial) does not, and
 * neither does a cancelled one. As a success it would end a row of real failures, as a failure it would eject a healthy node.
 */
export function speaksOfNode({ code, delivery }: RpcError): boolean {
  return delivery !== 'unsent' && code !== Code.canceled
}
