import { fromBase64, toBase64 } from '../../codecs/values/base64.js'
import { Fault, halfPair, mismatch } from '../../codecs/values/fault.js'
import type { ScalarForms } from '../../codecs/values/scalar-forms.js'
import { durationOf, durationText, instantFromText, instantText } from '../../codecs/values/time.js'
import { camelMask, checkJson, maskOfCamel, receivedJson } from '../../codecs/values/well-known.js'
import type { WellKnownName } from '../../schema/type.js'

/** Turns the values of one type into values for JSON.stringify, and back. Both throw Faults. `depth` counts the messages around a value. */
export interface PageType {
  write(value: unknown, depth: number): unknown
  /** @returns undefined for a value that counts as absent */
  read(json: unknown, depth: number): unknown
}

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const special = /^(?:NaN|-?Infinity)$/

function numberOf(json: unknown): unknown {
  return typeof json === 'string' && json.length <= 400 && numberForm.test(json) ? Number(json) : json
}

function wellKnown(name: WellKnownName): PageType {
  if (name === 'fieldMask') return { write: camelMask, read: json => maskOfCamel(textIn(json, name)) }
  return {
    write(value) {
      checkJson(value, name)
      return value
    },
    read: json => receivedJson(name === 'nullValue' && json === 'NULL_VALUE' ? null : json, { name, take() {} }),
  }
}

function textIn(value: unknown, name: string): string {
  if (typeof value !== 'string') throw mismatch(name, value)
  if (!value.isWellFormed()) throw halfPair(name)
  return value
}

/** A type whose values JSON holds as they are. */
function asItIs(check: (value: unknown) => unknown): PageType {
  return { write: check, read: check }
}

/** Source: protobuf's ProtoJSON format, as in codecs/json. Integers of 64 bits are read from numbers only where those are exact. */
export const forms: ScalarForms<PageType> = {
  floating: (name, max) => ({
    write(value) {
      if (typeof value !== 'number') throw mismatch(name, value)
      if (!Number.isFinite(value)) return String(value)
      return Object.is(value, -0) ? '-0' : within(value, max, name)
    },
    read(json) {
      if (special.test(json as string)) return Number(json)
      const value = numberOf(json)
      if (typeof value !== 'number') throw mismatch(name, json)
      return within(value, max, name)
    },
  }),
  integer(name, min, max) {
    const checked = (value: unknown, from: unknown) => {
      if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return (value as number) + 0
      throw mismatch(name, from)
    }
    return { write: value => checked(value, value), read: json => checked(numberOf(json), json) }
  },
  long(name, min, max) {
    const checked = (value: unknown, from: unknown) => {
      if (typeof value === 'bigint' && value >= min && value <= max) return value
      throw mismatch(name, from)
    }
    return {
      write: value => String(checked(value, value)),
      read(json) {
        const isExact = typeof json === 'string' ? /^-?\d{1,20}$/.test(json) : Number.isSafeInteger(json)
        return checked(isExact ? BigInt(json as string) : undefined, json)
      },
    }
  },
  text: name => asItIs(value => textIn(value, name)),
  bool: asItIs(value => {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    return value
  }),
  bytes: {
    write(value) {
      if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
      return toBase64(value)
    },
    read: json => fromBase64(textIn(json, 'bytes in base64')),
  },
  timestamp: { write: instantText, read: json => instantFromText(textIn(json, 'timestamp')) },
  duration: {
    write: value => durationText(value, '', 's'),
    read(json) {
      const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(textIn(json, 'duration'))
      if (match === null) throw new Fault('expected duration, got text that is not of the form 1.5s')
      return durationOf(match[1] === '-', Number(match[2]), match[3] ?? '')
    },
  },
  wellKnown,
}

function within(value: number, max: number, name: string): number {
  if (value <= max && value >= -max) return value
  throw new Fault(`expected ${name}, got a number out of its range`)
}
