import type { EnumType, ScalarName } from '../../schema/type.js'
import { enumLabel, Fault, mismatch } from '../values/fault.js'
import { isUint64 } from '../values/fits.js'
import { scalarOf } from '../values/scalar-forms.js'
import { secondsOf } from '../values/time.js'
import { wellKnownText } from '../values/well-known.js'
import type { AvroReader } from './reader.js'
import { type AvroSchema, type EnumSchema, unknownOf } from './schema.js'
import { timestampRead } from './time-units.js'

/**
 * Reads a value of a writer's schema as one of our types; undefined stands for null. `depth` counts the messages around it.
 * @throws Fault
 */
export type AvroRead = (from: AvroReader, depth: number) => unknown

/**
 * How to read a value of `writer` as one of our scalars. Follows Avro's promotions (int to long, float and double, string to bytes and
 * back), and reads integers of any width if the value fits. Source: Avro specification, "Schema Resolution".
 * @param limit `limits.values`
 * @returns undefined if the one cannot become the other
 */
export function scalarRead(writer: AvroSchema, name: ScalarName, limit: number): AvroRead | undefined {
  return scalarOf<AvroRead | undefined>(name, {
    floating: () => numberRead(writer),
    integer: (integer, min, max) => (max === 2 ** 31 - 1 ? intRead(writer) : integerRead(writer, integer, [min, max])),
    long: (long, min) => (min < 0n ? longRead(writer) : uint64Read(writer, long)),
    text: () => (writer.kind === 'string' || writer.kind === 'bytes' ? from => from.string() : undefined),
    bool: writer.kind === 'boolean' ? from => from.boolean() : undefined,
    bytes: bytesRead(writer),
    timestamp: timestampRead(writer),
    duration: durationRead(writer),
    wellKnown(known) {
      if (writer.kind !== 'string' && writer.kind !== 'bytes') return undefined
      const form = wellKnownText(known, limit)
      return from => form.read(from.string())
    },
  })
}

function isInteger(writer: AvroSchema): boolean {
  return writer.kind === 'int' || writer.kind === 'long'
}

function numberRead(writer: AvroSchema): AvroRead | undefined {
  if (writer.kind === 'double') return from => from.double()
  if (writer.kind === 'float') return from => from.float()
  return isInteger(writer) ? from => from.longAsDouble() : undefined
}

function intRead(writer: AvroSchema): AvroRead | undefined {
  return isInteger(writer) ? from => from.int() : undefined
}

function longRead(writer: AvroSchema): AvroRead | undefined {
  return isInteger(writer) ? from => from.bigLong() : undefined
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
  if (isUint64(value)) return value
  throw mismatch(name, value)
}

function bytesRead(writer: AvroSchema): AvroRead | undefined {
  if (writer.kind === 'fixed') {
    const { size } = writer
    return from => from.raw(size)
  }
  return writer.kind === 'bytes' || writer.kind === 'string' ? from => from.blob() : undefined
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

/**
 * By symbol. An unknown symbol becomes the enum's default, and is a Fault without one, as the specification has it. So is an index beyond the
 * symbols: without a handshake a newer writer's schema is unknown.
 */
export function enumRead(writer: EnumSchema, type: EnumType): AvroRead {
  const fallback = unknownOf(type)?.value
  const values = writer.symbols.map(symbol => type.byName.get(symbol)?.value ?? fallback)
  const expected = enumLabel(type)
  return from => {
    const index = from.int()
    if (index < 0) throw new Fault(`expected ${expected}, got symbol ${index}`)
    const value = values[index] ?? fallback
    if (value === undefined) throw new Fault(`expected ${expected}, got ${writer.symbols[index] ?? `symbol ${index}`}`)
    return value
  }
}

/** The key of a map. An unknown symbol is undefined: as the default it could replace the entry of another key. */
export function enumKeyRead(writer: EnumSchema, type: EnumType): AvroRead {
  const values = writer.symbols.map(symbol => type.byName.get(symbol)?.value)
  return from => values[from.int()]
}
