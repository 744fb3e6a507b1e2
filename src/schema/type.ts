declare const phantom: unique symbol

/** A wire type whose values are `T` in TypeScript: a scalar, or from `listOf`, `mapOf` ... Frozen. */
export interface Type<T> {
  readonly kind: ValueType['kind'] | 'optional' | 'nothing'
  /** Only for the compiler; absent at run time. */
  readonly [phantom]?: T
}

/** A stream, from `streamOf`. Only methods accept or return one. */
export interface StreamType<T> {
  readonly kind: 'stream'
  readonly element: ValueType
  readonly [phantom]?: T
}

export type Class<T = unknown> = abstract new (...args: never[]) => T

/** A type, a `@Message` class, or a thunk of either if it is declared further down. */
export type TypeLike<T = unknown> = Type<T> | Class<T> | (() => Type<T> | Class<T>)

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

/** Every kind of value that a codec compiles. Streams, `optional` and `nothing` are resolved before. */
export type ValueType = ScalarType | EnumType | MessageType | ListType | SetType | MapType | OneOfType

export interface ScalarType {
  readonly kind: 'scalar'
  readonly name: ScalarName
}

export interface EnumType {
  readonly kind: 'enum'
  /** Undefined if none was given; an IDL then generates one. */
  readonly name: string | undefined
  readonly values: readonly EnumValue[]
  readonly byName: ReadonlyMap<string, EnumValue>
  readonly byNumber: ReadonlyMap<number, EnumValue>
  /** Whether unknown numbers are kept, as in protobuf's open enums. True for numeric TypeScript enums; string enums refuse them. */
  readonly open: boolean
}

export interface EnumValue {
  readonly name: string
  readonly number: number
  /** The value in TypeScript: the number, or the string of a string enum. */
  readonly value: string | number
}

export interface MessageType {
  readonly kind: 'message'
  /** Resolved on first use, so that classes can refer to each other and to themselves. */
  readonly message: MessageSchema
}

export interface ListType {
  readonly kind: 'list'
  readonly element: ValueType
}

export interface SetType {
  readonly kind: 'set'
  readonly element: ValueType
}

export interface MapType {
  readonly kind: 'map'
  readonly key: ScalarType | EnumType
  readonly value: ValueType
}

/** At most one of several cases: `{ case: 'email', value: 'a@b.c' }`. Its cases are fields of the message around it. */
export interface OneOfType {
  readonly kind: 'oneof'
  readonly cases: readonly OneOfCase[]
}

export interface OneOfCase {
  readonly name: string
  readonly jsonName: string
  readonly number: number | undefined
  readonly type: ValueType
}

/** A field that may be absent. Its message unwraps it. */
export interface OptionalType {
  readonly kind: 'optional'
  readonly type: ValueType
}

/** The result of a method that returns nothing. */
export interface NothingType {
  readonly kind: 'nothing'
}

/**
 * What an absent field means:
 * - `implicit`: it has the type's zero, which is not written (proto3).
 * - `explicit`: it has its default: undefined, or its initial value in the class. It is written whenever it is defined.
 * - `required`: absence is an error on wires that can tell (Thrift, Avro).
 */
export type Presence = 'implicit' | 'explicit' | 'required'

export interface FieldSchema {
  /** The property. */
  readonly key: string
  readonly name: string
  readonly jsonName: string
  readonly aliases: readonly string[]
  readonly attribute: boolean
  /** Undefined if the class gives none; wires that need numbers then refuse the class at start-up. A oneOf itself has none. */
  readonly number: number | undefined
  readonly type: ValueType
  readonly presence: Presence
  /** Creates the value of an absent field. Lists, sets and maps are new each time. */
  readonly makeDefault: () => unknown
}

/** A message: the class and its fields, in the order of declaration, inherited ones first. */
export interface MessageSchema<T = unknown> {
  /** `hello.HelloRequest` */
  readonly name: string
  /** Undefined for messages generated from a method's arguments, or from a reply that is not a message. */
  readonly class: Class<T> | undefined
  /** Resolved and checked at first use. */
  readonly fields: readonly FieldSchema[]
  /** Creates an empty instance, with `new` without arguments. */
  readonly create: () => T
  /** Whether the class extends RpcError. */
  readonly isError: boolean
}
