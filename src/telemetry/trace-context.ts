import type { Call } from '../core/call.js'
import type { CallTrace } from '../core/call-observer.js'

const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/

/** Reads `traceparent` from the headers. Undefined if there is none, or an invalid one. Source: W3C Trace Context. */
export function traceOf({ headers }: Pick<Call, 'headers'>): CallTrace | undefined {
  const [, traceId, spanId, flags] = form.exec(headers.get('traceparent') ?? '') ?? []
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags ?? '', 16) & 1) === 1 }
}
