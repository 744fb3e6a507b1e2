import type { EnumType, ScalarName } from '../../schema/type.js'
import { Fault, mismatch, shortened } from '../values/fault.js'
import { instantOf, secondsOf } from '../values/time.js'
import type { AvroWriter } from './writer.js'

/** Writes a value of one type. `depth` counts the messages above. @throws Fault */
export type AvroWrite = (out: AvroWriter, value: unknown, depth: number) => void

export function scalarWrite(name: ScalarName): AvroWrite {
  switch (name) {
    case 'double':
      return double
    case 'float':
      return float
    case 'int8':
      return integer(name, -128, 127)
    case 'int16':
      return integer(name, -32_768, 32_767)
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return int32(name)
    case 'uint32':
    case 'fixed32':
      return integer(name, 0, 2 ** 32 - 1)
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return int64(name)
    case 'uint64':
    case 'fixed64':
      return uint64(name)
    case 'bool':
      return bool
    case 'string':
    case 'uuid':
      return text(name)
    case 'bytes':
      return blob
    case 'timestamp':
      return (out, value) => out.long(instantOf(value))
    case 'duration':
      return (out, value) => {
        secondsOf(value)
        out.double(value as number)
      }
  }
}

const double: AvroWrite = (out, value) => {
  if (typeof value !== 'number') throw mismatch('double', value)
  out.double(value)
}

const maxFloat = 3.4028234663852886e38

const float: AvroWrite = (out, value) => {
  if (typeof value !== 'number') throw mismatch('float', value)
  if (Math.abs(value) > maxFloat && Number.isFinite(value))
    throw new Fault('expected float, got a number out of its range')
  out.float(value)
}

function int32(name: string): AvroWrite {
  return (out, value) => {
    if (typeof value !== 'number' || (value | 0) !== value) throw mismatch(name, value)
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
    if (typeof value !== 'bigint' || value < -(2n ** 63n) || value >= 2n ** 63n)
      throw mismatch(`${name} (a bigint)`, value)
    out.bigLong(value)
  }
}

function uint64(name: string): AvroWrite {
  return (out, value) => {
    if (typeof value !== 'bigint' || value < 0n || value >= 2n ** 64n) throw mismatch(`${name} (a bigint)`, value)
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

/** By symbol. A number that an open enum does not know has no symbol, so Avro cannot carry it. */
export function enumWrite(type: EnumType): AvroWrite {
  const indices = new Map<unknown, number>()
  for (const [index, { value }] of type.values.entries()) if (!indices.has(value)) indices.set(value, index)
  const names = shortened(type.values.map(({ name }) => name).join(', '))
  const expected = `${type.name ?? 'enum'} (${names})`
  return (out, value) => {
    const index = indices.get(value)
    if (index === undefined) throw mismatch(expected, value)
    out.int(index)
  }
}
