import type { Attributes, Tracer } from '@opentelemetry/api'
import type { ObservedSide } from '../core/call-observer.js'

/** What the calls of one observer share. */
export interface Recording {
  readonly tracer: Tracer | undefined
  readonly attemptSpans: boolean
  record(side: ObservedSide, duration: number, attributes: Attributes): void
}
