import { Fault, mismatch } from './fault.js'

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z, the range of google.protobuf.Timestamp, in milliseconds. */
const firstInstant = -62_135_596_800_000
const lastInstant = 253_402_300_799_999
/** The range of google.protobuf.Duration: 10,000 years either way. */
export const maxDurationSeconds = 315_576_000_000

/** The milliseconds since 1970 of a Date. @throws Fault for any other value, and for a date out of range */
export function instantOf(value: unknown): number {
  if (!(value instanceof Date)) throw mismatch('timestamp (a Date)', value)
  return checkInstant(value.getTime())
}

export function checkInstant(time: number): number {
  if (time >= firstInstant && time <= lastInstant) return time
  throw new Fault('expected timestamp, got one that is invalid or not of the years 1 to 9999')
}

/** RFC 3339, with milliseconds if there are any. @throws Fault */
export function instantText(value: unknown): string {
  instantOf(value)
  return (value as Date).toISOString().replace('.000Z', 'Z')
}

/** Upper case only, as in ProtoJSON and XML Schema. Digits below a millisecond are dropped. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

export function instantFromText(text: string): Date {
  if (!rfc3339.test(text)) throw new Fault('expected timestamp, got text that is not of the form 2030-01-31T12:00:00Z')
  return new Date(checkInstant(Date.parse(text)))
}

/** The whole seconds of a duration in milliseconds. `nanosOf` gives the rest. @throws Fault */
export function secondsOf(value: unknown): number {
  if (typeof value !== 'number') throw mismatch('duration (a number of milliseconds)', value)
  const whole = Math.trunc(value / 1000)
  const seconds = Math.abs(nanosOf(value, whole)) === 1e9 ? whole + Math.sign(value) : whole
  if (Math.abs(seconds) <= maxDurationSeconds) return seconds
  throw new Fault(`expected duration, got one over ${maxDurationSeconds} seconds`)
}

/** The nanoseconds after the whole seconds, with the same sign. */
export function nanosOf(milliseconds: number, seconds: number): number {
  return Math.round((milliseconds - seconds * 1000) * 1e6) + 0
}

/** Seconds and nanoseconds as milliseconds. Below about 104 days the result is exactly what was written. */
export function millisecondsOf(seconds: number, nanos: number): number {
  return Math.abs(seconds) < 9_000_000 ? (seconds * 1e9 + nanos) / 1e6 : seconds * 1000 + nanos / 1e6
}

/** A duration in seconds, such as `-PT1.500S`. @param before goes between the sign and the digits */
export function durationText(value: unknown, before: string, after: string): string {
  const seconds = secondsOf(value)
  const nanos = nanosOf(value as number, seconds)
  const sign = seconds < 0 || nanos < 0 ? '-' : ''
  return `${sign}${before}${Math.abs(seconds)}${fraction(Math.abs(nanos))}${after}`
}

/** Milliseconds. @param digits after the decimal point, at most nine */
export function durationOf(isNegative: boolean, seconds: number, digits: string): number {
  if (seconds > maxDurationSeconds) throw new Fault(`expected duration, got one over ${maxDurationSeconds} seconds`)
  const milliseconds = millisecondsOf(seconds, Number(digits.padEnd(9, '0')))
  return isNegative ? 0 - milliseconds : milliseconds
}

/** `.500`, `.000001`: three, six or nine digits as needed; empty for zero. */
export function fraction(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  return `.${digits.endsWith('000000') ? digits.slice(0, 3) : digits.endsWith('000') ? digits.slice(0, 6) : digits}`
}
