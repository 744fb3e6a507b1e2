import type { EnumType, ScalarType, WellKnownName } from '../../schema/type.js'
import { enumLabel, Fault, mismatch } from '../values/fault.js'
import { isInt32 } from '../values/fits.js'
import { carrierOf, refineOf } from '../values/refined.js'
import { maxFloat, type ScalarForms, scalarOf } from '../values/scalar-forms.js'
import { checkInstant, instantOf, secondsOf } from '../values/time.js'
import { checkJson, receivedJson, wellKnownText } from '../values/well-known.js'
import { readPlain, writePlain } from './plain-values.js'
import type { PackReader } from './reader.js'
import type { PackWriter } from './writer.js'

/** Writes and reads the values of one type. Both throw Faults. `depth` counts the messages around the value. */
export interface PackType {
  write(writer: PackWriter, value: unknown, depth: number): void
  /** @returns undefined for a value that counts as absent: an enum's member that this reader does not have */
  read(reader: PackReader, depth: number): unknown
}

/**
 * A duration is a number of milliseconds, as in TypeScript: MessagePack has no type for it.
 * @param limit `limits.values`
 */
export function packScalar(type: ScalarType, limit: number): PackType {
  const carrier = scalarOf(carrierOf(type), { ...forms, wellKnown: known => wellKnown(known, limit) })
  if (type.refined === undefined) return carrier
  const refine = refineOf(type.refined)
  return {
    write: (writer, value, depth) => carrier.write(writer, refine(value), depth),
    read: (reader, depth) => refine(carrier.read(reader, depth)),
  }
}

const double: PackType = {
  write(writer, value) {
    if (typeof value !== 'number') throw mismatch('double', value)
    writer.double(value)
  },
  read: reader => Number(reader.number('double')),
}

const float: PackType = {
  write(writer, value) {
    if (typeof value !== 'number') throw mismatch('float', value)
    writer.float(checkFloat(value))
  },
  read: reader => Math.fround(checkFloat(Number(reader.number('float')))),
}

function checkFloat(value: number): number {
  if (!(Number.isFinite(value) && Math.abs(value) > maxFloat)) return value
  throw new Fault('expected float, got a number out of its range')
}

/** Accepts a float that is a whole number: some writers have no integers. */
function integer(name: string, min: number, max: number): PackType {
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && value >= min && value <= max && Number.isInteger(value)
  return {
    write(writer, value) {
      if (!fits(value)) throw mismatch(name, value)
      writer.integer(value)
    },
    read(reader) {
      const small = reader.smallInteger()
      if (small >= 0) return small
      const value = reader.number(name)
      if (fits(value)) return value + 0
      throw mismatch(name, value)
    },
  }
}

function longInteger(name: string, min: bigint, max: bigint): PackType {
  return {
    write(writer, value) {
      if (typeof value !== 'bigint' || value < min || value > max) throw mismatch(`${name} (a bigint)`, value)
      writer.long(value)
    },
    read(reader) {
      const number = reader.number(name)
      const value = typeof number === 'bigint' ? number : Number.isInteger(number) ? BigInt(number) : undefined
      if (value !== undefined && value >= min && value <= max) return value
      throw mismatch(name, number)
    },
  }
}

const boolean: PackType = {
  write(writer, value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    writer.bool(value)
  },
  read: reader => reader.bool(),
}

function text(name: string): PackType {
  return {
    write(writer, value) {
      if (typeof value !== 'string') throw mismatch(name, value)
      writer.text(value)
    },
    read: reader => reader.text(name),
  }
}

const blob: PackType = {
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
    writer.bin(value)
  },
  read: reader => reader.bin(),
}

const instant: PackType = {
  write(writer, value) {
    const time = instantOf(value)
    const seconds = Math.floor(time / 1000)
    writer.timestamp(seconds, (time - seconds * 1000) * 1e6)
  },
  read: reader => new Date(checkInstant(reader.timestamp())),
}

const span: PackType = {
  write(writer, value) {
    secondsOf(value)
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.integer(value as number)
    else writer.double(value as number)
  },
  read(reader) {
    const value = Number(reader.number('duration (a number of milliseconds)'))
    secondsOf(value)
    return value
  },
}

/** JSON is written as MessagePack's own maps and arrays. */
function wellKnown(name: WellKnownName, limit: number): PackType {
  if (name !== 'fieldMask')
    return {
      write(writer, value) {
        checkJson(value, name)
        writePlain(writer, value)
      },
      read: reader => receivedJson(readPlain(reader, limit, Object.prototype), { name, take: () => {} }),
    }
  const mask = wellKnownText(name, limit)
  return {
    write: (writer, value) => writer.text(mask.write(value)),
    read: reader => mask.read(reader.text(name)),
  }
}

const forms: Omit<ScalarForms<PackType>, 'wellKnown'> = {
  floating: name => (name === 'double' ? double : float),
  integer,
  long: longInteger,
  text,
  bool: boolean,
  bytes: blob,
  timestamp: instant,
  duration: span,
}

/**
 * Reads names and numbers, whichever it writes. An open enum keeps an unknown number. Any other unknown member counts as absent: a newer
 * peer may have it.
 */
export function packEnum(type: EnumType, byNumber: boolean): PackType {
  const members = new Map<unknown, { readonly name: string; readonly number: number }>()
  for (const member of type.values) if (!members.has(member.value)) members.set(member.value, member)
  const expected = enumLabel(type)
  return {
    write(writer, value) {
      const member = members.get(value)
      if (member === undefined) {
        if (!type.open || !isInt32(value)) throw mismatch(expected, value)
        writer.integer(value)
      } else if (byNumber) writer.integer(member.number)
      else writer.text(member.name)
    },
    read(reader) {
      const head = reader.peek()
      if (head < 0x80 || head >= 0xe0 || (head >= 0xca && head <= 0xd3)) {
        const number = reader.number(expected)
        if (!isInt32(number)) throw mismatch(expected, number)
        return type.byNumber.get(number)?.value ?? (type.open ? number : undefined)
      }
      return type.byName.get(reader.text(expected))?.value
    },
  }
}
