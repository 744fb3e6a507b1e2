import type { EnumType, ScalarName, ScalarType, WellKnownName } from '../../schema/type.js'
import { EnumNumbers } from '../values/enum-numbers.js'
import { Fault, mismatch } from '../values/fault.js'
import { isFloat, isInt8, isInt16, isInt32, isInt64, isNumber, isUint32, isUint64 } from '../values/fits.js'
import { carrierOf, refineOf } from '../values/refined.js'
import { checkInstant, instantOf, maxDurationSeconds, nanosOf, secondsOf } from '../values/time.js'
import { wellKnownText } from '../values/well-known.js'
import { type ThriftReader, type ThriftType, type ThriftWriter, Wire, type WireType } from './wire.js'

/**
 * Thrift has no unsigned integers: 32 bits travel as an i64, 64 bits as the i64 of the same bits. A float travels as a double, a timestamp
 * as an i64 of milliseconds since 1970, a duration as an i64 of microseconds, and a value of JSON or a field mask as text.
 * @param limit `limits.values`
 */
export function thriftScalar(name: ScalarName, limit: number): ThriftType {
  switch (name) {
    case 'double':
      return number(name, { ...real, isPlain: true, fits: isNumber, read: from => from.double() })
    case 'float':
      return number(name, { ...real, fits: isFloat, read: readFloat })
    case 'int8':
      return number(name, { wire: Wire.i8, fits: isInt8, write: (to, it) => to.i8(it), read: from => from.i8() })
    case 'int16':
      return number(name, { wire: Wire.i16, fits: isInt16, write: (to, it) => to.i16(it), read: from => from.i16() })
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return number(name, { ...int, isPlain: true, fits: isInt32, read: from => from.i32() })
    case 'uint32':
    case 'fixed32':
      return number(name, { wire: Wire.i64, fits: isUint32, write: (to, it) => to.long(it), read: readUint32 })
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return number(`${name} (a bigint)`, { ...long, isPlain: true, fits: isInt64, read: from => from.i64() })
    case 'uint64':
    case 'fixed64':
      return number(`${name} (a bigint)`, { ...long, fits: isUint64, read: from => BigInt.asUintN(64, from.i64()) })
    case 'bool':
      return bool
    case 'string':
      return text
    case 'bytes':
      return blob
    case 'uuid':
      return uuid
    case 'timestamp':
      return timestamp
    case 'duration':
      return duration
    case 'struct':
    case 'value':
    case 'listValue':
    case 'nullValue':
    case 'fieldMask':
      return wellKnown(name, limit)
  }
}

/** A refined scalar travels as text or bytes. */
export function refinedScalar(type: ScalarType, limit: number): ThriftType {
  const carrier = thriftScalar(carrierOf(type), limit)
  if (type.refined === undefined) return carrier
  const refine = refineOf(type.refined)
  return {
    wire: carrier.wire,
    write: (writer, value, depth) => carrier.write(writer, refine(value), depth),
    read: (reader, depth) => refine(carrier.read(reader, depth)),
  }
}

interface Form<T> {
  readonly wire: WireType
  readonly isPlain?: boolean
  readonly fits: (value: unknown) => value is T
  readonly write: (writer: ThriftWriter, value: T) => void
  readonly read: (reader: ThriftReader) => T
}

function number<T>(expected: string, { wire, isPlain = false, fits, write, read }: Form<T>): ThriftType {
  return {
    wire,
    isPlain,
    write(writer, value) {
      if (!fits(value)) throw mismatch(expected, value)
      write(writer, value)
    },
    read,
  }
}

const int = { wire: Wire.i32, write: (writer: ThriftWriter, value: number) => writer.i32(value) }
const long = { wire: Wire.i64, write: (writer: ThriftWriter, value: bigint) => writer.i64(value) }
const real = { wire: Wire.double, write: (writer: ThriftWriter, value: number) => writer.double(value) }

function readFloat(reader: ThriftReader): number {
  const value = reader.double()
  if (isFloat(value)) return Math.fround(value)
  throw new Fault('expected float, got a number out of its range')
}

function readUint32(reader: ThriftReader): number {
  const value = reader.long()
  if (isUint32(value)) return value
  throw mismatch('uint32', value)
}

const bool: ThriftType = {
  wire: Wire.bool,
  isPlain: true,
  write(writer, value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    writer.bool(value)
  },
  read: reader => reader.bool(),
}

const text: ThriftType = {
  wire: Wire.binary,
  isPlain: true,
  write(writer, value) {
    if (typeof value !== 'string') throw mismatch('string', value)
    writer.string(value)
  },
  read: reader => reader.string(),
}

function wellKnown(name: WellKnownName, limit: number): ThriftType {
  const form = wellKnownText(name, limit)
  return {
    wire: Wire.binary,
    write: (writer, value) => writer.string(form.write(value)),
    read: reader => form.read(reader.string()),
  }
}

const blob: ThriftType = {
  wire: Wire.binary,
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
    writer.binary(value)
  },
  read: reader => reader.binary(),
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const uuid: ThriftType = {
  wire: Wire.uuid,
  write(writer, value) {
    if (typeof value !== 'string') throw mismatch('uuid', value)
    if (!uuidForm.test(value)) throw new Fault('expected uuid, got text of another form')
    writer.uuid(value.replaceAll('-', ''))
  },
  read: reader => reader.uuid(),
}

const timestamp: ThriftType = {
  wire: Wire.i64,
  write: (writer, value) => writer.long(instantOf(value)),
  read: reader => new Date(checkInstant(reader.long())),
}

/** Up to this many microseconds a number is exact, and faster than a bigint. */
const exact = Number.MAX_SAFE_INTEGER

/** @throws Fault for nanoseconds between two microseconds. What is below a nanosecond is no part of a duration. */
function microsecondsOf(milliseconds: number, seconds: number): number {
  const microseconds = Math.round(milliseconds * 1000)
  if (microseconds / 1000 === milliseconds || nanosOf(milliseconds, seconds) % 1000 === 0) return microseconds
  throw new Fault('expected duration of whole microseconds, got a fraction of one; round it')
}

const duration: ThriftType = {
  wire: Wire.i64,
  write(writer, value) {
    const microseconds = microsecondsOf(value as number, secondsOf(value))
    if (Math.abs(microseconds) <= exact) writer.long(microseconds)
    else writer.i64(BigInt(microseconds))
  },
  read(reader) {
    const milliseconds = reader.long() / 1000
    if (Math.abs(Math.trunc(milliseconds / 1000)) <= maxDurationSeconds) return milliseconds
    throw new Fault(`expected duration, got one over ${maxDurationSeconds} seconds`)
  },
}

export function thriftEnum(type: EnumType): ThriftType {
  const numbers = new EnumNumbers(type)
  return {
    wire: Wire.i32,
    write: (writer, value) => writer.i32(numbers.numberOf(value)),
    read: reader => numbers.memberOf(reader.i32()),
  }
}
