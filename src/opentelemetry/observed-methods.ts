import type { Attributes } from '@opentelemetry/api'
import type { Call } from '../core/call.js'
import type { CallObservation, MethodObserver, ObservedSide } from '../core/call-observer.js'
import { activeContext } from './active-context.js'
import { MeasuredCall, TracedClientCall, TracedServerCall } from './observed-calls.js'
import type { Recording, TracingRecording } from './recording.js'
import type { Sampling } from './sampling.js'

/** Whose calls they are. */
interface Observable {
  readonly side: ObservedSide
  /** What the spans and durations of all calls say. */
  readonly attributes: Attributes
}

/** The calls of one method over one protocol, on one side, without spans. */
export class MeasuredMethod<R extends Recording = Recording> implements MethodObserver {
  protected readonly attributes: Attributes
  private readonly side: ObservedSide

  constructor(
    protected readonly recording: R,
    { side, attributes }: Observable,
  ) {
    this.side = side
    this.attributes = attributes
  }

  callBegan(_call: Call): CallObservation | undefined {
    return this.measured()
  }

  protected measured(): CallObservation | undefined {
    const { recording, side, attributes } = this
    return recording.measures ? new MeasuredCall(side, recording, attributes) : undefined
  }
}

abstract class TracedMethod extends MeasuredMethod<TracingRecording> {
  constructor(
    recording: TracingRecording,
    observable: Observable,
    /** Undefined: every call is traced. */
    protected readonly sampling: Sampling | undefined,
  ) {
    super(recording, observable)
  }
}

/** Calls that are made, and are spans if the sample takes them. */
export class TracedClientMethod extends TracedMethod {
  override callBegan(): CallObservation | undefined {
    const active = activeContext()
    if (this.sampling?.takesMade(active) === false) return this.measured()
    return new TracedClientCall(active, this.recording, this.attributes)
  }
}

/** Calls that are served, and are spans if their caller has a trace or the sample takes them. */
export class TracedServerMethod extends TracedMethod {
  override callBegan(call: Call): CallObservation | undefined {
    if (this.sampling?.takesServed(call) === false) return this.measured()
    return new TracedServerCall(call, this.recording, this.attributes)
  }
}
