import { Code } from '../../../core/code.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'

/** Errors of a Thrift server that no other protocol has. */

export function ambiguousMethod(name: string): RpcError {
  const shown = name.slice(0, 200)
  const message =
    `several services have a method ${shown}; call Hello:${shown} (TMultiplexedProtocol), ` +
    `or let the server choose one: serve(..., { thrift: { default: Hello } })`
  return failure('unknown_method', Code.unimplemented, message)
}

export function wrongKind(kind: number): RpcError {
  const message = `a message of kind ${kind}, where a call (1) or a oneway call (4) belongs`
  return failure('invalid_message_type', Code.invalid_argument, message)
}

export function unknownFormat(): RpcError {
  const message = 'the message is neither of the binary nor of the compact nor of the JSON protocol'
  return failure('malformed_frame', Code.invalid_argument, message)
}

export function notThrift(): RpcError {
  return failure('malformed_frame', Code.invalid_argument, 'the connection does not speak Thrift')
}
