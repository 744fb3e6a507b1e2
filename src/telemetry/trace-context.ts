import type { Call } from '../core/call.js'

/** The trace that a call belongs to. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits: the span of the caller. */
  readonly spanId: string
  /** Whether the trace is recorded. */
  readonly sampled: boolean
}

const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/

/** Reads `traceparent` from the headers. Undefined if there is none, or an invalid one. Source: W3C Trace Context. */
export function traceOf({ headers }: Pick<Call, 'headers'>): Trace | undefined {
  const [, traceId, spanId, flags] = form.exec(headers.get('traceparent') ?? '') ?? []
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags ?? '', 16) & 1) === 1 }
}
