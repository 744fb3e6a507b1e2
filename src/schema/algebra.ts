import { misuse } from '../core/rpc-error.js'
import { valueTypeOf } from './resolve.js'
import type {
  EnumType,
  EnumValue,
  ListType,
  MapType,
  NothingType,
  OneOfCase,
  OneOfType,
  OptionalType,
  ScalarName,
  ScalarType,
  SetType,
  StreamType,
  Type,
  TypeLike,
  ValueType,
} from './type.js'

function scalar<T>(name: ScalarName): Type<T> & ScalarType {
  return Object.freeze({ kind: 'scalar' as const, name })
}

export const double = /* @__PURE__ */ scalar<number>('double')
export const float = /* @__PURE__ */ scalar<number>('float')
/** Thrift's `byte` / `i8`; an `int32` in protobuf. */
export const int8 = /* @__PURE__ */ scalar<number>('int8')
/** Thrift's `i16`; an `int32` in protobuf. */
export const int16 = /* @__PURE__ */ scalar<number>('int16')
export const int32 = /* @__PURE__ */ scalar<number>('int32')
export const uint32 = /* @__PURE__ */ scalar<number>('uint32')
export const sint32 = /* @__PURE__ */ scalar<number>('sint32')
export const fixed32 = /* @__PURE__ */ scalar<number>('fixed32')
export const sfixed32 = /* @__PURE__ */ scalar<number>('sfixed32')
export const int64 = /* @__PURE__ */ scalar<bigint>('int64')
export const uint64 = /* @__PURE__ */ scalar<bigint>('uint64')
export const sint64 = /* @__PURE__ */ scalar<bigint>('sint64')
export const fixed64 = /* @__PURE__ */ scalar<bigint>('fixed64')
export const sfixed64 = /* @__PURE__ */ scalar<bigint>('sfixed64')
export const bool = /* @__PURE__ */ scalar<boolean>('bool')
export const string = /* @__PURE__ */ scalar<string>('string')
export const bytes = /* @__PURE__ */ scalar<Uint8Array>('bytes')
/** Lower-case text such as `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`; Thrift's `uuid`, a `string` in protobuf. */
export const uuid = /* @__PURE__ */ scalar<string>('uuid')
/** A `Date`, with milliseconds; `google.protobuf.Timestamp` in protobuf. */
export const timestamp = /* @__PURE__ */ scalar<Date>('timestamp')
/** A number of milliseconds, which may have a fraction; `google.protobuf.Duration` in protobuf. */
export const duration = /* @__PURE__ */ scalar<number>('duration')

/** The result of a method that returns nothing: an empty message on the wire. */
export const nothing: Type<void> & NothingType = /* @__PURE__ */ Object.freeze({ kind: 'nothing' as const })

export function listOf<T>(type: TypeLike<T>): Type<T[]> {
  return lazily({ kind: 'list' as const }, { element: () => valueTypeOf(type, 'listOf') }) satisfies ListType
}

/** A set without order. On wires without sets it is a list, and duplicates that arrive are dropped. */
export function setOf<T>(type: TypeLike<T>): Type<Set<T>> {
  return lazily({ kind: 'set' as const }, { element: () => valueTypeOf(type, 'setOf') }) satisfies SetType
}

/** Keys are strings, booleans, whole numbers or enums (protobuf); Thrift allows any scalar. */
export function mapOf<K, V>(key: Type<K>, value: TypeLike<V>): Type<Map<K, V>> {
  return lazily(
    { kind: 'map' as const },
    { key: () => mapKeyOf(key), value: () => valueTypeOf(value, 'mapOf') },
  ) satisfies MapType
}

function mapKeyOf(like: TypeLike): ScalarType | EnumType {
  const type = valueTypeOf(like, 'mapOf')
  if (type.kind === 'scalar' || type.kind === 'enum') return type
  throw misuse(
    'invalid_map_key',
    `mapOf: a key must be a scalar or an enum, not a ${type.kind}; write mapOf(string, ...)`,
  )
}

/** A field that may be absent. If it did not arrive it is `undefined`, not the type's zero. */
export function optional<T>(type: TypeLike<T>): Type<T | undefined> {
  return lazily({ kind: 'optional' as const }, { type: () => valueTypeOf(type, 'optional') }) satisfies OptionalType
}

/** A stream that a method accepts or returns. Its elements may be of any type. */
export function streamOf<T>(type: TypeLike<T>): StreamType<T> {
  return lazily({ kind: 'stream' as const }, { element: () => valueTypeOf(type, 'streamOf') })
}

/**
 * A TypeScript enum. It travels by number on wires that have numbers, and by member name in JSON. The members of a string enum are numbered
 * from 0, in order.
 * @param name in an IDL, such as `hello.Color`
 */
export function enumOf<E extends Record<string, string | number>>(
  values: E,
  name?: string,
): Type<E[keyof E]> & EnumType {
  if (typeof values !== 'object' || values === null) {
    throw misuse(
      'not_an_enum',
      `enumOf(${name ?? ''}): ${String(values)} is not an enum; import it as a value, and declare it above the class that uses it`,
    )
  }
  const members = Object.entries(values).filter(([key]) => !/^-?\d+$/.test(key))
  const list: EnumValue[] = members.map(([key, value], at) =>
    Object.freeze({ name: key, number: typeof value === 'number' ? value : at, value }),
  )
  if (list.length === 0) throw misuse('empty_enum', `enumOf(${name ?? ''}): the enum has no members`)
  const byNumber = new Map<number, EnumValue>()
  for (const value of list) if (!byNumber.has(value.number)) byNumber.set(value.number, value)
  const open = list.every(value => typeof value.value === 'number')
  const byName = new Map(list.map(value => [value.name, value]))
  return Object.freeze({ kind: 'enum' as const, name, values: Object.freeze(list), byName, byNumber, open })
}

type CaseType<C> = C extends readonly [number, TypeLike<infer T>] ? T : C extends TypeLike<infer T> ? T : never

/** The value of a `oneOf` field: its case and the value of that. */
export type OneOf<C> = { [K in keyof C & string]: { case: K; value: CaseType<C[K]> } }[keyof C & string]

/**
 * At most one of several cases, each with its own field number if a wire needs numbers:
 * `@Field(oneOf({ email: [4, string], phone: [5, Phone] })) contact?: { case: 'email', value: string } | { case: 'phone', value: Phone }`.
 */
export function oneOf<const C extends Record<string, TypeLike | readonly [number, TypeLike]>>(
  cases: C,
): Type<OneOf<C>> {
  return lazily(
    { kind: 'oneof' as const },
    { cases: () => Object.freeze(Object.entries(cases).map(([name, how]) => oneOfCase(name, how))) },
  ) satisfies OneOfType
}

function oneOfCase(name: string, how: TypeLike | readonly [number, TypeLike]): OneOfCase {
  const [number, type] = Array.isArray(how) ? (how as [number, TypeLike]) : [undefined, how as TypeLike]
  const resolved: ValueType = valueTypeOf(type, `oneOf case ${name}`)
  if (resolved.kind === 'list' || resolved.kind === 'set' || resolved.kind === 'map' || resolved.kind === 'oneof') {
    throw misuse('invalid_one_of', `oneOf: case ${name} cannot be a ${resolved.kind}; wrap it in a @Message`)
  }
  return Object.freeze({ name, jsonName: name, number, type: resolved })
}

/** Adds properties that are computed on first use, since a thunk may refer to a class that is declared further down. */
function lazily<O extends object, M extends Record<string, () => unknown>>(
  fixed: O,
  makers: M,
): O & { readonly [K in keyof M]: ReturnType<M[K]> } {
  for (const [key, make] of Object.entries(makers)) {
    let value: unknown
    Object.defineProperty(fixed, key, {
      enumerable: true,
      get: () => {
        value ??= make()
        return value
      },
    })
  }
  return Object.freeze(fixed) as O & { readonly [K in keyof M]: ReturnType<M[K]> }
}
