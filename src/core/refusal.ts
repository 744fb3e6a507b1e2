import { Headers } from './headers.js'
import type { CodeOf, Reason } from './reasons.js'
import { failure, type RpcError } from './rpc-error.js'

/**
 * The header of a refusal, which proves that no handler saw the call, because the server drains or a limit is reached. The client reads it
 * as delivery `refused` and may send the call to another server, whatever the method.
 */
export const refusedHeader = 'polywire-refused'

/** The header with the milliseconds after which to try again; a negative or unreadable value forbids it. Source: gRFC A6. */
export const pushbackHeader = 'grpc-retry-pushback-ms'

const refusals = new WeakSet<object>()

/**
 * The error of a server that refuses a call before its handler runs.
 * @param pushback milliseconds after which another try makes sense
 */
export function refusal<R extends Reason>(reason: R, code: CodeOf<R>, message: string, pushback?: number): RpcError {
  const headers = pushback === undefined ? undefined : new Headers({ [pushbackHeader]: String(Math.ceil(pushback)) })
  const error = failure(reason, code, message, { delivery: 'refused', ...(headers !== undefined && { headers }) })
  refusals.add(error)
  return error
}

/**
 * Whether this side made the error with `refusal`, so that protocols send `polywire-refused`. The delivery cannot tell: an error that a
 * handler got from its own call and passes on was refused elsewhere, after this handler ran.
 */
export function isRefusal(error: RpcError): boolean {
  return refusals.has(error)
}
