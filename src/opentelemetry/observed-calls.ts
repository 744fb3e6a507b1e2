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
import { AttemptSpan, LateAttemptSpan, picked } from './attempt-spans.js'
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

/** A call that is made: a span for the call, and below it one for each attempt as `attemptSpans` says. */
export class TracedClientCall extends TracedCall {
  private first: LateAttemptSpan | undefined = undefined

  constructor(
    active: Context,
    protected override readonly recording: TracingRecording,
    attributes: Attributes,
  ) {
    super('client', recording, attributes, { parent: active, initial: attributes })
  }

  override attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    super.attemptBegan(attempt)
    const { span, place } = this
    if (!span.isRecording()) return this.send(attempt, this.context)
    const { attemptSpans } = this.recording
    if (attemptSpans === false) {
      span.setAttributes(place)
      span.addEvent('attempt', describe(attempt, place))
      return this.send(attempt, this.context)
    }
    if (attemptSpans === true || this.first !== undefined) return this.sendInSpan(attempt)
    span.setAttributes({ ...picked(attempt), ...place })
    this.first = new LateAttemptSpan(startTime => this.attemptSpan(attempt, startTime))
    return this.send(attempt, this.context, this.first)
  }

  private sendInSpan(attempt: ObservedAttempt): AttemptObservation | undefined {
    this.first?.begin()
    this.span.setAttributes(this.place)
    const span = this.attemptSpan(attempt)
    return this.send(attempt, trace.setSpan(this.context, span), new AttemptSpan(span))
  }

  private attemptSpan(attempt: ObservedAttempt, startTime?: number): Span {
    const { recording, attributes: ofMethod } = this
    const name = `${ofMethod[conventions.method]} attempt ${attempt.number}`
    const attributes = { ...describe(attempt, recording.placeOf(attempt.endpoint)), ...ofMethod }
    const start = startTime === undefined ? {} : { startTime }
    return recording.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes, ...start }, this.context)
  }

  private send({ call }: ObservedAttempt, from: Context, observation?: AttemptObservation) {
    propagation.inject(from, call.headers, setter)
    return observation
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

function describe(attempt: ObservedAttempt, place: Attributes): Attributes {
  return { [own.attempt]: attempt.number, [own.cause]: attempt.cause, ...picked(attempt), ...place }
}
