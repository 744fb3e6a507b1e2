import { Code } from '../../../core/code.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import * as failures from '../../failures.js'

/** What a server answers to requests that reach no handler. */

export function unknownMethod(name: string, isAmbiguous: boolean): RpcError {
  if (!isAmbiguous) return failures.unknownMethod(name)
  const shown = name.slice(0, 200)
  const why = `several services have a method ${shown}; call it by its service's name too, as in Hello:${shown}`
  return failure('unknown_method', Code.unimplemented, why)
}

export function wrongKind(kind: number): RpcError {
  const what = `a message of kind ${kind}, where a call (1) or a oneway call (4) belongs`
  return failure('invalid_message_type', Code.invalid_argument, what)
}

export function unknownFormat(): RpcError {
  const what = 'the message is neither of the binary nor of the compact nor of the JSON protocol'
  return failure('malformed_frame', Code.invalid_argument, what)
}

export function notThrift(): RpcError {
  return failure('malformed_frame', Code.invalid_argument, 'the connection does not speak Thrift')
}
