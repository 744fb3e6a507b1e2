import type { Attributes, Tracer } from '@opentelemetry/api'
import type { Peer } from '../core/call.js'
import type { ObservedSide } from '../core/call-observer.js'
import type { Endpoint } from '../core/endpoint.js'

/** Which attempts are spans: each, none, or those of calls with several. */
export type AttemptSpans = boolean | 'several'

/** What the calls of one observer share. */
export interface Recording {
  /** Whether durations are measured. */
  readonly measures: boolean
  readonly attemptSpans: AttemptSpans
  record(side: ObservedSide, duration: number, attributes: Attributes): void
  /** The attributes of an endpoint. */
  placeOf(endpoint: Endpoint): Attributes
  /** The attributes of a peer. */
  peerPlaceOf(peer: Peer | undefined): Attributes
}

/** A recording with spans. */
export interface TracingRecording extends Recording {
  readonly tracer: Tracer
}
