import type { EnumType, ScalarName } from '../../schema/type.js'
import { enumLabel, Fault, mismatch, shortened } from '../values/fault.js'
import { isFloat, isInt8, isInt16, isInt32, isInt64, isNumber, isUint32, isUint64 } from '../values/fits.js'
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

/** Wire types: varint, eight bytes, bytes after their length, four bytes. */
export type WireType = 0 | 1 | 2 | 5

/**
 * The types whose values a message reads in its own loop, by a `switch`: through `ProtoType.read` and `FieldReader.read`, each value would cost
 * two calls that V8 cannot inline, because every type has a method of its own behind them.
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

type SimpleScalar = Exclude<ScalarName, 'timestamp' | 'duration'>

/** Source: protobuf's encoding guide. */
export function protoScalar(name: SimpleScalar): ProtoType {
  switch (name) {
    case 'double':
      return number(name, {
        wire: 1,
        inline: Inline.double,
        fits: isNumber,
        write: (to, value) => to.double(value),
        read: from => from.double(),
      })
    case 'float':
      return number(name, { wire: 5, fits: isFloat, write: (to, value) => to.float(value), read: from => from.float() })
    case 'int8':
      return number(name, { ...plainInt32, fits: isInt8, read: from => inRange(name, isInt8, from.int32()) })
    case 'int16':
      return number(name, { ...plainInt32, fits: isInt16, read: from => inRange(name, isInt16, from.int32()) })
    case 'int32':
      return number(name, { ...plainInt32, inline: Inline.int32 })
    case 'uint32':
      return number(name, {
        wire: 0,
        fits: isUint32,
        write: (to, value) => to.varint(value),
        read: from => from.int32() >>> 0,
      })
    case 'sint32':
      return number(name, { wire: 0, fits: isInt32, write: (to, value) => to.zigzag32(value), read: readZigzag32 })
    case 'fixed32':
      return number(name, {
        wire: 5,
        fits: isUint32,
        write: (to, value) => to.fixed32(value),
        read: from => from.fixed32() >>> 0,
      })
    case 'sfixed32':
      return number(name, {
        wire: 5,
        fits: isInt32,
        write: (to, value) => to.fixed32(value),
        read: from => from.fixed32(),
      })
    case 'int64':
      return long(name, {
        wire: 0,
        inline: Inline.int64,
        fits: isInt64,
        write: (to, value) => to.uint64(value),
        read: from => from.int64(),
      })
    case 'uint64':
      return long(name, {
        wire: 0,
        fits: isUint64,
        write: (to, value) => to.uint64(value),
        read: from => from.uint64(),
      })
    case 'sint64':
      return long(name, {
        wire: 0,
        fits: isInt64,
        write: (to, value) => to.zigzag64(value),
        read: from => from.zigzag64(),
      })
    case 'fixed64':
      return long(name, {
        wire: 1,
        fits: isUint64,
        write: (to, value) => to.fixed64(value),
        read: from => from.fixed64(),
      })
    case 'sfixed64':
      return long(name, {
        wire: 1,
        fits: isInt64,
        write: (to, value) => to.fixed64(value),
        read: from => from.sfixed64(),
      })
    case 'bool':
      return bool
    case 'string':
    case 'uuid':
      return text(name)
    case 'bytes':
      return blob
  }
}

interface Form<T> {
  readonly wire: WireType
  readonly inline?: Inline
  readonly fits: (value: unknown) => value is T
  readonly write: (writer: Writer, value: T) => void
  readonly read: (reader: Reader) => T
}

const plainInt32: Form<number> = {
  wire: 0,
  fits: isInt32,
  write: (writer, value) => writer.signed32(value),
  read: reader => reader.int32(),
}

function readZigzag32(reader: Reader): number {
  const value = reader.int32()
  return (value >>> 1) ^ -(value & 1)
}

function inRange(name: string, fits: (value: unknown) => value is number, value: number): number {
  if (fits(value)) return value
  throw mismatch(name, value)
}

function number(name: string, form: Form<number>): ProtoType {
  return scalar(name, () => 0, form)
}

function long(name: string, form: Form<bigint>): ProtoType {
  return scalar(`${name} (a bigint)`, () => 0n, form)
}

function scalar<T>(
  expected: string,
  zero: () => T,
  { wire, inline = Inline.none, fits, write, read }: Form<T>,
): ProtoType {
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

/**
 * An open enum keeps an unknown number, in both directions. A closed one, made of strings, has no value for it: the field counts as absent, and
 * the element of a list or a map as not sent, as in protobuf's closed enums.
 */
export function protoEnum(type: EnumType): ProtoType {
  const numbers = new Map(type.values.map(({ value, number }) => [value as unknown, number]))
  const expected = enumLabel(type)
  const zero = (type.byNumber.get(0) ?? type.values[0])?.value
  return {
    wire: 0,
    inline: Inline.none,
    merges: false,
    write(writer, value) {
      const number = numbers.get(value) ?? value
      if (!isInt32(number) || (!type.open && !numbers.has(value))) {
        throw typeof value === 'string'
          ? new Fault(`expected ${expected}, got "${shortened(value)}"`)
          : mismatch(expected, value)
      }
      writer.signed32(number)
    },
    read(reader) {
      const number = reader.int32()
      return type.open ? number : type.byNumber.get(number)?.value
    },
    zero: () => zero,
  }
}
