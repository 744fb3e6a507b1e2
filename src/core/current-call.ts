import type { Call } from './call.js'
import { Code } from './code.js'
import { failure } from './rpc-error.js'

/** The call whose handler is on the stack. */
let running: Call | undefined

/**
 * Returns the call that a handler is serving: headers, deadline, peer, cancellation.
 *
 * Use it before the handler's first `await`, and keep what it returns. A generator can use it after each `yield`, too. It costs a call
 * nothing, because it does not follow `await`s (docs/decisions/decorators.md).
 *
 * @example
 * async sayHello({ name }: HelloRequest): Promise<HelloReply> {
 *   const { replyHeaders, peer } = currentCall()
 *   replyHeaders.set('x-served-by', hostname())
 *   return { message: `Hello, ${name} from ${peer?.address}!` }
 * }
 *
 * @throws RpcError `internal` (`no_current_call`) outside of a handler, and after an `await`
 * @see docs/guide/services-and-messages.md
 */
export function currentCall(): Call {
  if (running !== undefined) return running
  throw failure(
    'no_current_call',
    Code.internal,
    'currentCall(): no handler is running here; call it before the first await of the handler, and keep the call',
  )
}

/** Makes `call` the current one until the caller puts back what this returns. Nothing may be awaited in between. */
export function enterCall(call: Call | undefined): Call | undefined {
  const outer = running
  running = call
  return outer
}
