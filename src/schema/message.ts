import type { Class, ValueType } from './type.js'

/**
 * What an absent field means:
 * - `implicit`: it has the type's zero, which is not written (proto3);
 * - `explicit`: written whenever it is defined; absent it has its `default` (undefined, or what the class initialises it with);
 * - `required`: absent is an error on wires that can tell (Thrift, Avro).
 */
export type Presence = 'implicit' | 'explicit' | 'required'

export interface FieldOptions {
  /** Name on wires that have names; default: the property's. */
  readonly name?: string
  /** Name in JSON; default: `name`. Both are read. */
  readonly jsonName?: string
  /** Names it had before: read by Avro's schema resolution. */
  readonly aliases?: readonly string[]
  /** An XML attribute instead of an element. */
  readonly attribute?: boolean
  /** Absent is an error on wires that can tell. */
  readonly required?: boolean
}

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

/** The zero of a type, for fields with implicit presence; undefined for those that have none (messages, oneOfs). */
export function zeroOf(type: ValueType): () => unknown {
  switch (type.kind) {
    case 'list':
      return () => []
    case 'set':
      return () => new Set()
    case 'map':
      return () => new Map()
    case 'enum': {
      const zero = type.byNumber.get(0) ?? type.values[0]
      return () => zero?.value
    }
    case 'scalar':
      return scalarZeros[type.name]
    default:
      return absent
  }
}

const absent = () => undefined
const zero = () => 0
const bigZero = () => 0n
const empty = () => ''

const scalarZeros = {
  double: zero,
  float: zero,
  int8: zero,
  int16: zero,
  int32: zero,
  uint32: zero,
  sint32: zero,
  fixed32: zero,
  sfixed32: zero,
  int64: bigZero,
  uint64: bigZero,
  sint64: bigZero,
  fixed64: bigZero,
  sfixed64: bigZero,
  bool: () => false,
  string: empty,
  bytes: () => new Uint8Array(0),
  uuid: empty,
  timestamp: absent,
  duration: absent,
} as const
