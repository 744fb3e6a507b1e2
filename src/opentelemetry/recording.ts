import type { Attributes, Tracer } from '@opentelemetry/api'
import type { ObservedSide } from '../core/call-observer.js'
import type { Endpoint } from '../core/endpoint.js'

/** What the calls of one observer share. */
export interface Recording {
  /** Whether durations are measured. */
  readonly measures: boolean
  readonly attemptSpans: boolean
  record(side: ObservedSide, duration: number, attributes: Attributes): void
  /** The attributes of an endpoint. */
  placeOf(endpoint: Endpoint): Attributes
}

/** A recording with spans. */
export interface TracingRecording extends Recording {
  readonly tracer: Tracer
}
