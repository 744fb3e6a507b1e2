import type { Attributes, SpanOptions, Tracer } from '@opentelemetry/api'
import type { Peer } from '../core/call.js'
import type { ObservedAttempt, ObservedSide } from '../core/call-observer.js'
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

/** What the calls of one method share, over one protocol and on one side. */
export interface RecordedMethod {
  readonly recording: Recording
  readonly side: ObservedSide
  /** What the spans and durations of all calls say. */
  readonly attributes: Attributes
}

/** A method whose calls are spans. */
export interface TracedMethod extends RecordedMethod {
  readonly recording: TracingRecording
  readonly spanName: string
}

/** A method that is called. */
export interface TracedClientMethod extends TracedMethod {
  /** What the span of a call begins with. */
  readonly start: SpanOptions
  /** How the endpoint of an attempt was picked, and where it is. */
  placed(attempt: ObservedAttempt): Attributes
}

/** A method that is served. */
export interface TracedServerMethod extends TracedMethod {
  /** What the span of a peer's call begins with. */
  startOf(peer: Peer | undefined): SpanOptions
}
