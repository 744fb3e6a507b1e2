import type { JsonObject } from './json-value.js'
import type { Refinement } from './refinement.js'
import type { Reserved } from './reserved.js'

declare const phantom: unique symbol

/**
 * Keeps the `undefined` of a `T`: without `exactOptionalPropertyTypes` the compiler drops it from what it infers for an optional property.
 */
interface Carried<T> {
  /** The type; there is no such property at run time. */
  readonly value: T
}

/** A wire type whose values are `T` in TypeScript, such as `int32` or `listOf(string)`. Frozen. */
export interface Type<T> {
  /** What it is; the other properties depend on it. */
  readonly kind: ValueType['kind'] | 'optional' | 'nothing'
  /** Carries `T` for the compiler; does not exist at run time. Default: absent. */
  readonly [phantom]?: Carried<T>
}

/** A type made by `optional`: `undefined` stands for an absent value. */
export interface Optional<T> extends Type<T | undefined> {
  /** What it is. */
  readonly kind: 'optional'
}

/** A stream, made by `streamOf`. Only methods accept or return one. */
export interface StreamType<T> {
  /** What it is. */
  readonly kind: 'stream'
  /** The type of each element. */
  readonly element: ValueType
  /** Carries `T` for the compiler; does not exist at run time. Default: absent. */
  readonly [phantom]?: Carried<T>
}

/** A class whose instances are `T`. */
export type Class<T = unknown> = abstract new (...args: never[]) => T

/** A type, a `@Message` class, or a thunk of either for a class that is declared further down: `() => Order`. */
export type TypeLike<T = unknown> = Type<T> | Class<T> | (() => Type<T> | Class<T>)

/** The name of a scalar type. */
export type ScalarName =
  | 'double'
  | 'float'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'sfixed32'
  | 'int64'
  | 'uint64'
  | 'sint64'
  | 'fixed64'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'uuid'
  | 'timestamp'
  | 'duration'
  | WellKnownName

/** A scalar of protobuf's well-known types that other wires carry as text. */
export type WellKnownName = 'struct' | 'value' | 'listValue' | 'nullValue' | 'fieldMask'

/** The type of a field, as codecs compile it. Streams, `optional` and `nothing` are resolved before. */
export type ValueType = ScalarType | EnumType | MessageType | ListType | SetType | MapType | OneOfType | UnionType

/** A number, a text, bytes, a boolean or a time. */
export interface ScalarType {
  /** What it is. */
  readonly kind: 'scalar'
  /** Which scalar. */
  readonly name: ScalarName
  /** Set by `wrapped`: in protobuf a message around the value. Default: the value alone. */
  readonly wrapped?: true
  /** Which of the scalar's values it takes: those of `decimal(10, 2)` are a part of `string`. Default: all of them. */
  readonly refined?: Refinement
}

/** An enum. */
export interface EnumType {
  /** What it is. */
  readonly kind: 'enum'
  /** Undefined if none was given; an IDL then generates one. */
  readonly name: string | undefined
  /** The members, in order. */
  readonly values: readonly EnumValue[]
  /** The members by name. */
  readonly byName: ReadonlyMap<string, EnumValue>
  /** The members by number; of several with one number the first. */
  readonly byNumber: ReadonlyMap<number, EnumValue>
  /** The member that Avro's readers take for one that they do not have; null: none. Default: the one with number 0, else the first. */
  readonly unknown?: EnumValue | null
  /** Custom properties of its Avro schema, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
  /** What is said of it and of its members. */
  readonly docs: EnumDocs
  /** Whether it keeps an unknown number, as protobuf's open enums do. Numeric TypeScript enums do; string enums refuse it. */
  readonly open: boolean
}

/** A member of an enum. */
export interface EnumValue {
  /** The member's name. */
  readonly name: string
  /** The number on the wire. */
  readonly number: number
  /** The value in TypeScript: the number, or the string of a string enum. */
  readonly value: string | number
  /** Its annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
}

/** Descriptions of an enum. Not frozen: `polywire export` adds those of the source's comments. */
export interface EnumDocs {
  /** That of the enum itself; undefined if it has none. */
  own: string | undefined
  /** Those of members, by their names. */
  readonly members: Map<string, string>
}

/** A message. */
export interface MessageType {
  /** What it is. */
  readonly kind: 'message'
  /** The message's schema. The first access resolves it, so that classes can refer to each other and to themselves. */
  readonly message: MessageSchema
  /** Set by `delimited`: in protobuf a group. Default: it follows its length. */
  readonly delimited?: true
}

/** A list. */
export interface ListType {
  /** What it is. */
  readonly kind: 'list'
  /** The type of its elements. */
  readonly element: ValueType
}

/** A set. */
export interface SetType {
  /** What it is. */
  readonly kind: 'set'
  /** The type of its elements. */
  readonly element: ValueType
}

/** A map. */
export interface MapType {
  /** What it is. */
  readonly kind: 'map'
  /** The type of its keys. */
  readonly key: ValueType
  /** The type of its values. */
  readonly value: ValueType
}

/** At most one of several cases: `{ case: 'email', value: 'a@b.c' }`. Its cases are fields of the surrounding message. */
export interface OneOfType {
  /** What it is. */
  readonly kind: 'oneof'
  /** The cases, in order. */
  readonly cases: readonly OneOfCase[]
}

/** A case of a oneOf. */
export interface OneOfCase {
  /** The case's name on the wire and in TypeScript. */
  readonly name: string
  /** The case's name in JSON. */
  readonly jsonName: string
  /** The field number; undefined if none was given. */
  readonly number: number | undefined
  /** The type of its value. */
  readonly type: ValueType
  /** Its description. Not frozen: `polywire export` adds that of the source's comment. Default: none. */
  doc?: string | undefined
  /** Its annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
}

/** A value of one of several types, without a name on the wire. */
export interface UnionType {
  /** What it is. */
  readonly kind: 'union'
  /** The types, each with another JavaScript type. */
  readonly branches: readonly ValueType[]
  /** Whether null is a value too. Only within lists, sets and maps. */
  readonly isNullable: boolean
  /** The place of null among the types of Avro's union. Default: 0. */
  readonly nullAt?: number
}

/** A field that may be absent. The surrounding message unwraps it. */
export interface OptionalType {
  /** What it is. */
  readonly kind: 'optional'
  /** The type of a value that is present. */
  readonly type: ValueType
  /** Set by `defaulted`: makes the value of an absent argument. Default: it is `undefined`. */
  readonly makeDefault?: () => unknown
  /** Whether null means absent although there is a default. Default: false. */
  readonly mayBeNull?: true
  /** The place of null among the types of Avro's union. Default: the first, or the last beside a default. */
  readonly nullAt?: number
  /** Whether null in the first place is not the default in Avro. Default: false. */
  readonly noDefault?: true
}

/** No value: the result of a method that returns nothing. */
export interface NothingType {
  /** What it is. */
  readonly kind: 'nothing'
  /** The message on the wire. Default: an empty message of the method. */
  readonly message?: MessageSchema
}

/**
 * What an absent field means:
 * - `implicit`: it has the type's zero, which is not written (proto3).
 * - `explicit`: it has its default: undefined, or its initial value in the class. It is written whenever it is defined.
 * - `required`: absence is an error on wires that can tell (Thrift, Avro).
 */
export type Presence = 'implicit' | 'explicit' | 'required'

/** A field of a message, as codecs compile it. */
export interface FieldSchema {
  /** The property of the class. */
  readonly key: string
  /** The name on wires that have names. */
  readonly name: string
  /** The name in JSON. */
  readonly jsonName: string
  /** Earlier names, for Avro's schema resolution. */
  readonly aliases: readonly string[]
  /** Whether it is an attribute in XML. */
  readonly attribute: boolean
  /** The field number; undefined if the class gives none, so that protobuf and Thrift refuse the class. A oneOf has none: its cases do. */
  readonly number: number | undefined
  /** The type of its values. */
  readonly type: ValueType
  /** What absence means. */
  readonly presence: Presence
  /** Whether callers should no longer use it. Default: false. */
  readonly deprecated?: true
  /** Whether its values are never shown. Default: false. */
  readonly sensitive?: true
  /** Custom properties in Avro schemas, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
  /** The place of null among the types of its union in Avro. Default: the first, or the last beside a default. */
  readonly nullAt?: number | undefined
  /** Whether null in the first place is not its default in Avro. Default: false. */
  readonly noDefault?: true | undefined
  /** What `@Doc` says of it. Default: nothing. */
  readonly doc?: string | undefined
  /**
   * Set on a reply, or an argument without a default value, that is not `optional(...)`: a value is always there. Default: `presence` says
   * it.
   */
  readonly alwaysPresent?: true | undefined
  /** Set on what is `optional(...)` and may have a default besides, for IDLs with that word. Default: false. */
  readonly isOptional?: true | undefined
  /** Makes the value of an absent field: a new list, set or map each time. */
  readonly makeDefault: () => unknown
}

/** A message: the class and its fields, in the order of declaration, inherited ones first. */
export interface MessageSchema<T = unknown> {
  /** The name on the wire: `hello.HelloRequest`. */
  readonly name: string
  /** The class; undefined for messages that are generated from a method's arguments or its reply. */
  readonly class: Class<T> | undefined
  /** The fields. The first access resolves and checks them. */
  readonly fields: readonly FieldSchema[]
  /** Makes an empty instance: `new` without arguments. */
  readonly create: () => T
  /** Whether the class extends `RpcError`. */
  readonly isError: boolean
  /** Numbers and names that no field may have. Default: none. */
  readonly reserved?: Reserved
  /** Custom properties of its Avro schema, and annotations in Thrift. Default: none. */
  readonly properties?: JsonObject
  /** What `@Doc` says of it. Default: nothing. */
  readonly doc?: string | undefined
}
