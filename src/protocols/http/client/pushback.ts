import type { HeaderValue } from '../../../core/headers.js'
import { pushbackHeader } from '../../../core/refusal.js'

/**
 * Adds the `Retry-After` of a 429 or 503 as the header that the retry policy reads, unless the server sent that too.
 * Source: RFC 9110, 10.2.3: seconds, or a date.
 * @param headers as for `Headers.adopt`
 */
export function addPushback(status: number, headers: HeaderValue[]): void {
  if (status !== 429 && status !== 503) return
  const after = headers.indexOf('retry-after')
  if (after < 0 || after % 2 !== 0 || headers.includes(pushbackHeader)) return
  const value = String(headers[after + 1])
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  if (!Number.isNaN(milliseconds)) headers.push(pushbackHeader, String(Math.max(0, Math.round(milliseconds))))
}
