import { misuse } from '../core/rpc-error.js'
import { lazily } from './lazily.js'
import { valueTypeOf } from './resolve.js'
import type { Class, MessageType, Type } from './type.js'

/**
 * A message that protobuf writes between two tags instead of behind its length: proto2's `group`, and `features.message_encoding =
 * DELIMITED` of editions. In a list each element is written so. On other wires it is the message.
 *
 * @example
 * @Field(3, delimited(Result)) result?: Result
 *
 * @throws RpcError `failed_precondition` (`not_a_message`) at start-up if it is not a message
 */
export function delimited<T>(type: Class<T> | (() => Class<T>)): Type<T> {
  const message = () => {
    const found = valueTypeOf(type, 'delimited')
    if (found.kind === 'message') return found.message
    throw misuse('not_a_message', `delimited: a ${found.kind} is not a message; write a @Message class`)
  }
  return lazily({ kind: 'message' as const, delimited: true as const }, { message }) satisfies MessageType
}
