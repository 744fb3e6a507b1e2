import type {
  DecimalRefinement,
  FixedRefinement,
  Refinement,
  TimeRefinement,
  TimeUnit,
  UnitRefinement,
} from '../../schema/refinement.js'
import { converted, countOf, textOf } from '../values/civil-time.js'
import { decimalText, rescaled, unscaledOf } from '../values/decimals.js'
import { Fault } from '../values/fault.js'
import { isInt64 } from '../values/fits.js'
import { refineOf } from '../values/refined.js'
import type { AvroRead } from './scalar-reads.js'
import type { AvroWrite } from './scalar-writes.js'
import type { AvroSchema, FixedSchema, PrimitiveSchema } from './schema.js'

/** @param fixed names a `fixed` */
export function refinedSchema(
  refined: Refinement,
  fixed: (schema: Omit<FixedSchema, 'kind' | 'name'>, name: string | undefined) => FixedSchema,
): AvroSchema {
  switch (refined.kind) {
    case 'fixed':
      return fixed(sizeAndDoc(refined), refined.name)
    case 'decimal': {
      const { precision, scale, fixed: holder } = refined
      const logical = { logicalType: 'decimal', precision, scale }
      return holder === undefined
        ? { kind: 'bytes', ...logical }
        : fixed({ ...sizeAndDoc(holder), ...logical }, holder.name)
    }
    default:
      return { kind: kindOf(refined), logicalType: logicalTypeOf(refined) }
  }
}

function sizeAndDoc({ size, doc, properties }: FixedRefinement): Pick<FixedSchema, 'size' | 'doc' | 'properties'> {
  return { size, doc, properties }
}

/** How a `uint64` is written: as a decimal. */
export const uint64Refinement: DecimalRefinement = { kind: 'decimal', precision: 20, scale: 0 }

function kindOf(refined: TimeRefinement): PrimitiveSchema['kind'] {
  return refined.kind === 'date' || (refined.kind === 'timeOfDay' && refined.unit === 'millis') ? 'int' : 'long'
}

/** What stands before the unit in a logical type. */
export const prefixes = { timeOfDay: 'time', timestamp: 'timestamp', localTimestamp: 'local-timestamp' } as const

function logicalTypeOf(refined: TimeRefinement): string {
  return refined.kind === 'date' ? 'date' : `${prefixes[refined.kind]}-${refined.unit}`
}

/**
 * How to read what a peer wrote, in its unit and scale. A value that ours cannot hold is a Fault, never rounded.
 * @returns undefined if the one cannot become the other
 */
export function refinedRead(writer: AvroSchema, refined: Refinement): AvroRead | undefined {
  switch (refined.kind) {
    case 'fixed': {
      const { size } = refined
      return writer.kind === 'fixed' && writer.size === size ? from => from.raw(size) : undefined
    }
    case 'decimal':
      return decimalRead(writer, refined)
    default: {
      if (writer.kind !== 'int' && writer.kind !== 'long') return undefined
      if (refined.kind === 'date')
        return (writer.logicalType ?? 'date') === 'date' ? from => textOf(from.bigLong(), refined) : undefined
      const unit = unitOf(writer, refined)
      if (unit === undefined) return undefined
      return from => textOf(converted(from.bigLong(), unit, refined.unit), refined)
    }
  }
}

function decimalRead(writer: AvroSchema, refined: DecimalRefinement): AvroRead | undefined {
  if ((writer.kind !== 'bytes' && writer.kind !== 'fixed') || writer.logicalType !== 'decimal') return undefined
  const size = writer.kind === 'fixed' ? writer.size : undefined
  const { scale = 0 } = writer
  return from => decimalText(rescaled(from.decimal(size ?? from.size(), longest), scale, refined.scale), refined)
}

/** Bytes of a decimal with the most digits that `decimal` takes, and as many zeros before them. */
const longest = 1024

/** The unit of a peer's schema: ours if it has no logical type; undefined if it counts something else. */
function unitOf(schema: AvroSchema, { kind, unit }: UnitRefinement): TimeUnit | undefined {
  if (schema.kind !== 'int' && schema.kind !== 'long') return undefined
  if (schema.logicalType === undefined) return unit
  const match = /^(.+)-(millis|micros|nanos)$/.exec(schema.logicalType)
  return match?.[1] === prefixes[kind] ? (match[2] as TimeUnit) : undefined
}

/** @param reader the peer's schema, whose unit a time gets, since peers resolve a `long` to a `long` whatever it counts */
export function refinedWrite(refined: Refinement, reader?: AvroSchema): AvroWrite {
  const refine = refineOf(refined)
  switch (refined.kind) {
    case 'fixed':
      return (out, value) => out.raw(refine(value) as Uint8Array)
    case 'decimal': {
      const size = refined.fixed?.size
      const bytesOf = (value: unknown) => twosComplement(unscaledOf(refine(value) as string, refined), size)
      return size === undefined ? (out, value) => out.blob(bytesOf(value)) : (out, value) => out.raw(bytesOf(value))
    }
    case 'date':
      return (out, value) => out.int(Number(countOf(refine(value) as string, refined)))
    default: {
      const branches = reader?.kind === 'union' ? reader.branches : reader === undefined ? [] : [reader]
      const unit = branches.map(one => unitOf(one, refined)).find(one => one !== undefined) ?? refined.unit
      return (out, value) => {
        const count = converted(countOf(refine(value) as string, refined), refined.unit, unit)
        if (!isInt64(count)) throw new Fault(`expected ${refined.kind}, got one that 64 bits of ${unit} cannot hold`)
        out.bigLong(count)
      }
    }
  }
}

/** Big-endian. @param size in bytes; default: as few as possible */
function twosComplement(value: bigint, size?: number): Uint8Array {
  let length = size ?? Math.ceil(((value < 0n ? ~value : value).toString(16).length * 4 + 1) / 8)
  if (size === undefined && length > 1 && BigInt.asIntN(8 * (length - 1), value) === value) length--
  return Buffer.from(
    BigInt.asUintN(8 * length, value)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  )
}

/** A value as a default in a schema; undefined if JSON cannot express it. */
export function refinedToJson(value: unknown, refined: Refinement): unknown {
  try {
    const canonical = refineOf(refined)(value)
    if (refined.kind === 'fixed') return latin1(canonical as Uint8Array)
    if (refined.kind === 'decimal')
      return latin1(twosComplement(unscaledOf(canonical as string, refined), refined.fixed?.size))
    const count = Number(countOf(canonical as string, refined))
    return Number.isSafeInteger(count) ? count : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** The opposite; undefined for JSON that is not a value of the type. */
export function refinedFromJson(json: unknown, refined: Refinement): string | Uint8Array | undefined {
  try {
    if (refined.kind === 'fixed' || refined.kind === 'decimal') {
      if (typeof json !== 'string' || /[^\0-\xff]/.test(json)) return undefined
      const bytes = new Uint8Array(Buffer.from(json, 'latin1'))
      if (refined.kind === 'fixed') return refineOf(refined)(bytes) as Uint8Array
      return decimalText(BigInt.asIntN(8 * bytes.length, BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)), refined)
    }
    return Number.isSafeInteger(json) ? textOf(BigInt(json as number), refined) : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
