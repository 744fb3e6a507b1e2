import type { EnumType, ScalarName } from '../../schema/type.js'
import { enumLabel, Fault, mismatch } from '../values/fault.js'
import { isInt32, isInt64, isUint64 } from '../values/fits.js'
import { maxFloat, type ScalarForms, scalarOf } from '../values/scalar-forms.js'
import { instantOf, secondsOf } from '../values/time.js'
import { wellKnownText } from '../values/well-known.js'
import type { AvroWriter } from './writer.js'

/** Writes a value of one type. `depth` counts the messages around it. @throws Fault */
export type AvroWrite = (out: AvroWriter, value: unknown, depth: number) => void

export function scalarWrite(name: ScalarName): AvroWrite {
  return scalarOf(name, forms)
}

const double: AvroWrite = (out, value) => {
  if (typeof value !== 'number') throw mismatch('double', value)
  out.double(value)
}

const float: AvroWrite = (out, value) => {
  if (typeof value !== 'number') throw mismatch('float', value)
  if (Math.abs(value) > maxFloat && Number.isFinite(value))
    throw new Fault('expected float, got a number out of its range')
  out.float(value)
}

function int32(name: string): AvroWrite {
  return (out, value) => {
    if (!isInt32(value)) throw mismatch(name, value)
    out.int(value)
  }
}

function integer(name: string, min: number, max: number): AvroWrite {
  return (out, value) => {
    if (typeof value !== 'number' || value < min || value > max || !Number.isInteger(value)) throw mismatch(name, value)
    out.long(value)
  }
}

function int64(name: string): AvroWrite {
  return (out, value) => {
    if (!isInt64(value)) throw mismatch(`${name} (a bigint)`, value)
    out.bigLong(value)
  }
}

function uint64(name: string): AvroWrite {
  return (out, value) => {
    if (!isUint64(value)) throw mismatch(`${name} (a bigint)`, value)
    out.decimal(value)
  }
}

const bool: AvroWrite = (out, value) => {
  if (typeof value !== 'boolean') throw mismatch('bool', value)
  out.boolean(value)
}

function text(name: string): AvroWrite {
  return (out, value) => {
    if (typeof value !== 'string') throw mismatch(name, value)
    out.string(value)
  }
}

const blob: AvroWrite = (out, value) => {
  if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
  out.blob(value)
}

const forms: ScalarForms<AvroWrite> = {
  floating: name => (name === 'double' ? double : float),
  integer: (name, min, max) => (max === 2 ** 31 - 1 ? int32(name) : integer(name, min, max)),
  long: (name, min) => (min < 0n ? int64(name) : uint64(name)),
  text,
  bool,
  bytes: blob,
  timestamp: (out, value) => out.long(instantOf(value)),
  duration(out, value) {
    secondsOf(value)
    out.double(value as number)
  },
  wellKnown(name) {
    const { write } = wellKnownText(name, 0)
    return (out, value) => out.string(write(value))
  },
}

/** By symbol. An unknown number of an open enum has no symbol, so Avro cannot carry it. */
export function enumWrite(type: EnumType): AvroWrite {
  const indices = new Map<unknown, number>()
  for (const [index, { value }] of type.values.entries()) if (!indices.has(value)) indices.set(value, index)
  const expected = enumLabel(type)
  return (out, value) => {
    const index = indices.get(value)
    if (index === undefined) throw mismatch(expected, value)
    out.int(index)
  }
}
