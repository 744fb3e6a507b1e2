import type { Range } from '../src/console/views.js'

export function num(value: number, decimals = 1): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals })
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0)
}

/** A rate with one decimal, two below one a second. */
export function rate(value: number): string {
  if (value === 0) return '0'
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : num(Math.round(value))
}

export function millis(value: number): string {
  return value >= 100 ? num(Math.round(value)) : value.toFixed(value < 1 ? 2 : 1)
}

export function mebibytes(bytes: number): string {
  return num(Math.round(bytes / 1_048_576))
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1_048_576 ? `${num(bytes / 1024)} KiB` : `${num(bytes / 1_048_576)} MiB`
}

/** A length of time: `3 h 12 min`. */
export function span(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}

/** `14:07:19.409`, in the reader's time. */
export function clock(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}

export const rangeNames: readonly (readonly [Range, string])[] = [
  ['minute', '1 min'],
  ['hour', '1 h'],
  ['day', '24 h'],
]

export function rangeText(range: Range): string {
  return { minute: 'last minute', hour: 'last hour', day: 'last 24 hours' }[range]
}

const unhealthy = new Set([
  'unavailable',
  'deadline_exceeded',
  'internal',
  'unknown',
  'data_loss',
  'resource_exhausted',
])

/** Red speaks of a server's health; other failures are answers. */
export function toneOf(code: string): string {
  return code === 'ok' ? 'ok' : unhealthy.has(code) ? 'bad' : ''
}

/** A setting with its times as a person writes them, `30 s` for `30000 ms`, and each number on the line of its unit. */
export function durations(setting: string): string {
  return setting
    .replace(/\b([1-9]\d*\d)00 ms\b/g, (_, tenths: string) => longText(Number(tenths) / 10))
    .replace(/(\d) (ms|s|min|h|%)(?!\w)/g, '$1\u00a0$2')
}

function longText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}
