import { type Call, type MethodInfo, streamsOut } from './call.js'
import { EndingStream } from './ending-stream.js'
import type { Handler } from './policy.js'
import { RpcError } from './rpc-error.js'

/** Something a call holds until its reply is complete: a place in a bulkhead, a permit of a circuit. */
export interface Held {
  /** The stream of replies begins. Not called for a single reply. */
  began?(): void
  /** Called exactly once, with the call's failure, or undefined if it succeeded or its reader left the stream. */
  ended(error: unknown, call: Call): void
}

/** Runs the rest of a call, and tells `held` when the reply or its stream is complete, or the call has failed. */
export type Holding = (call: Call, held: Held) => Promise<unknown>

/** Binds `next` once per method, so that a call with a single reply allocates no closure. */
export function untilEnded(next: Handler, method: Pick<MethodInfo, 'kind'>): Holding {
  const streaming = streamsOut(method)
  return async (call, held) => {
    let reply: unknown
    try {
      reply = await next(call)
      // Without an iterator it has failed.
      if (streaming) reply = new EndingStream(call, reply as AsyncIterable<unknown>, error => held.ended(error, call))
    } catch (error) {
      // To what is held, undefined is a success.
      held.ended(error ?? RpcError.from(error), call)
      throw error
    }
    if (streaming) held.began?.()
    else held.ended(undefined, call)
    return reply
  }
}
