import { misuse } from '../core/rpc-error.js'
import type { MessageSchema } from './message.js'
import type { Class, MessageType, NothingType, OptionalType, StreamType, Type, TypeLike, ValueType } from './type.js'

/**
 * The property in which `@Message` leaves the schema of a class; the first read makes the schema. The symbol is global, so that a second
 * installed copy finds it too.
 */
export const messageKey = Symbol.for('polywire.message')

/** The schema of a `@Message` class; undefined if the class has no `@Message`. An inherited one does not count. */
export function messageSchemaOf(type: Class): MessageSchema | undefined {
  if (!Object.hasOwn(type, messageKey)) return undefined
  return (type as unknown as { [messageKey]: () => MessageSchema })[messageKey]()
}

/**
 * The type that a type, class or thunk stands for.
 * @param where class and member, for the error
 * @throws RpcError `failed_precondition` (`not_a_type`), with what to write instead
 */
export function typeOf(like: TypeLike, where: string): ValueType | OptionalType | NothingType {
  if (typeof like === 'object' && like !== null && 'kind' in like) {
    if ((like as Type<unknown> | { kind: 'stream' }).kind === 'stream') {
      throw misuse('misplaced_stream', `${where}: only @Method can accept or return streamOf(...); write listOf(...)`)
    }
    return like as unknown as ValueType | OptionalType | NothingType
  }
  if (typeof like === 'function') {
    if (isClass(like)) return messageTypeOf(like, where)
    return typeOf((like as () => TypeLike)(), where)
  }
  throw misuse(
    'not_a_type',
    `${where}: ${String(like)} is not a type; if its class is declared further down, write a thunk: () => TheClass`,
  )
}

/** The same, where `optional` and `nothing` have no meaning. */
export function valueTypeOf(like: TypeLike, where: string): ValueType {
  const type = typeOf(like, where)
  if (type.kind === 'optional' || type.kind === 'nothing') {
    throw misuse(
      'misplaced_type',
      `${where}: ${type.kind} has no meaning here; write it only directly in ` +
        (type.kind === 'optional' ? '@Field, args or @Arg' : '@Method'),
    )
  }
  return type
}

export function isStream(type: TypeLike | StreamType<unknown> | undefined): type is StreamType<unknown> {
  return typeof type === 'object' && type !== null && (type as { kind?: string }).kind === 'stream'
}

/** Arrow functions have no prototype; classes do. */
export function isClass(like: unknown): like is Class {
  return typeof like === 'function' && (like as { prototype?: unknown }).prototype !== undefined
}

const messageTypes = new WeakMap<Class, MessageType>()

function messageTypeOf(type: Class, where: string): MessageType {
  const existing = messageTypes.get(type)
  if (existing !== undefined) return existing
  const native = nativeHints.get(type) ?? (type.prototype instanceof Uint8Array ? 'bytes' : undefined)
  if (native !== undefined) throw misuse('not_a_type', `${where}: ${type.name} is not a wire type; write ${native}`)
  if (!Object.hasOwn(type, messageKey)) {
    throw misuse('not_a_message', `${where}: ${type.name} is not a message; add @Message() to the class`)
  }
  const made: MessageType = Object.freeze({
    kind: 'message' as const,
    get message() {
      return messageSchemaOf(type) as MessageSchema
    },
  })
  messageTypes.set(type, made)
  return made
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
