import { randomUUID } from 'node:crypto'

/** `{n}`, `{uuid}`, `{1..100}` */
const form = /\{(?:n|uuid|(-?\d+)\.\.(-?\d+))\}/g

/** Whether a text within a request's JSON differs from call to call. */
export function hasTemplate(value: unknown): boolean {
  if (typeof value === 'string') return value.search(form) >= 0
  return typeof value === 'object' && value !== null && Object.values(value).some(hasTemplate)
}

/**
 * A request's JSON with its templates filled: `{n}` is the number of the call, `{uuid}` a random UUID, `{1..100}` a random integer of the
 * range. @param random from 0 up to but not including 1
 */
export function filled(value: unknown, n: number, random: () => number): unknown {
  if (typeof value === 'string')
    return value.replace(form, (whole, low?: string, high?: string) => {
      if (low === undefined || high === undefined) return whole === '{n}' ? String(n) : randomUUID()
      return String(Number(low) + Math.floor(random() * (Number(high) - Number(low) + 1)))
    })
  if (Array.isArray(value)) return value.map(one => filled(one, n, random))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, n, random)]))
}
