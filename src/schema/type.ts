declare const phantom: unique symbol

/** A type of the wire whose values are `T` in TypeScript. Made by the scalars and by `listOf`, `mapOf` ...; frozen. */
export interface Type<T> {
  readonly kind: ValueType['kind'] | 'optional' | 'nothing'
  /** Only for the compiler; never there at run time. */
  readonly [phantom]?: T
}

/** A stream of messages: what `streamOf` makes. Only methods accept or return one. */
export interface StreamType<T> {
  readonly kind: 'stream'
  readonly element: ValueType
  readonly [phantom]?: T
}

export type Class<T = unknown> = abstract new (...args: never[]) => T

/** Wherever a type is expected: a type, a `@Message` class, or a thunk of either where it is declared further down. */
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

/** What codecs compile: every kind of value there is. Streams, `optional` and `nothing` are resolved before a codec sees them. */
export type ValueType = ScalarType | EnumType | MessageType | ListType | SetType | MapType | OneOfType

export interface ScalarType {
  readonly kind: 'scalar'
  readonly name: ScalarName
}

export interface EnumType {
  readonly kind: 'enum'
  /** Undefined where none was given; an IDL then makes one up. */
  readonly name: string | undefined
  readonly values: readonly EnumValue[]
  readonly byName: ReadonlyMap<string, EnumValue>
  readonly byNumber: ReadonlyMap<number, EnumValue>
  /** Numeric TypeScript enums keep a number they do not know (protobuf's open enums); string enums refuse it. */
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
  /** Resolved at first use, so that classes can refer to each other and to themselves. */
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

/** At most one of several cases: `{ case: 'email', value: 'a@b.c' }`. Its cases are fields of the message it stands in. */
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

/** A field that may be absent; unwrapped by the message it stands in. */
export interface OptionalType {
  readonly kind: 'optional'
  readonly type: ValueType
}

/** No value: what a method returns that returns nothing. */
export interface NothingType {
  readonly kind: 'nothing'
}

/**
 * What an absent field means:
 * - `implicit`: it has the type's zero, which is not written (proto3);
 * - `explicit`: written whenever it is defined; absent it has its `default` (undefined, or what the class initialises it with);
 * - `required`: absent is an error on wires that can tell (Thrift, Avro).
 */
export type Presence = 'implicit' | 'explicit' | 'required'

export interface FieldSchema {
  /** The property. */
  readonly key: string
  readonly name: string
  readonly jsonName: string
  readonly aliases: readonly string[]
  readonly attribute: boolean
  /** Undefined where the class gives none: then wires that need numbers refuse the class at start-up. A oneOf has none of its own. */
  readonly number: number | undefined
  readonly type: ValueType
  readonly presence: Presence
  /** What an absent field becomes. Lists, sets, maps and bytes are made anew each time. */
  readonly makeDefault: () => unknown
}

/** A message: the class and its fields, in the order of declaration, inherited ones first. */
export interface MessageSchema<T = unknown> {
  /** `hello.HelloRequest` */
  readonly name: string
  /** Undefined for the messages made of a method's arguments or of a reply that is no message. */
  readonly class: Class<T> | undefined
  /** Resolved and checked at first use. */
  readonly fields: readonly FieldSchema[]
  /** An empty instance: the class's own, made by `new` without arguments. */
  readonly create: () => T
  /** True for a class that extends RpcError. */
  readonly isError: boolean
}
