import { misuse } from '../core/rpc-error.js'
import type { JsonObject, JsonValue } from './json-value.js'
import { lazily } from './lazily.js'
import { valueTypeOf } from './resolve.js'
import type {
  ListType,
  MapType,
  NothingType,
  OneOfCase,
  OneOfType,
  Optional,
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

/** A 64-bit floating-point number. */
export const double = /* @__PURE__ */ scalar<number>('double')
/** A 32-bit floating-point number: `float` in protobuf and Avro, `double` in Thrift. */
export const float = /* @__PURE__ */ scalar<number>('float')
/** An integer from -128 to 127: Thrift's `i8`; an `int32` in protobuf. */
export const int8 = /* @__PURE__ */ scalar<number>('int8')
/** An integer from -32,768 to 32,767: Thrift's `i16`; an `int32` in protobuf. */
export const int16 = /* @__PURE__ */ scalar<number>('int16')
/** A signed 32-bit integer. In protobuf a negative one takes 10 bytes; `sint32` takes fewer. */
export const int32 = /* @__PURE__ */ scalar<number>('int32')
/** An unsigned 32-bit integer. */
export const uint32 = /* @__PURE__ */ scalar<number>('uint32')
/** A signed 32-bit integer that protobuf writes in few bytes if it is near 0, negative or not. Elsewhere like `int32`. */
export const sint32 = /* @__PURE__ */ scalar<number>('sint32')
/** An unsigned 32-bit integer that protobuf writes in 4 bytes, for large values. Elsewhere like `uint32`. */
export const fixed32 = /* @__PURE__ */ scalar<number>('fixed32')
/** A signed 32-bit integer that protobuf writes in 4 bytes, for large values. Elsewhere like `int32`. */
export const sfixed32 = /* @__PURE__ */ scalar<number>('sfixed32')
/** A signed 64-bit integer, a `bigint`. In protobuf a negative one takes 10 bytes; `sint64` takes fewer. */
export const int64 = /* @__PURE__ */ scalar<bigint>('int64')
/** An unsigned 64-bit integer, a `bigint`. */
export const uint64 = /* @__PURE__ */ scalar<bigint>('uint64')
/** A signed 64-bit integer, a `bigint`, that protobuf writes in few bytes if it is near 0. Elsewhere like `int64`. */
export const sint64 = /* @__PURE__ */ scalar<bigint>('sint64')
/** An unsigned 64-bit integer, a `bigint`, that protobuf writes in 8 bytes, for large values. Elsewhere like `uint64`. */
export const fixed64 = /* @__PURE__ */ scalar<bigint>('fixed64')
/** A signed 64-bit integer, a `bigint`, that protobuf writes in 8 bytes, for large values. Elsewhere like `int64`. */
export const sfixed64 = /* @__PURE__ */ scalar<bigint>('sfixed64')
/** `true` or `false`. */
export const bool = /* @__PURE__ */ scalar<boolean>('bool')
/** Text, UTF-8 on the wire. */
export const string = /* @__PURE__ */ scalar<string>('string')
/** Bytes, a `Uint8Array`; base64 in JSON and XML. */
export const bytes = /* @__PURE__ */ scalar<Uint8Array>('bytes')
/** A UUID as lower-case text, `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`: Thrift's `uuid`, a `string` in protobuf. */
export const uuid = /* @__PURE__ */ scalar<string>('uuid')
export { type EnumOptions, enumOf } from './enum.js'
export { timestamp } from './refined.js'

/** A length of time: milliseconds as a number, fractions allowed; `google.protobuf.Duration` in protobuf. */
export const duration = /* @__PURE__ */ scalar<number>('duration')
/**
 * An object of JSON: `google.protobuf.Struct` in protobuf, JSON in JSON, a map in MessagePack, JSON as text elsewhere.
 *
 * @example
 * @Field(4, struct) labels?: JsonObject
 */
export const struct = /* @__PURE__ */ scalar<JsonObject>('struct')
/** Any value of JSON, null included: `google.protobuf.Value` in protobuf; elsewhere like `struct`. */
export const value = /* @__PURE__ */ scalar<JsonValue>('value')
/** An array of JSON: `google.protobuf.ListValue` in protobuf; elsewhere like `struct`. */
export const listValue = /* @__PURE__ */ scalar<readonly JsonValue[]>('listValue')
/** Null, and nothing else: `google.protobuf.NullValue` in protobuf, for a case of a oneOf; elsewhere like `struct`. */
export const nullValue = /* @__PURE__ */ scalar<null>('nullValue')
/**
 * Paths of fields by their names on the wire, such as `['note', 'card.last_digits']`: `google.protobuf.FieldMask` in protobuf; text with
 * commas elsewhere, in JSON with camelCase names.
 */
export const fieldMask = /* @__PURE__ */ scalar<readonly string[]>('fieldMask')

/**
 * A scalar that may be absent, in protobuf as one of the messages of `google/protobuf/wrappers.proto`: `StringValue` for `string`. On other
 * wires it is the scalar.
 *
 * @example
 * @Field(5, wrapped(string)) giftText?: string
 *
 * @throws RpcError `failed_precondition` (`not_a_type`) for a type that protobuf has no wrapper of
 */
export function wrapped<T>(type: Type<T> & ScalarType): Type<T> & ScalarType {
  if (wrapperNames[type.name] !== undefined) return Object.freeze({ kind: 'scalar', name: type.name, wrapped: true })
  throw misuse(
    'not_a_type',
    `wrapped(${type.name}): protobuf has no wrapper of it; write optional(${type.name}), or one of ${Object.keys(wrapperNames).join(', ')}`,
  )
}

/** The messages of `google/protobuf/wrappers.proto`, by the scalars that they hold. */
export const wrapperNames: Readonly<Partial<Record<ScalarName, string>>> = {
  double: 'DoubleValue',
  float: 'FloatValue',
  int64: 'Int64Value',
  uint64: 'UInt64Value',
  int32: 'Int32Value',
  uint32: 'UInt32Value',
  bool: 'BoolValue',
  string: 'StringValue',
  bytes: 'BytesValue',
}

/** The type of a method that returns nothing, `Promise<void>`: an empty message on the wire. */
export const nothing: Type<void> & NothingType = /* @__PURE__ */ Object.freeze({ kind: 'nothing' as const })

/**
 * A list: an array in TypeScript.
 *
 * @example
 * @Field(3, listOf(string)) tags: string[] = []
 */
export function listOf<T>(type: TypeLike<T>): Type<T[]> {
  return lazily({ kind: 'list' as const }, { element: () => elementOf(type, 'listOf') }) satisfies ListType
}

/**
 * A set: a `Set` in TypeScript. A wire without sets carries a list, and duplicates in it are dropped, equal messages and lists too.
 *
 * @example
 * @Field(4, setOf(string)) roles = new Set<string>()
 */
export function setOf<T>(type: TypeLike<T>): Type<Set<T>> {
  return lazily({ kind: 'set' as const }, { element: () => elementOf(type, 'setOf') }) satisfies SetType
}

/**
 * A map: a `Map` in TypeScript. In protobuf a key is a string, a boolean or an integer, in JSON a scalar or an enum; Thrift, Avro,
 * MessagePack and XML also have messages, lists, sets and maps as keys.
 *
 * A `Map` tells such keys apart by identity, so look an entry up by walking the map. Of equal keys in a message, one arrives, with the
 * value of the last.
 *
 * @example
 * @Field(5, mapOf(string, int64)) counts = new Map<string, bigint>()
 * @Field(6, mapOf(Point, string)) labels = new Map<Point, string>()
 */
export function mapOf<K, V>(key: TypeLike<K>, value: TypeLike<V>): Type<Map<K, V>> {
  return lazily(
    { kind: 'map' as const },
    { key: () => elementOf(key, 'mapOf'), value: () => elementOf(value, 'mapOf') },
  ) satisfies MapType
}

/** @throws RpcError `failed_precondition` (`invalid_one_of`): the cases of a oneOf are fields of their message, on every wire */
function elementOf(like: TypeLike, within: string): ValueType {
  const type = valueTypeOf(like, within)
  if (type.kind !== 'oneof') return type
  throw misuse(
    'invalid_one_of',
    `${within}: a oneOf stands only in a field; put it into a @Message, and that into the ${within}`,
  )
}

/** Options of a type that has null among the types of its union in Avro. */
export interface NullOptions {
  /** The place of null in that union, from 0. Default: 0; beside another default the last. */
  readonly nullAt?: number
  /**
   * Whether a field of Avro has no default, so that readers refuse data of a schema without the field. Only null in the first place has a
   * default. Default: false.
   */
  readonly noDefault?: boolean
}

/**
 * A field that may be absent: it is `undefined` if it was not received, instead of the type's zero.
 *
 * @example
 * @Field(2, optional(int32)) times?: number
 */
export function optional<T>(type: TypeLike<T>, options: NullOptions = {}): Optional<T> {
  const noDefault = options.noDefault === true ? ({ noDefault: true } as const) : {}
  const fixed = { kind: 'optional' as const, ...placeOfNull(options), ...noDefault }
  return lazily(fixed, { type: () => valueTypeOf(type, 'optional') }) satisfies OptionalType
}

/** @throws RpcError `failed_precondition` (`not_a_type`) for a place that is not an integer of at least 0 */
export function placeOfNull({ nullAt }: NullOptions): { readonly nullAt?: number } {
  if (nullAt === undefined) return {}
  if (Number.isInteger(nullAt) && nullAt >= 0) return { nullAt }
  throw misuse('not_a_type', `nullAt must be an integer of at least 0, got ${nullAt}`)
}

/**
 * A stream that a method accepts or returns: an `AsyncIterable` in TypeScript. Its elements can have any type but a stream.
 *
 * @example
 * @Method({ accepts: WatchRequest, returns: streamOf(Tick) })
 * async *watch(request: WatchRequest): AsyncIterable<Tick> { ... }
 */
export function streamOf<T>(type: TypeLike<T>): StreamType<T> {
  return lazily({ kind: 'stream' as const }, { element: () => valueTypeOf(type, 'streamOf') })
}

/** The values of a case or an argument: a type, or a number and a type. */
export type CaseType<C> = C extends readonly [number, TypeLike<infer T>, object?] | readonly [TypeLike<infer T>, object]
  ? T
  : C extends TypeLike<infer T>
    ? T
    : never

/** Options of a case of a oneOf. */
export interface CaseOptions {
  /** Name in JSON; default: the case's name. A codec reads both. */
  readonly jsonName?: string
  /** Its description; default: none. `polywire export` also takes a TSDoc comment before the case. */
  readonly doc?: string
  /** Its annotations in Thrift; default: none. */
  readonly properties?: JsonObject
}

/** The value of a `oneOf` field: `{ case: 'email', value: 'a@b.c' }`. */
export type OneOf<C> = {
  [K in keyof C & string]: {
    /** The name of the case that is set. */
    case: K
    /** Its value. */
    value: CaseType<C[K]>
  }
}[keyof C & string]

/**
 * At most one of several cases: a protobuf oneof, a Thrift union, an Avro union. Each case has its own field number if a wire needs
 * numbers.
 *
 * @example
 * @Field(oneOf({ email: [4, string], phone: [5, Phone] }))
 * contact?: { case: 'email'; value: string } | { case: 'phone'; value: Phone }
 *
 * A case that is a list, a set or a map is carried by every wire but protobuf.
 *
 * @throws RpcError `failed_precondition` (`invalid_one_of`) at start-up if a case is a oneOf
 */
export function oneOf<const C extends Readonly<Record<string, CaseLike>>>(cases: C): Type<OneOf<C>> {
  return lazily(
    { kind: 'oneof' as const },
    { cases: () => Object.freeze(Object.entries(cases).map(([name, how]) => oneOfCase(name, how))) },
  ) satisfies OneOfType
}

/** What `oneOf` takes for a case: a type, with the field number before it and options behind it if there are some. */
type CaseLike = TypeLike | readonly [number, TypeLike, CaseOptions?] | readonly [TypeLike, CaseOptions]

function oneOfCase(name: string, how: CaseLike): OneOfCase {
  const parts = Array.isArray(how) ? (how as readonly unknown[]) : [how]
  const number = typeof parts[0] === 'number' ? parts[0] : undefined
  const [type, options] = parts.slice(number === undefined ? 0 : 1) as [TypeLike, CaseOptions?]
  const resolved: ValueType = valueTypeOf(type, `oneOf case ${name}`)
  if (resolved.kind === 'oneof' || resolved.kind === 'union')
    throw misuse('invalid_one_of', `oneOf: case ${name} cannot be a ${resolved.kind}; wrap it in a @Message`)
  const { jsonName = name, doc, properties } = options ?? {}
  return { name, jsonName, number, type: resolved, ...(doc && { doc }), ...(properties && { properties }) }
}
