import { type Attributes, SpanKind, type SpanOptions } from '@opentelemetry/api'
import type { Call, Peer } from '../core/call.js'
import type { CallObservation, MethodObserver, ObservedAttempt, ObservedSide } from '../core/call-observer.js'
import { activeContext } from './active-context.js'
import { picked } from './attempt-spans.js'
import { conventions } from './conventions.js'
import { MeasuredCall, TracedClientCall, TracedServerCall } from './observed-calls.js'
import type {
  RecordedMethod,
  Recording,
  TracedClientMethod,
  TracedMethod,
  TracedServerMethod,
  TracingRecording,
} from './recording.js'
import type { Sampling } from './sampling.js'

/** Whose calls they are. */
type Observable = Pick<RecordedMethod, 'side' | 'attributes'>

/** The calls of one method over one protocol, on one side, without spans. */
export class MethodWithoutSpans<R extends Recording = Recording> implements MethodObserver, RecordedMethod {
  readonly side: ObservedSide
  readonly attributes: Attributes

  constructor(
    readonly recording: R,
    { side, attributes }: Observable,
  ) {
    this.side = side
    this.attributes = attributes
  }

  callBegan(_call: Call): CallObservation | undefined {
    return this.measured()
  }

  protected measured(): CallObservation | undefined {
    return this.recording.measures ? new MeasuredCall(this) : undefined
  }
}

/** What attributes depend on is mostly the same as for the last call, and to merge objects anew costs half as much as a span. */
abstract class MethodWithSpans extends MethodWithoutSpans<TracingRecording> implements TracedMethod {
  readonly spanName: string

  constructor(
    recording: TracingRecording,
    observable: Observable,
    /** Undefined: every call is traced. */
    protected readonly sampling: Sampling | undefined,
  ) {
    super(recording, observable)
    this.spanName = String(observable.attributes[conventions.method])
  }
}

/** Calls that are made, and are spans if the sample takes them. */
export class CalledMethod extends MethodWithSpans implements TracedClientMethod {
  readonly start: SpanOptions = { kind: SpanKind.CLIENT, attributes: this.attributes }
  private last: Pick<ObservedAttempt, 'endpoint' | 'balancer' | 'candidates'> | undefined
  private lastPlaced: Attributes = {}

  override callBegan(): CallObservation | undefined {
    const active = activeContext()
    if (this.sampling?.takesMade(active) === false) return this.measured()
    return new TracedClientCall(active, this)
  }

  placed(attempt: ObservedAttempt): Attributes {
    const { endpoint, balancer, candidates } = attempt
    const { last } = this
    if (last?.endpoint !== endpoint || last.balancer !== balancer || last.candidates !== candidates) {
      this.last = { endpoint, balancer, candidates }
      this.lastPlaced = { ...picked(attempt), ...this.recording.placeOf(endpoint) }
    }
    return this.lastPlaced
  }
}

/** Calls that are served, and are spans if their caller has a trace or the sample takes them. */
export class ServedMethod extends MethodWithSpans implements TracedServerMethod {
  private lastPeer: Peer | undefined
  private lastStart: SpanOptions | undefined

  override callBegan(call: Call): CallObservation | undefined {
    if (this.sampling?.takesServed(call) === false) return this.measured()
    return new TracedServerCall(call, this)
  }

  startOf(peer: Peer | undefined): SpanOptions {
    if (this.lastStart === undefined || peer !== this.lastPeer) {
      const attributes = { ...this.attributes, ...this.recording.peerPlaceOf(peer) }
      this.lastStart = { kind: SpanKind.SERVER, attributes }
      this.lastPeer = peer
    }
    return this.lastStart
  }
}
