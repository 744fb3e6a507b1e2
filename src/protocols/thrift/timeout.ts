import type { HeaderValue } from '../../core/headers.js'
import { find } from './metadata.js'

/** The milliseconds until the deadline, under the name of other THeader implementations. */
const timeoutHeader = 'client_timeout'
/** Milliseconds; 115 days. */
const longest = 9_999_999_999

/** @returns undefined if there is none, or it cannot be read */
export function readTimeout(headers: readonly HeaderValue[]): number | undefined {
  const text = find(headers, timeoutHeader)
  return typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

/** Rounds up, so that the server never gives up before the caller. */
export function writeTimeout(milliseconds: number, list: string[]): void {
  if (milliseconds === Number.POSITIVE_INFINITY) return
  list.push(timeoutHeader, String(Math.max(1, Math.min(Math.ceil(milliseconds), longest))))
}
