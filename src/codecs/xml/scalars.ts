import type { EnumType, ScalarType, WellKnownName } from '../../schema/type.js'
import { fromBase64, toBase64 } from '../values/base64.js'
import { enumLabel, Fault, mismatch, shortened } from '../values/fault.js'
import { isInt32 } from '../values/fits.js'
import { carrierOf, refineOf } from '../values/refined.js'
import { type ScalarForms, scalarOf } from '../values/scalar-forms.js'
import { durationOf, durationText, instantFromText, instantText } from '../values/time.js'
import { wellKnownText } from '../values/well-known.js'
import { fromCarried, toCarried } from './text.js'

/** Writes and reads the values of one type as the text of an element or an attribute. Both throw Faults. */
export interface XmlText {
  /** For Faults. */
  readonly expected: string
  /** @returns text that the caller must escape */
  write(value: unknown): string
  /** @returns undefined for a value that counts as absent: an enum's member that this reader does not have */
  read(text: string): unknown
}

/**
 * Source of the forms: XML Schema Part 2, "Built-in datatypes". A value of JSON or a field mask is text.
 * @param limit `limits.values`
 */
export function xmlScalar(type: ScalarType, limit: number): XmlText {
  const carrier = scalarOf(carrierOf(type), { ...forms, wellKnown: known => wellKnown(known, limit) })
  if (type.refined === undefined) return carrier
  const refine = refineOf(type.refined)
  const isText = type.name !== 'bytes'
  return {
    expected: type.refined.kind,
    write: value => carrier.write(refine(value)),
    read: text => refine(carrier.read(isText ? trimmed(text) : text)),
  }
}

/** XML Schema's `whiteSpace` facet "collapse", for texts without white space inside. */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isSpace(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x09 || char === 0x0d
}

const decimalForm = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function floating(name: string, max: number): XmlText {
  const special = new Map([
    ['NaN', Number.NaN],
    ['INF', Number.POSITIVE_INFINITY],
    ['+INF', Number.POSITIVE_INFINITY],
    ['-INF', Number.NEGATIVE_INFINITY],
  ])
  const check = (value: number): number => {
    if (value <= max && value >= -max) return value
    throw new Fault(`expected ${name}, got a number out of its range`)
  }
  return {
    expected: name,
    write(value) {
      if (typeof value !== 'number') throw mismatch(name, value)
      if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(check(value))
      return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF'
    },
    read(given) {
      const text = trimmed(given)
      const found = special.get(text)
      if (found !== undefined) return found
      if (text.length > 400 || !decimalForm.test(text)) throw notOf(name, text)
      return check(Number(text))
    },
  }
}

const integerForm = /^[+-]?\d{1,40}$/

function integer(name: string, min: number, max: number): XmlText {
  const fits = (value: unknown): value is number =>
    typeof value === 'number' && value >= min && value <= max && Number.isInteger(value)
  return {
    expected: name,
    write(value) {
      if (fits(value)) return String(value)
      throw mismatch(name, value)
    },
    read(given) {
      const text = trimmed(given)
      const value = integerForm.test(text) ? Number(text) : undefined
      if (fits(value)) return value + 0
      throw notOf(name, text)
    },
  }
}

function longInteger(name: string, min: bigint, max: bigint): XmlText {
  return {
    expected: name,
    write(value) {
      if (typeof value === 'bigint' && value >= min && value <= max) return String(value)
      throw mismatch(`${name} (a bigint)`, value)
    },
    read(given) {
      const text = trimmed(given)
      const value = integerForm.test(text) ? BigInt(text.startsWith('+') ? text.slice(1) : text) : undefined
      if (value !== undefined && value >= min && value <= max) return value
      throw notOf(name, text)
    },
  }
}

const boolean: XmlText = {
  expected: 'bool',
  write(value) {
    if (typeof value !== 'boolean') throw mismatch('bool', value)
    return value ? 'true' : 'false'
  },
  read(given) {
    const text = trimmed(given)
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    throw notOf('bool', text)
  },
}

function plain(name: string): XmlText {
  return {
    expected: name,
    write(value) {
      if (typeof value !== 'string') throw mismatch(name, value)
      return toCarried(value)
    },
    read: fromCarried,
  }
}

const base64: XmlText = {
  expected: 'bytes in base64',
  write(value) {
    if (!(value instanceof Uint8Array)) throw mismatch('bytes (a Uint8Array)', value)
    return toBase64(value)
  },
  read: text => fromBase64(/[ \t\n\r]/.test(text) ? text.replace(/[ \t\n\r]+/g, '') : text),
}

const instant: XmlText = {
  expected: 'timestamp',
  write: instantText,
  read: text => instantFromText(trimmed(text)),
}

const durationForm = /^(-?)P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:\.(\d{1,9}))?S)?)?$/

/** An `xs:duration` of seconds; days, hours and minutes are read too, but not years and months, whose lengths differ. */
const span: XmlText = {
  expected: 'duration',
  write: value => durationText(value, 'PT', 'S'),
  read(given) {
    const text = trimmed(given)
    const match = durationForm.exec(text)
    if (match === null || /[PT]$/.test(text))
      throw new Fault('expected duration, got text that is not of the form PT1.5S')
    const [, sign, days = 0, hours = 0, minutes = 0, whole = 0, digits = ''] = match
    const seconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(whole)
    return durationOf(sign === '-', seconds, digits)
  },
}

function wellKnown(name: WellKnownName, limit: number): XmlText {
  const form = wellKnownText(name, limit)
  return { expected: name, write: value => toCarried(form.write(value)), read: text => form.read(fromCarried(text)) }
}

const forms: Omit<ScalarForms<XmlText>, 'wellKnown'> = {
  floating,
  integer,
  long: longInteger,
  text: plain,
  bool: boolean,
  bytes: base64,
  timestamp: instant,
  duration: span,
}

/**
 * Written by name; read by name or number. An open enum keeps an unknown number. Any other unknown member counts as absent: a newer peer
 * may have it.
 */
export function xmlEnum(type: EnumType): XmlText {
  const names = new Map<unknown, string>()
  for (const { value, name } of type.values) if (!names.has(value)) names.set(value, name)
  const expected = enumLabel(type)
  return {
    expected,
    write(value) {
      const name = names.get(value)
      if (name !== undefined) return name
      if (type.open && isInt32(value)) return String(value)
      throw mismatch(expected, value)
    },
    read(given) {
      const text = trimmed(given)
      const byName = type.byName.get(text)
      if (byName !== undefined) return byName.value
      const number = /^-?\d{1,10}$/.test(text) ? Number(text) : undefined
      if (!isInt32(number)) return undefined
      return type.byNumber.get(number)?.value ?? (type.open ? number : undefined)
    },
  }
}

function notOf(expected: string, text: string): Fault {
  return new Fault(`expected ${expected}, got "${shortened(text)}"`)
}
