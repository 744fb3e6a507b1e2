import type { Attributes, Span } from '@opentelemetry/api'
import type { AttemptObservation, ObservedAttempt } from '../core/call-observer.js'
import type { RpcError } from '../core/rpc-error.js'
import { own } from './conventions.js'
import { endSpan } from './outcome.js'

/** How an endpoint was picked. */
export function picked({ balancer, candidates }: ObservedAttempt): Attributes {
  return { [own.balancer]: balancer, [own.candidates]: candidates }
}

/** An attempt as a span. */
export class AttemptSpan implements AttemptObservation {
  constructor(private readonly span: Span) {}

  ended(error: RpcError | undefined): void {
    endSpan(this.span, 'client', error)
  }
}

/**
 * The first attempt of a call. It becomes a span when another one begins, with the times that it had: the span of most calls says all that
 * one of their only attempt would. It was sent in the context of its call by then, so that what serves it is a sibling of the span.
 */
export class LateAttemptSpan implements AttemptObservation {
  private readonly began = performance.now()
  private span: Span | undefined = undefined
  private end: { readonly error: RpcError | undefined; readonly at: number } | undefined = undefined

  /** @param start starts the span. Its time is in milliseconds of `performance.now()`, as OpenTelemetry takes it */
  constructor(private readonly start: (startTime: number) => Span) {}

  /** Another attempt begins. */
  begin(): void {
    if (this.span !== undefined) return
    this.span = this.start(this.began)
    if (this.end !== undefined) endSpan(this.span, 'client', this.end.error, this.end.at)
  }

  ended(error: RpcError | undefined): void {
    if (this.span !== undefined) endSpan(this.span, 'client', error)
    else this.end = { error, at: performance.now() }
  }
}
