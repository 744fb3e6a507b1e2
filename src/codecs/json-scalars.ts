import type { ScalarName } from '../schema/type.js'
import { fromBase64, toBase64 } from './base64.js'
import { Fault, mismatch } from './fault.js'
import { quote } from './json-text.js'
import {
  fraction,
  instantFromText,
  instantText,
  maxDurationSeconds,
  millisecondsOf,
  nanosOf,
  secondsOf,
} from './time.js'

/** How values of one type stand in JSON. Both throw Faults. `depth` counts the messages above. */
export interface JsonType {
  /** @returns JSON text */
  write(value: unknown, depth: number): string
  /** @param json as JSON.parse made it, a bigint where a long integer stood */
  read(json: unknown, depth: number): unknown
}

/** Source of the forms: protobuf's ProtoJSON format, "Representation of each type". */
export function jsonScalar(name: ScalarName): JsonType {
  switch (name) {
    case 'double':
      return floating('double', Number.MAX_VALUE)
    case 'float':
      return floating('float', 3.4028234663852886e38)
    case 'int8':
      return integer('int8', -128, 127)
    case 'int16':
      return integer('int16', -32_768, 32_767)
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return integer(name, -(2 ** 31), 2 ** 31 - 1)
    case 'uint32':
    case 'fixed32':
      return integer(name, 0, 2 ** 32 - 1)
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return longInteger(name, -(2n ** 63n), 2n ** 63n - 1n)
    case 'uint64':
    case 'fixed64':
      return longInteger(name, 0n, 2n ** 64n - 1n)
    case 'bool':
      return boolean
    case 'string':
    case 'uuid':
      return text(name)
    case 'bytes':
      return base64
    case 'timestamp':
      return instant
    case 'duration':
      return span
  }
}

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A number, the long integers and quoted numbers of ProtoJSON included; undefined for what is none. */
function numberOf(json: unknown): number | undefined {
  if (typeof json === 'number') return json
  if (typeof json === 'bigint') return Number(json)
  return typeof json === 'string' && json.length <= 400 && numberForm.test(json) ? Number(json) : undefined
}

/** Negative zero has quotes, since JSON.stringify and many parsers take a bare one for zero. */
function floating(name: string, max: number): JsonType {
  const special = new Map([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
  ])
  const check = (value: number): number => {
    if (value <= max && value >= -max) return value
    throw new Fault(`expected ${name}, got a number out of its range`)
  }
  return {
    write(value) {
      if (typeof value !== 'number') throw mismatch(name, value)
      if (Number.isFinite(value)) return value === 0 && Object.is(value, -0) ? '"-0"' : String(check(value))
      return `"${value}"`
    },
    read(json) {
      const value = numberOf(json)
      if (value !== undefined) return check(value)
      const found = special.get(json as string)
      if (found === undefined) throw mismatch(name, json)
      return found
    },
  }
}

function integer(name: string, min: number, max: number): JsonType {
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && value >= min && value <= max && Number.isInteger(value)
  return {
    write(value) {
      if (fits(value)) return String(value)
      throw mismatch(name, value)
    },
    read(json) {
      const value = numberOf(json)
      if (fits(value)) return value + 0
      throw mismatch(name, json)
    },
  }
}

function longInteger(name: string, min: bigint, max: bigint): JsonType {
  return {
    write(value) {
      if (typeof value === 'bigint' && value >= min && value <= max) return `"${value}"`
      throw mismatch(`${name} (a bigint)`, value)
    },
    read(json) {
      const value = bigintOf(json)
      if (value !== undefined && value >= min && value <= max) return value
      throw mismatch(name, json)
    },
  }
}

const integerForm = /^-?(?:0|[1-9]\d{0,19})$/

function bigintOf(json: unknown): bigint | undefined {
  if (typeof json === 'bigint') return json
  if (typeof json === 'string' && integerForm.test(json)) return BigInt(json)
  const value = numberOf(json)
  return Number.isInteger(value) ? BigInt(value as number) : undefined
}

const boolean: JsonType = {
  write(value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    return value ? 'true' : 'false'
  },
  read(json) {
    if (typeof json !== 'boolean') throw mismatch('bool', json)
    return json
  },
}

function text(name: string): JsonType {
  return {
    write(value) {
      if (typeof value !== 'string') throw mismatch(name, value)
      return quote(value)
    },
    read(json) {
      if (typeof json !== 'string') throw mismatch(name, json)
      if (!json.isWellFormed()) throw new Fault(`expected ${name}, got text with half a surrogate pair`)
      return json
    },
  }
}

/** Written in the standard alphabet with padding; read in the URL-safe one too, and without padding. */
const base64: JsonType = {
  write(value) {
    if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
    return `"${toBase64(value)}"`
  },
  read(json) {
    if (typeof json !== 'string') throw mismatch('bytes in base64', json)
    return fromBase64(json)
  },
}

const instant: JsonType = {
  write(value) {
    return `"${instantText(value)}"`
  },
  read(json) {
    if (typeof json !== 'string') throw mismatch('timestamp', json)
    return instantFromText(json)
  },
}

const span: JsonType = {
  write(value) {
    const seconds = secondsOf(value)
    const nanos = nanosOf(value as number, seconds)
    const sign = seconds < 0 || nanos < 0 ? '-' : ''
    return `"${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s"`
  },
  read(json) {
    if (typeof json !== 'string') throw mismatch('duration', json)
    const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json)
    if (match === null) throw new Fault('expected duration, got text that is not of the form 1.5s')
    const [, sign, whole, digits = ''] = match
    const seconds = Number(whole)
    if (seconds > maxDurationSeconds) throw new Fault(`expected duration, got one over ${maxDurationSeconds} seconds`)
    const milliseconds = millisecondsOf(seconds, Number(digits.padEnd(9, '0')))
    return sign === '-' ? 0 - milliseconds : milliseconds
  },
}
