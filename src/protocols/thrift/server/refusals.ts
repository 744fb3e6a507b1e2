import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'

/** What a server answers to requests that reach no handler. */

export function unknownMethod(name: string, isAmbiguous: boolean): RpcError {
  const shown = name.slice(0, 200)
  const why = isAmbiguous
    ? `several services have a method ${shown}; call it by its service's name too, as in Hello:${shown}`
    : `no method ${shown} is served`
  return new RpcError(why, Code.unimplemented, { reason: 'unknown_method', delivery: 'refused' })
}

export function wrongKind(kind: number): RpcError {
  const what = `a message of kind ${kind}, where a call (1) or a oneway call (4) belongs`
  return new RpcError(what, Code.invalid_argument, { reason: 'invalid_message_type' })
}

export function draining(path: string): RpcError {
  return new RpcError(`${path}: the server is closing`, Code.unavailable, { reason: 'draining', delivery: 'refused' })
}

export function tooManyCalls(path: string, limit: number): RpcError {
  const what = `${path}: ${limit} calls are in flight on this connection (limits.callsPerConnection)`
  return new RpcError(what, Code.resource_exhausted, { reason: 'too_many_calls', delivery: 'refused' })
}

export function tooLarge(length: number, limit: number): RpcError {
  const what = `a message of ${length} bytes, over the limit of ${limit} (limits.messageBytes)`
  return new RpcError(what, Code.resource_exhausted, { reason: 'message_too_large' })
}

export function expiredOnArrival(path: string): RpcError {
  return new RpcError(`${path}: the deadline had passed before the call could begin`, Code.deadline_exceeded, {
    reason: 'expired_on_arrival',
  })
}

export function unwritableReply(path: string): RpcError {
  return new RpcError(`${path}: the reply could not be written`, Code.internal, { reason: 'unwritable_reply' })
}

export function unknownFormat(): RpcError {
  return new RpcError('a message of none of the binary, compact and JSON protocols', Code.invalid_argument, {
    reason: 'malformed_frame',
  })
}

export function notThrift(): RpcError {
  return new RpcError('the connection does not speak Thrift', Code.invalid_argument, { reason: 'malformed_frame' })
}
