import type { Refinement } from '../../schema/refinement.js'
import type { EnumType, ScalarName, WellKnownName } from '../../schema/type.js'
import { EnumNumbers } from '../values/enum-numbers.js'
import { mismatch } from '../values/fault.js'
import { isFloat, isInt8, isInt16, isInt32, isInt64, isNumber, isUint32, isUint64 } from '../values/fits.js'
import { refineOf } from '../values/refined.js'
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

/** Wire types: varint, eight bytes, bytes after their length, a group, four bytes. */
export type WireType = 0 | 1 | 2 | 3 | 5

/**
 * The types whose values a message reads in its own loop, by a `switch`: through `ProtoType.read` and `FieldReader.read`, each value would
 * cost two calls that V8 cannot inline, because every type has a method of its own behind them.
 */
export const Inline = {
  none: 0,
  int32: 1,
  int64: 2,
  double: 3,
  bool: 4,
  string: 5,
  message: 6,
  strings: 7,
  messages: 8,
  /** A packed list. */
  int32s: 9,
} as const
export type Inline = (typeof Inline)[keyof typeof Inline]

/** Writes and reads the values of one type, without their tag. Both throw Faults. `depth` counts the messages around the value. */
export interface ProtoType {
  readonly wire: WireType
  readonly inline: Inline
  /** Whether a value that arrives again is merged into the first. Otherwise it replaces it. */
  readonly merges: boolean
  write(writer: Writer, value: unknown, depth: number): void
  /**
   * @param previous the field's value so far, if the type merges
   * @returns undefined for a value that counts as absent: a number that a closed enum does not have
   */
  read(reader: Reader, depth: number, previous?: unknown): unknown
  /** The key or value of a map's entry that has none. @param reader of the message around it */
  zero(reader: Reader): unknown
}

/** A scalar that is not a message. */
export type SimpleScalar = Exclude<ScalarName, 'timestamp' | 'duration' | WellKnownName>

/** Source: protobuf's encoding guide. */
export function protoScalar(name: SimpleScalar): ProtoType {
  switch (name) {
    case 'bool':
      return bool
    case 'string':
    case 'uuid':
      return text(name)
    case 'bytes':
      return blob
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return scalar(`${name} (a bigint)`, () => 0n, longs[name])
    default:
      return scalar(name, () => 0, numbers[name])
  }
}

export function refinedProto(carrier: ProtoType, refined: Refinement): ProtoType {
  const refine = refineOf(refined)
  return {
    ...carrier,
    inline: Inline.none,
    write: (writer, value, depth) => carrier.write(writer, refine(value), depth),
    read: (reader, depth) => refine(carrier.read(reader, depth)),
    zero: reader => refine(carrier.zero(reader)),
  }
}

interface Form<T> {
  readonly wire: WireType
  readonly inline?: Inline
  readonly fits: (value: unknown) => value is T
  readonly write: (writer: Writer, value: T) => void
  readonly read: (reader: Reader) => T
}

function scalar<T>(expected: string, zero: () => T, form: Form<T>): ProtoType {
  const { wire, inline = Inline.none, fits, write, read } = form
  return {
    wire,
    inline,
    merges: false,
    write(writer, value) {
      if (!fits(value)) throw mismatch(expected, value)
      write(writer, value)
    },
    read,
    zero,
  }
}

const int32: Form<number> = { wire: 0, fits: isInt32, write: (to, it) => to.signed32(it), read: from => from.int32() }

const numbers = {
  double: {
    wire: 1,
    inline: Inline.double,
    fits: isNumber,
    write: (to, it) => to.double(it),
    read: from => from.double(),
  },
  float: { wire: 5, fits: isFloat, write: (to, it) => to.float(it), read: from => from.float() },
  int8: { ...int32, fits: isInt8, read: from => inRange('int8', isInt8, from.int32()) },
  int16: { ...int32, fits: isInt16, read: from => inRange('int16', isInt16, from.int32()) },
  int32: { ...int32, inline: Inline.int32 },
  uint32: { wire: 0, fits: isUint32, write: (to, it) => to.varint(it), read: from => from.int32() >>> 0 },
  sint32: { wire: 0, fits: isInt32, write: (to, it) => to.zigzag32(it), read: readZigzag32 },
  fixed32: { wire: 5, fits: isUint32, write: (to, it) => to.fixed32(it), read: from => from.fixed32() >>> 0 },
  sfixed32: { wire: 5, fits: isInt32, write: (to, it) => to.fixed32(it), read: from => from.fixed32() },
} satisfies Record<string, Form<number>>

const longs = {
  int64: { wire: 0, inline: Inline.int64, fits: isInt64, write: (to, it) => to.uint64(it), read: from => from.int64() },
  uint64: { wire: 0, fits: isUint64, write: (to, it) => to.uint64(it), read: from => from.uint64() },
  sint64: { wire: 0, fits: isInt64, write: (to, it) => to.zigzag64(it), read: from => from.zigzag64() },
  fixed64: { wire: 1, fits: isUint64, write: (to, it) => to.fixed64(it), read: from => from.fixed64() },
  sfixed64: { wire: 1, fits: isInt64, write: (to, it) => to.fixed64(it), read: from => from.sfixed64() },
} satisfies Record<string, Form<bigint>>

function readZigzag32(reader: Reader): number {
  const value = reader.int32()
  return (value >>> 1) ^ -(value & 1)
}

function inRange(name: string, fits: (value: unknown) => value is number, value: number): number {
  if (fits(value)) return value
  throw mismatch(name, value)
}

const bool: ProtoType = {
  wire: 0,
  inline: Inline.bool,
  merges: false,
  write(writer, value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    writer.varint(value ? 1 : 0)
  },
  read: reader => reader.bool(),
  zero: () => false,
}

function text(name: string): ProtoType {
  return {
    wire: 2,
    inline: Inline.string,
    merges: false,
    write(writer, value) {
      if (typeof value !== 'string') throw mismatch(name, value)
      writer.string(value)
    },
    read: reader => reader.string(),
    zero: () => '',
  }
}

const blob: ProtoType = {
  wire: 2,
  inline: Inline.none,
  merges: false,
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
    writer.binary(value)
  },
  read: reader => reader.blob(),
  zero: () => new Uint8Array(0),
}

export function protoEnum(type: EnumType): ProtoType {
  const numbers = new EnumNumbers(type)
  const zero = (type.byNumber.get(0) ?? type.values[0])?.value
  return {
    wire: 0,
    inline: Inline.none,
    merges: false,
    write: (writer, value) => writer.signed32(numbers.numberOf(value)),
    read: reader => numbers.memberOf(reader.int32()),
    zero: () => zero,
  }
}
