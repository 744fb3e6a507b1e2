import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import type { Call } from '../core/call.js'
import type {
  AttemptObservation,
  CallObservation,
  CallOutcome,
  Decision,
  ObservedAttempt,
  ObservedSide,
} from '../core/call-observer.js'
import { getter, setter } from './carriers.js'
import { conventions, own } from './conventions.js'
import { endSpan, outcomeAttributes } from './outcome.js'
import type { Recording, TracingRecording } from './recording.js'

/** One call without a span. */
export class MeasuredCall implements CallObservation {
  /** Client: where the last attempt went. */
  protected place: Attributes = {}

  constructor(
    protected readonly side: ObservedSide,
    protected readonly recording: Recording,
    protected readonly attributes: Attributes,
  ) {}

  attemptBegan({ endpoint }: ObservedAttempt): AttemptObservation | undefined {
    this.place = this.recording.placeOf(endpoint)
    return undefined
  }

  ended({ error, duration }: CallOutcome): void {
    const { side, recording, attributes, place } = this
    if (recording.measures)
      recording.record(side, duration, { ...attributes, ...place, ...outcomeAttributes(side, error) })
  }
}

/** One call as a span. The call runs in its context, with its policies and its handler. */
abstract class TracedCall extends MeasuredCall {
  protected readonly span: Span
  protected readonly context: Context

  constructor(
    side: ObservedSide,
    recording: TracingRecording,
    attributes: Attributes,
    { parent, initial }: { readonly parent: Context; readonly initial: Attributes },
  ) {
    super(side, recording, attributes)
    const kind = side === 'client' ? SpanKind.CLIENT : SpanKind.SERVER
    const name = String(attributes[conventions.method])
    this.span = recording.tracer.startSpan(name, { kind, attributes: initial }, parent)
    this.context = trace.setSpan(parent, this.span)
  }

  run<T>(next: () => T): T {
    return context.with(this.context, next)
  }

  override ended(outcome: CallOutcome): void {
    super.ended(outcome)
    const { span, side } = this
    const { error, shedBy } = outcome
    if (shedBy !== undefined && span.isRecording()) span.setAttribute(own.shedBy, shedBy)
    endSpan(span, side, error)
  }
}

/** A call that is served. */
export class TracedServerCall extends TracedCall {
  constructor({ peer, headers }: Call, recording: TracingRecording, attributes: Attributes) {
    const parent = headers.size === 0 ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers, getter)
    super('server', recording, attributes, { parent, initial: { ...attributes, ...recording.peerPlaceOf(peer) } })
  }
}

/** A call that is made: a span for the call, and one for each attempt below it. */
export class TracedClientCall extends TracedCall {
  constructor(
    active: Context,
    protected override readonly recording: TracingRecording,
    attributes: Attributes,
  ) {
    super('client', recording, attributes, { parent: active, initial: attributes })
  }

  override attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    super.attemptBegan(attempt)
    const { span, recording, place } = this
    if (!span.isRecording()) {
      propagation.inject(this.context, attempt.call.headers, setter)
      return undefined
    }
    span.setAttributes(place)
    if (!recording.attemptSpans) {
      span.addEvent('attempt', describe(attempt, place))
      propagation.inject(this.context, attempt.call.headers, setter)
      return undefined
    }
    const name = `${this.attributes[conventions.method]} attempt ${attempt.number}`
    const attributes = Object.assign(describe(attempt, place), this.attributes)
    const attempted = recording.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, this.context)
    propagation.inject(trace.setSpan(this.context, attempted), attempt.call.headers, setter)
    return { ended: error => endSpan(attempted, 'client', error) }
  }

  decided({ policy, action, why, delay, error }: Decision): void {
    if (!this.span.isRecording()) return
    this.span.addEvent(`${policy}: ${action}`, {
      'polywire.why': why,
      ...(delay !== undefined && { 'polywire.delay_ms': delay }),
      ...(error !== undefined && outcomeAttributes('client', error)),
    })
  }
}

function describe({ number, cause, balancer, candidates }: ObservedAttempt, place: Attributes): Attributes {
  return {
    [own.attempt]: number,
    [own.cause]: cause,
    [own.balancer]: balancer,
    [own.candidates]: candidates,
    ...place,
  }
}
