import { misuse, type RpcError } from '../core/rpc-error.js'
import type { MessageSchema } from './message.js'
import type { Class, MessageType, NothingType, OptionalType, StreamType, TypeLike, ValueType } from './type.js'

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

/** Says why something is not a type, and what to write instead. */
export type ExplainType = (like: unknown, where: string) => RpcError

let explain: ExplainType = (_, where) => misuse('not_a_type', `${where}: not a type`)

/** Explains from now on what is not a type. A page only says where. */
export function explainTypes(how: ExplainType): void {
  explain = how
}

/**
 * The type that a type, class or thunk stands for.
 * @param where class and member, for the error
 * @throws RpcError `failed_precondition` (`not_a_type`), with what to write instead
 */
export function typeOf(like: TypeLike, where: string): ValueType | OptionalType | NothingType {
  if (typeof like === 'object' && like !== null && 'kind' in like && !isStream(like))
    return like as unknown as ValueType | OptionalType | NothingType
  if (typeof like !== 'function') throw explain(like, where)
  return isClass(like) ? messageTypeOf(like, where) : typeOf((like as () => TypeLike)(), where)
}

/** The same, where `optional` and `nothing` have no meaning. */
export function valueTypeOf(like: TypeLike, where: string): ValueType {
  const type = typeOf(like, where)
  if (type.kind === 'optional' || type.kind === 'nothing') throw explain(type, where)
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
  if (!Object.hasOwn(type, messageKey)) throw explain(type, where)
  const made = Object.freeze(
    Object.defineProperties({ kind: 'message' }, { message: messageProperty, [classKey]: { value: type } }),
  ) as MessageType
  messageTypes.set(type, made)
  return made
}

/** A property, not a place in a map by type: the types of `typedef` are copies. */
const classKey = /* @__PURE__ */ Symbol('class')

/** One getter for all types. With one each, V8 would keep each as a hash table. */
const messageProperty: PropertyDescriptor = {
  enumerable: true,
  get(this: { readonly [classKey]: Class }) {
    return messageSchemaOf(this[classKey])
  },
}
