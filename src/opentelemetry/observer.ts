import {
  type Attributes,
  type Histogram,
  metrics,
  ROOT_CONTEXT,
  SpanKind,
  type Tracer,
  trace,
  ValueType,
} from '@opentelemetry/api'
import type { Call } from '../core/call.js'
import type { CallObservation, CallObserver, ObservedSide, RefusedCall } from '../core/call-observer.js'
import { durationBounds } from '../telemetry/histogram.js'
import { methodLabel, systemName } from '../telemetry/method-metrics.js'
import { conventions, durations } from './conventions.js'
import { ObservedClientCall, ObservedServerCall } from './observed-calls.js'
import { endSpan, outcomeAttributes, placeAttributes } from './outcome.js'
import type { Recording } from './recording.js'

/** What `openTelemetry` records. */
export interface OpenTelemetryOptions {
  /** Whether calls become spans, and their context is sent on; default true. */
  readonly traces?: boolean
  /** Whether the duration of calls is measured; default true. */
  readonly metrics?: boolean
  /** Whether each attempt is a span of its own; default true. Without, it is an event of its call's span. */
  readonly attemptSpans?: boolean
  /**
   * Leaves calls out, such as health checks: `({ path }) => path.startsWith('/grpc.health.')`. They begin no span, but pass the context on.
   * Default: every call is recorded.
   */
  readonly ignore?: (method: Call['method']) => boolean
}

/**
 * Observes calls for OpenTelemetry, through the providers that are registered in `@opentelemetry/api`.
 *
 * A call is one span, with a child for each attempt. Its context is sent as `traceparent`, `tracestate` and `baggage`, or in the form of
 * the registered propagator, on every wire with headers. It is active in policies, handlers and generators. Metrics are
 * `rpc.client.call.duration` and `rpc.server.call.duration`.
 *
 * @example
 * const telemetry = openTelemetry()
 * const stock = connect(Stock, 'grpc://stock:50051', { observers: [telemetry] })
 * await serve([new Orders(stock)], { observers: [telemetry] })
 *
 * @see docs/guide/observability.md#opentelemetry
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): CallObserver {
  return new OpenTelemetryObserver(options)
}

const scope = 'polywire'

class OpenTelemetryObserver implements CallObserver, Recording {
  readonly needsHeaders: boolean
  readonly tracer: Tracer | undefined
  readonly attemptSpans: boolean
  private readonly histograms: Readonly<Record<ObservedSide, Histogram>> | undefined
  private readonly ignore: (method: Call['method']) => boolean

  constructor({
    traces = true,
    metrics: measures = true,
    attemptSpans = true,
    ignore = () => false,
  }: OpenTelemetryOptions) {
    this.needsHeaders = traces
    this.tracer = traces ? trace.getTracer(scope) : undefined
    this.attemptSpans = attemptSpans
    this.ignore = ignore
    this.histograms = measures ? { client: histogram('client'), server: histogram('server') } : undefined
  }

  callBegan(call: Call, side: ObservedSide, protocol: string): CallObservation | undefined {
    if (this.ignore(call.method)) return undefined
    const attributes = attributesOf(call.method.path, protocol)
    return side === 'server'
      ? new ObservedServerCall(call, this, attributes)
      : new ObservedClientCall(call, this, attributes)
  }

  /** A span of its own, without a parent: the headers were not read. Its method is `_OTHER`, because a stranger may have named it. */
  callRefused({ path, peer, error }: RefusedCall): void {
    const method = '_OTHER'
    const attributes = { [conventions.system]: systemName(peer.protocol), [conventions.method]: method }
    this.record('server', 0, { ...attributes, ...outcomeAttributes('server', error) })
    const original = { [conventions.originalMethod]: methodLabel(path).slice(0, 200) }
    const place = placeAttributes(peer.address, conventions.peerAddress, conventions.peerPort)
    const span = this.tracer?.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes: { ...attributes, ...original, ...place } },
      ROOT_CONTEXT,
    )
    if (span !== undefined) endSpan(span, 'server', error)
  }

  record(side: ObservedSide, duration: number, attributes: Attributes): void {
    this.histograms?.[side].record(duration / 1000, attributes)
  }
}

function histogram(side: ObservedSide): Histogram {
  return metrics.getMeter(scope).createHistogram(durations[side], {
    unit: 's',
    description: side === 'client' ? 'Duration of outgoing calls.' : 'Duration of incoming calls.',
    valueType: ValueType.DOUBLE,
    advice: { explicitBucketBoundaries: [...durationBounds] },
  })
}

function attributesOf(path: string, protocol: string): Attributes {
  return { [conventions.system]: systemName(protocol), [conventions.method]: methodLabel(path) }
}
