import type { ValueType } from './type.js'

/** Defined beside the types, since types and messages contain each other. */
export type { FieldSchema, MessageSchema, Presence } from './type.js'

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
/** One for all: without length there is nothing in it to change, and making one costs more than decoding a small message. */
const noBytes = new Uint8Array(0)

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
  // Nothing can be written into no bytes, so they may be shared.
  bytes: () => noBytes,
  uuid: empty,
  timestamp: absent,
  duration: absent,
} as const
