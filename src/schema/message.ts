import type { JsonObject } from './json-value.js'
import type { ValueType } from './type.js'

/** Declared beside the types, because types and messages contain each other. */
export type { FieldSchema, MessageSchema, Presence } from './type.js'

/** Options of a field of a message. */
export interface FieldOptions {
  /** Name on wires that have names; default: the property's name. */
  readonly name?: string
  /** Name in JSON; default: `name`. A codec reads both. */
  readonly jsonName?: string
  /** Earlier names, for Avro's schema resolution; default: none. */
  readonly aliases?: readonly string[]
  /** In XML, an attribute instead of an element; default false. */
  readonly attribute?: boolean
  /** Whether callers should no longer use it, for IDLs and reflection; default false. */
  readonly deprecated?: boolean
  /**
   * Whether its values are secrets, such as a password: no error, log or page of polywire shows them; default false. `.proto` files and
   * reflection have it as `debug_redact`.
   */
  readonly sensitive?: boolean
  /** Custom properties of the field in Avro schemas, such as `{ order: 'ignore' }`, and its annotations in Thrift; default: none. */
  readonly properties?: JsonObject
  /** Whether absence is an error, on wires that can tell (Thrift, Avro); default false. */
  readonly required?: boolean
}

/** The zero of a type, for fields with implicit presence; undefined for a type without one: messages, oneOfs, timestamps, durations. */
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
      return type.wrapped || type.refined ? absent : scalarZeros[type.name]
    default:
      return absent
  }
}

const absent = () => undefined
const zero = () => 0
const bigZero = () => 0n
const empty = () => ''
/** Shared: an empty array cannot be changed, and creating one costs more than decoding a small message. */
const noBytes = /* @__PURE__ */ new Uint8Array(0)

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
  bytes: () => noBytes,
  uuid: empty,
  timestamp: absent,
  duration: absent,
  struct: absent,
  value: absent,
  listValue: absent,
  nullValue: () => null,
  fieldMask: absent,
} as const
