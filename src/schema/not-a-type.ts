import { misuse, type RpcError } from '../core/rpc-error.js'
import { isClass, isStream } from './resolve.js'
import type { StreamType, TypeLike } from './type.js'

/** The error of something that cannot be a type there, with what to write instead. */
export function notAType(like: unknown, where: string): RpcError {
  if (isStream(like as TypeLike | StreamType<unknown>))
    return misuse('misplaced_stream', `${where}: only @Method can accept or return streamOf(...); write listOf(...)`)
  if (isClass(like)) {
    const native = nativeHints.get(like) ?? (like.prototype instanceof Uint8Array ? 'bytes' : undefined)
    if (native !== undefined) return misuse('not_a_type', `${where}: ${like.name} is not a wire type; write ${native}`)
    return misuse('not_a_message', `${where}: ${like.name} is not a message; add @Message() to the class`)
  }
  const kind = (like as { readonly kind?: unknown } | null | undefined)?.kind
  if (kind === 'optional' || kind === 'nothing') {
    return misuse(
      'misplaced_type',
      `${where}: ${kind} has no meaning here; write it only directly in ` +
        (kind === 'optional' ? '@Field, args or @Arg' : '@Method'),
    )
  }
  return misuse(
    'not_a_type',
    `${where}: ${String(like)} is not a type; if its class is declared further down, write a thunk: () => TheClass`,
  )
}

/** Native classes that people write instead of a type, and the type to write. */
const nativeHints: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [String, 'string'],
  [Number, 'double (or int32, int64 ...)'],
  [Boolean, 'bool'],
  [BigInt, 'int64 (or uint64 ...)'],
  [Date, 'timestamp'],
  [Uint8Array, 'bytes'],
  [Array, 'listOf(...)'],
  [Set, 'setOf(...)'],
  [Map, 'mapOf(key, value)'],
  [Object, 'its type: a scalar, a @Message class, listOf(...), enumOf(...)'],
  [Promise, 'the type inside the promise'],
])
