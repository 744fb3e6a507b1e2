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
import type { RpcError } from '../core/rpc-error.js'
import { getter, setter } from './carriers.js'
import { conventions, own } from './conventions.js'
import { endSpan, outcomeAttributes, placeAttributes } from './outcome.js'
import type { Recording } from './recording.js'

/** One call as a span. */
abstract class ObservedSpan implements CallObservation {
  protected readonly span: Span | undefined
  /** The context of the call, in which its policies and its handler run. */
  protected readonly context: Context

  constructor(
    private readonly side: ObservedSide,
    protected readonly recording: Recording,
    protected readonly attributes: Attributes,
    parent: Context,
    place: Attributes,
  ) {
    const { tracer } = recording
    this.span = tracer?.startSpan(
      String(attributes[conventions.method]),
      { kind: side === 'client' ? SpanKind.CLIENT : SpanKind.SERVER, attributes: { ...attributes, ...place } },
      parent,
    )
    this.context = this.span === undefined ? parent : trace.setSpan(parent, this.span)
  }

  run<T>(next: () => T): T {
    return context.with(this.context, next)
  }

  ended({ error, duration, shedBy }: CallOutcome): void {
    const { side, span, attributes } = this
    this.recording.record(side, duration, { ...attributes, ...this.places(), ...outcomeAttributes(side, error) })
    if (span === undefined) return
    if (shedBy !== undefined) span.setAttribute(own.shedBy, shedBy)
    endSpan(span, side, error)
  }

  /** Attributes of the metric that are known only at the end. */
  protected places(): Attributes {
    return {}
  }
}

/** A call that is served. */
export class ObservedServerCall extends ObservedSpan {
  constructor(call: Call, recording: Recording, attributes: Attributes) {
    const { peer } = call
    const place = peer === undefined ? {} : placeAttributes(peer.address, conventions.peerAddress, conventions.peerPort)
    super('server', recording, attributes, propagation.extract(ROOT_CONTEXT, call.headers, getter), place)
  }
}

/** A call that is made: a span for the call, and one for each attempt below it. */
export class ObservedClientCall extends ObservedSpan {
  private place: Attributes = {}

  constructor(_call: Call, recording: Recording, attributes: Attributes) {
    super('client', recording, attributes, context.active(), {})
  }

  attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    const { span, recording } = this
    const { tracer } = recording
    this.place = placeAttributes(attempt.endpoint.address, conventions.serverAddress, conventions.serverPort)
    if (span === undefined || tracer === undefined) return undefined
    span.setAttributes(this.place)
    const described = {
      [own.attempt]: attempt.number,
      [own.cause]: attempt.cause,
      [own.balancer]: attempt.balancer,
      [own.candidates]: attempt.candidates,
      ...this.place,
    }
    if (!recording.attemptSpans) {
      span.addEvent('attempt', described)
      propagation.inject(this.context, attempt.call.headers, setter)
      return undefined
    }
    const name = `${this.attributes[conventions.method]} attempt ${attempt.number}`
    const attempted = tracer.startSpan(
      name,
      { kind: SpanKind.CLIENT, attributes: { ...this.attributes, ...described } },
      this.context,
    )
    propagation.inject(trace.setSpan(this.context, attempted), attempt.call.headers, setter)
    return { ended: error => endSpan(attempted, 'client', error) }
  }

  decided({ policy, action, why, delay, error }: Decision): void {
    this.span?.addEvent(`${policy}: ${action}`, {
      'polywire.why': why,
      ...(delay !== undefined && { 'polywire.delay_ms': delay }),
      ...(error !== undefined && failure(error)),
    })
  }

  protected override places(): Attributes {
    return this.place
  }
}

function failure(error: RpcError): Attributes {
  return outcomeAttributes('client', error)
}
