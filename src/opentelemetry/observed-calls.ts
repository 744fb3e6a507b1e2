import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Call } from '../core/call.js'
import type {
  AttemptObservation,
  CallObservation,
  CallOutcome,
  CallTrace,
  Decision,
  ObservedAttempt,
} from '../core/call-observer.js'
import type { Endpoint } from '../core/endpoint.js'
import { AttemptSpan, LateAttemptSpan, picked } from './attempt-spans.js'
import { getter, setter } from './carriers.js'
import { own } from './conventions.js'
import { endSpan, outcomeAttributes } from './outcome.js'
import type { RecordedMethod, TracedClientMethod, TracedMethod, TracedServerMethod } from './recording.js'

/** One call without a span. */
export class MeasuredCall<M extends RecordedMethod = RecordedMethod> implements CallObservation {
  /** Client: where the last attempt went. */
  protected endpoint: Endpoint | undefined = undefined

  constructor(protected readonly method: M) {}

  attemptBegan({ endpoint }: ObservedAttempt): AttemptObservation | undefined {
    this.endpoint = endpoint
    return undefined
  }

  ended({ error, duration }: CallOutcome): void {
    const { side, recording, attributes } = this.method
    if (!recording.measures) return
    const place = this.endpoint === undefined ? {} : recording.placeOf(this.endpoint)
    recording.record(side, duration, { ...attributes, ...place, ...outcomeAttributes(side, error) })
  }
}

/** One call as a span. The call runs in its context, with its policies and its handler. */
abstract class TracedCall<M extends TracedMethod> extends MeasuredCall<M> {
  protected readonly span: Span
  protected readonly context: Context

  constructor(method: M, parent: Context, start: SpanOptions) {
    super(method)
    this.span = method.recording.tracer.startSpan(method.spanName, start, parent)
    this.context = trace.setSpan(parent, this.span)
  }

  get trace(): CallTrace | undefined {
    const own = this.span.spanContext()
    const { traceId, spanId, traceFlags } = own
    if (!isSpanContextValid(own)) return undefined
    return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }
  }

  run<T>(next: () => T): T {
    return context.with(this.context, next)
  }

  override ended(outcome: CallOutcome): void {
    super.ended(outcome)
    const { span } = this
    const { error, shedBy } = outcome
    if (shedBy !== undefined && span.isRecording()) span.setAttribute(own.shedBy, shedBy)
    endSpan(span, this.method.side, error)
  }
}

/** A call that is served. */
export class TracedServerCall extends TracedCall<TracedServerMethod> {
  constructor({ peer, headers }: Call, method: TracedServerMethod) {
    const parent = headers.size === 0 ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers, getter)
    super(method, parent, method.startOf(peer))
  }
}

/** A call that is made: a span for the call, and below it one for each attempt as `attemptSpans` says. */
export class TracedClientCall extends TracedCall<TracedClientMethod> {
  private first: LateAttemptSpan | undefined = undefined

  constructor(active: Context, method: TracedClientMethod) {
    super(method, active, method.start)
  }

  override attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    super.attemptBegan(attempt)
    const { span, method } = this
    if (!span.isRecording()) return this.send(attempt, this.context)
    const { attemptSpans } = method.recording
    if (attemptSpans === false) {
      const place = method.recording.placeOf(attempt.endpoint)
      span.setAttributes(place)
      span.addEvent('attempt', describe(attempt, place))
      return this.send(attempt, this.context)
    }
    if (attemptSpans === true || this.first !== undefined) return this.sendInSpan(attempt)
    span.setAttributes(method.placed(attempt))
    this.first = new LateAttemptSpan(startTime => this.attemptSpan(attempt, startTime))
    return this.send(attempt, this.context, this.first)
  }

  private sendInSpan(attempt: ObservedAttempt): AttemptObservation | undefined {
    this.first?.begin()
    this.span.setAttributes(this.method.recording.placeOf(attempt.endpoint))
    const span = this.attemptSpan(attempt)
    return this.send(attempt, trace.setSpan(this.context, span), new AttemptSpan(span))
  }

  private attemptSpan(attempt: ObservedAttempt, startTime?: number): Span {
    const { recording, attributes: ofMethod, spanName } = this.method
    const attributes = { ...describe(attempt, recording.placeOf(attempt.endpoint)), ...ofMethod }
    const start = startTime === undefined ? {} : { startTime }
    const options = { kind: SpanKind.CLIENT, attributes, ...start }
    return recording.tracer.startSpan(`${spanName} attempt ${attempt.number}`, options, this.context)
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
