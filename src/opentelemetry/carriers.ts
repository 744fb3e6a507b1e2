import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import { baggageHeader } from '../core/call-identity.js'
import type { Headers } from '../core/headers.js'

/** Reads a context from the headers of a call. */
export const getter: TextMapGetter<Headers> = {
  keys: headers => [...new Set([...headers].map(([name]) => name))],
  get(headers, name) {
    const values = headers.getAll(name)
    if (values.length > 1) return values.filter(isText).join(',')
    const [value] = values
    return isText(value) ? value : undefined
  },
}

/** Writes a context into the headers of an attempt. `call.baggage` and OpenTelemetry's are sent together. */
export const setter: TextMapSetter<Headers> = {
  set(headers, name, value) {
    if (!printable.test(value)) return
    const before = name === baggageHeader ? headers.get(baggageHeader) : undefined
    headers.set(name, before === undefined ? value : merged(before, value))
  },
}

const isText = (value: unknown): value is string => typeof value === 'string'

const printable = /^[\x20-\x7e]*$/

/** The entries of both; of one name that of `later`. */
function merged(earlier: string, later: string): string {
  const entries = new Map<string, string>()
  for (const entry of `${earlier},${later}`.split(',')) entries.set((entry.split('=', 1)[0] ?? '').trim(), entry.trim())
  return [...entries.values()].join(',')
}
