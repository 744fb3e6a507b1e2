import type { EnumType, ScalarName } from '../../schema/type.js'
import { Fault, mismatch, shortened } from '../values/fault.js'
import { checkInstant, secondsOf } from '../values/time.js'
import type { AvroReader } from './reader.js'
import type { AvroSchema, EnumSchema } from './schema.js'

/** Reads a value of one writer's schema as one of our types; undefined stands for null. `depth` counts the messages above. @throws Fault */
export type AvroRead = (from: AvroReader, depth: number) => unknown

/**
 * How what `writer` wrote is read as one of our scalars: its promotions (int to long, float and double, string to bytes and back), and
 * integers of any width, each value checked to fit. Source: Avro specification, "Schema Resolution".
 * @returns undefined where the one cannot become the other
 */
export function scalarRead(writer: AvroSchema, name: ScalarName): AvroRead | undefined {
  switch (name) {
    case 'double':
      return numberRead(writer)
    case 'float':
      return numberRead(writer)
    case 'int8':
      return integerRead(writer, name, [-128, 127])
    case 'int16':
      return integerRead(writer, name, [-32_768, 32_767])
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return isInteger(writer) ? from => from.int() : undefined
    case 'uint32':
    case 'fixed32':
      return integerRead(writer, name, [0, 2 ** 32 - 1])
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return isInteger(writer) ? from => from.bigLong() : undefined
    case 'uint64':
    case 'fixed64':
      return uint64Read(writer, name)
    case 'bool':
      return writer.kind === 'boolean' ? from => from.boolean() : undefined
    case 'string':
    case 'uuid':
      return writer.kind === 'string' || writer.kind === 'bytes' ? from => from.string() : undefined
    case 'bytes':
      return bytesRead(writer)
    case 'timestamp':
      return timestampRead(writer)
    case 'duration':
      return durationRead(writer)
  }
}

function isInteger(writer: AvroSchema): boolean {
  return writer.kind === 'int' || writer.kind === 'long'
}

function numberRead(writer: AvroSchema): AvroRead | undefined {
  if (writer.kind === 'double') return from => from.double()
  if (writer.kind === 'float') return from => from.float()
  return isInteger(writer) ? from => from.longAsDouble() : undefined
}

function integerRead(writer: AvroSchema, name: string, [min, max]: readonly [number, number]): AvroRead | undefined {
  if (!isInteger(writer)) return undefined
  return from => {
    const value = from.long()
    if (value < min || value > max) throw mismatch(name, value)
    return value
  }
}

function uint64Read(writer: AvroSchema, name: string): AvroRead | undefined {
  const isDecimal = writer.kind === 'bytes' || writer.kind === 'fixed'
  if (isDecimal && writer.logicalType === 'decimal' && (writer.scale ?? 0) === 0) {
    const size = writer.kind === 'fixed' ? writer.size : undefined
    return from => checkUint64(from.decimal(size ?? from.size()), name)
  }
  return isInteger(writer) ? from => checkUint64(from.bigLong(), name) : undefined
}

function checkUint64(value: bigint, name: string): bigint {
  if (value < 0n || value >= 2n ** 64n) throw mismatch(name, value)
  return value
}

function bytesRead(writer: AvroSchema): AvroRead | undefined {
  if (writer.kind === 'fixed') {
    const { size } = writer
    return from => from.raw(size)
  }
  return writer.kind === 'bytes' || writer.kind === 'string' ? from => from.blob() : undefined
}

const perMillisecond: ReadonlyMap<string | undefined, number> = new Map([
  ['timestamp-micros', 1e3],
  ['local-timestamp-micros', 1e3],
  ['timestamp-nanos', 1e6],
  ['local-timestamp-nanos', 1e6],
])

function timestampRead(writer: AvroSchema): AvroRead | undefined {
  if (writer.kind !== 'long' && writer.kind !== 'int') return undefined
  const divisor = perMillisecond.get(writer.logicalType)
  if (divisor === undefined) return from => new Date(checkInstant(from.long()))
  return from => new Date(checkInstant(Math.floor(from.longAsDouble() / divisor)))
}

function durationRead(writer: AvroSchema): AvroRead | undefined {
  const read = numberRead(writer)
  if (read === undefined) return undefined
  return (from, depth) => {
    const value = read(from, depth)
    secondsOf(value)
    return value
  }
}

/** By symbol. A symbol that our enum does not know is its zero, where it is open and has one. */
export function enumRead(writer: EnumSchema, type: EnumType): AvroRead {
  const zero = type.open ? type.byNumber.get(0)?.value : undefined
  const values = writer.symbols.map(symbol => type.byName.get(symbol)?.value ?? zero)
  const expected = `${type.name ?? 'enum'} (${shortened(type.values.map(({ name }) => name).join(', '))})`
  return from => {
    const index = from.int()
    const value = values[index]
    if (value !== undefined) return value
    const symbol = writer.symbols[index]
    throw new Fault(`expected ${expected}, got ${symbol === undefined ? `symbol ${index}` : shortened(symbol)}`)
  }
}
