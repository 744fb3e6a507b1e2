import { typeOf } from '../schema/resolve.js'
import type { StreamType, TypeLike, ValueType } from '../schema/type.js'
import { checks, type DeclaredType } from './contract-checks.js'

/**
 * The type that a type, class or thunk stands for, checked as a whole.
 * @param where class and member
 * @throws RpcError `failed_precondition`
 */
export function wholeTypeOf(like: TypeLike, where: string): DeclaredType {
  const type = typeOf(like, where)
  checks?.type(where, type)
  return type
}

/** The same for the element of a stream. */
export function streamedTypeOf(stream: StreamType<unknown>, where: string): ValueType {
  checks?.streamed(where, stream)
  return stream.element
}
