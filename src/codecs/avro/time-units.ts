/**
 * The units in which peers count time. Avro resolves a `long` to a `long` whatever their logical types are, so a number in another unit
 * than the reader's would be read as a wrong time without an error.
 */
import { Fault } from '../values/fault.js'
import { isInt64 } from '../values/fits.js'
import { checkInstant, instantOf } from '../values/time.js'
import type { AvroReader } from './reader.js'
import type { AvroWrite } from './scalar-writes.js'
import type { AvroSchema } from './schema.js'

/** By logical type. Any other one (`date`, `time-micros`) is not a point in time. */
const unitsPerMillisecond: ReadonlyMap<string | undefined, number> = new Map([
  [undefined, 1],
  ['timestamp-millis', 1],
  ['local-timestamp-millis', 1],
  ['timestamp-micros', 1e3],
  ['local-timestamp-micros', 1e3],
  ['timestamp-nanos', 1e6],
  ['local-timestamp-nanos', 1e6],
])

/** @returns undefined if the type is not a point in time */
function unitsOf(schema: AvroSchema): number | undefined {
  return schema.kind === 'long' || schema.kind === 'int' ? unitsPerMillisecond.get(schema.logicalType) : undefined
}

/** Reads a timestamp that a peer wrote in its unit; undefined if its type is not one. */
export function timestampRead(writer: AvroSchema): ((from: AvroReader) => Date) | undefined {
  const units = unitsOf(writer)
  if (units === undefined) return undefined
  if (units === 1) return from => new Date(checkInstant(from.long()))
  return from => new Date(checkInstant(Math.floor(from.longAsDouble() / units)))
}

/** Writes a timestamp in the unit of the peer that reads it. What cannot be written in it is a Fault. */
export function timestampWrite(reader: AvroSchema): AvroWrite {
  const type = reader.kind === 'union' ? (reader.branches.find(one => unitsOf(one) !== undefined) ?? reader) : reader
  const units = unitsOf(type)
  if (units === undefined) {
    const name = ('logicalType' in type && type.logicalType) || type.kind
    return () => {
      throw new Fault(`the peer reads ${name}, which is not a point in time`)
    }
  }
  if (units === 1) return (out, value) => out.long(instantOf(value))
  return (out, value) => {
    const time = BigInt(instantOf(value)) * BigInt(units)
    if (!isInt64(time)) throw new Fault('expected timestamp, got one that the unit of the peer cannot hold')
    out.bigLong(time)
  }
}
