import { integerOf } from '../bytes/json-text.js'
import { Fault, mismatch } from '../values/fault.js'
import { Inline, type JsonType } from './value.js'

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A number, a long integer, or a quoted number of ProtoJSON; undefined for any other value. */
function numberOf(json: unknown): number | undefined {
  if (typeof json === 'number') return json
  if (typeof json === 'bigint') return Number(json)
  return typeof json === 'string' && json.length <= 400 && numberForm.test(json) ? Number(json) : undefined
}

/** Writes negative zero in quotes: JSON.stringify and many parsers turn a bare one into 0. */
export function floating(name: string, max: number): JsonType {
  const special = new Map([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
  ])
  const check = (value: number): number => {
    if (value <= max && value >= -max) return value
    throw new Fault(`expected ${name}, got a number out of its range`)
  }
  const read = (json: unknown): number => {
    const value = numberOf(json)
    if (value !== undefined) return check(value)
    const found = special.get(json as string)
    if (found === undefined) throw mismatch(name, json)
    return found
  }
  return {
    inline: max === Number.MAX_VALUE ? Inline.double : Inline.none,
    write(writer, value) {
      if (typeof value !== 'number') throw mismatch(name, value)
      if (!Number.isFinite(value)) writer.quoted(String(value))
      else if (value === 0 && Object.is(value, -0)) writer.ascii('"-0"')
      else if (value === (value | 0)) writer.integer(value)
      else writer.ascii(String(check(value)))
    },
    read,
    scan: cursor => read(cursor.isText() ? cursor.text() : cursor.number()),
  }
}

export function integer(name: string, min: number, max: number): JsonType {
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && value >= min && value <= max && Number.isInteger(value)
  const read = (json: unknown): number => {
    const value = numberOf(json)
    if (fits(value)) return value + 0
    throw mismatch(name, json)
  }
  return {
    inline: max >= 999_999_999 ? Inline.integer : Inline.none,
    write(writer, value) {
      if (!fits(value)) throw mismatch(name, value)
      writer.integer(value)
    },
    read,
    scan(cursor) {
      const plain = cursor.plainInteger()
      if (plain < 0) return read(cursor.value())
      return plain <= max ? plain : read(plain)
    },
  }
}

export function longInteger(name: string, min: bigint, max: bigint): JsonType {
  const read = (json: unknown): bigint => {
    const value = bigintOf(json)
    if (value !== undefined && value >= min && value <= max) return value
    throw mismatch(name, json)
  }
  return {
    inline: min < 0n ? Inline.int64 : Inline.none,
    write(writer, value) {
      if (typeof value !== 'bigint' || value < min || value > max) throw mismatch(`${name} (a bigint)`, value)
      writer.long(value)
    },
    read,
    scan(cursor) {
      const value = cursor.quotedInteger()
      return read(value === undefined ? cursor.value() : value)
    },
  }
}

/** A double beyond 2^53 was rounded from a number that is not an integer, or has more than 20 digits. */
function bigintOf(json: unknown): bigint | undefined {
  if (typeof json === 'bigint') return json
  if (typeof json === 'string') return integerOf(json)
  return Number.isSafeInteger(json) ? BigInt(json as number) : undefined
}
