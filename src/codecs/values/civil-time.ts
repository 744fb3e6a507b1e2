/** Days and times as text, counted exactly: a `Date` ends at milliseconds. All functions throw Faults. */
import type { TimeRefinement, TimeUnit } from '../../schema/refinement.js'
import { Fault } from './fault.js'
import { fraction } from './time.js'

/** How many of a unit make a second. */
export const unitsPerSecond: Readonly<Record<TimeUnit, bigint>> = {
  millis: 1000n,
  micros: 1_000_000n,
  nanos: 1_000_000_000n,
}

const day = 86_400_000
const billion = 1_000_000_000n
const examples = {
  date: '2030-01-31',
  timeOfDay: '12:30:00.000250',
  timestamp: '2030-01-31T12:30:00.000250Z',
  localTimestamp: '2030-01-31T12:30:00.000250',
} as const

const dateForm = /^\d{4}-\d\d-\d\d$/
const timeForm = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?$/
const zoneForm = /(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Days since 1970 of a date, or units since midnight or 1970. */
export function countOf(text: string, refined: TimeRefinement): bigint {
  switch (refined.kind) {
    case 'date':
      return BigInt(dayOf(text, refined))
    case 'timeOfDay':
      return inUnit(nanosOfDay(text, refined), refined.unit)
    case 'localTimestamp':
      return inUnit(nanosSince1970(text, refined), refined.unit)
    case 'timestamp': {
      const zone = zoneForm.exec(text)?.[0]
      if (zone === undefined) throw malformed(refined)
      const offset = zone === 'Z' ? 0 : minutesOf(zone)
      const nanos = nanosSince1970(text.slice(0, -zone.length), refined) - BigInt(offset) * 60n * billion
      return inUnit(inYears(nanos, refined), refined.unit)
    }
  }
}

/** The text of a count: its canonical form. */
export function textOf(count: bigint, refined: TimeRefinement): string {
  if (refined.kind === 'date') return dateText(Number(count), refined)
  const nanos = count * (billion / unitsPerSecond[refined.unit])
  if (refined.kind === 'timeOfDay') {
    if (nanos < 0n || nanos >= 86_400n * billion) throw new Fault('expected timeOfDay, got one outside of a day')
    return timeText(nanos)
  }
  inYears(nanos, refined)
  const ofDay = ((nanos % (86_400n * billion)) + 86_400n * billion) % (86_400n * billion)
  const days = Number((nanos - ofDay) / (86_400n * billion))
  return `${dateText(days, refined)}T${timeText(ofDay)}${refined.kind === 'timestamp' ? 'Z' : ''}`
}

/** Converts a count to another unit. @throws Fault if that unit is too large for it */
export function converted(count: bigint, from: TimeUnit, to: TimeUnit): bigint {
  return from === to ? count : inUnit(count * (billion / unitsPerSecond[from]), to)
}

function inUnit(nanos: bigint, unit: TimeUnit): bigint {
  const size = billion / unitsPerSecond[unit]
  if (nanos % size === 0n) return nanos / size
  throw new Fault(`expected a time in ${unit}, got a fraction of one; round it`)
}

function dayOf(text: string, refined: TimeRefinement): number {
  const time = dateForm.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // Date.parse takes the 31st of February for a day in March.
  if (Number.isNaN(time) || text.startsWith('0000') || new Date(time).toISOString().slice(0, 10) !== text)
    throw malformed(refined)
  return time / day
}

function nanosOfDay(text: string, refined: TimeRefinement): bigint {
  const match = timeForm.exec(text)
  if (match === null) throw malformed(refined)
  const [, hours, minutes, seconds, digits = ''] = match
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  return BigInt(whole) * billion + BigInt(digits.padEnd(9, '0'))
}

function nanosSince1970(text: string, refined: TimeRefinement): bigint {
  if (text[10] !== 'T') throw malformed(refined)
  const days = dayOf(text.slice(0, 10), refined)
  return BigInt(days) * 86_400n * billion + nanosOfDay(text.slice(11), refined)
}

function minutesOf(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return zone.startsWith('-') ? -minutes : minutes
}

const first = -62_135_596_800n * billion
const last = 253_402_300_800n * billion - 1n

function inYears(nanos: bigint, { kind }: TimeRefinement): bigint {
  if (nanos >= first && nanos <= last) return nanos
  throw new Fault(`expected ${kind}, got one that is not of the years 1 to 9999`)
}

function dateText(days: number, refined: TimeRefinement): string {
  inYears(BigInt(days) * 86_400n * billion, refined)
  return new Date(days * day).toISOString().slice(0, 10)
}

function timeText(nanos: bigint): string {
  const seconds = Number(nanos / billion)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map(part => String(part).padStart(2, '0')).join(':') + fraction(Number(nanos % billion))
}

function malformed({ kind }: TimeRefinement): Fault {
  return new Fault(`expected ${kind}, got text that is not of the form ${examples[kind]}`)
}
