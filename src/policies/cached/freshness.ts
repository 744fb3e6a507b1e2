import type { Headers } from '../../core/headers.js'

/**
 * Milliseconds for which a reply is fresh; 0: it must be confirmed by its server, or cannot be reused. Its headers can make it less than
 * `ttl`, never more. Source: RFC 9111, 4.2 and 5.2.2.
 */
export function freshnessOf(headers: Headers, ttl: number): number {
  if (headers.has('set-cookie')) return 0
  const control = headers.get('cache-control')
  if (control === undefined) return ttl
  if (/\bno-(?:store|cache)\b/i.test(control)) return 0
  const lifetime = exactly(control) ?? inSeconds(control)
  return lifetime === undefined ? ttl : Math.max(0, Math.min(ttl, lifetime - ageOf(headers) * 1000))
}

/** Whether the reply may be stored, if only to be confirmed later. Source: RFC 9111, 5.2.2.5 and 7.3. */
export function isStorable(headers: Headers): boolean {
  return !headers.has('set-cookie') && !/\bno-store\b/i.test(headers.get('cache-control') ?? '')
}

/** Seconds since the reply was generated, by its `Age`. Source: RFC 9111, 5.1. */
export function ageOf(headers: Headers): number {
  const age = headers.get('age')
  return age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) : 0
}

/**
 * `Cache-Control` for one caller (`private`) and the remaining time. `max-age` is in whole seconds, rounded down; polywire's clients read
 * the exact milliseconds from the extension. Source: RFC 9111, 5.2.3.
 */
export function cacheControl(freshFor: number): string {
  const left = Math.max(0, Math.floor(freshFor))
  return `private, max-age=${Math.floor(left / 1000)}, ${extension}=${left}`
}

const extension = 'polywire-fresh-ms'

function exactly(control: string): number | undefined {
  const found = exact.exec(control)?.[1]
  return found === undefined ? undefined : Number(found)
}

function inSeconds(control: string): number | undefined {
  const found = maxAge.exec(control)?.[1]
  return found === undefined ? undefined : Number(found) * 1000
}

const exact = new RegExp(`\\b${extension}=(\\d{1,12})\\b`, 'i')
const maxAge = /\bmax-age="?(\d{1,9})\b/i
