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
import type { Call, MethodInfo, Peer } from '../core/call.js'
import type { CallObservation, CallObserver, MethodObserver, ObservedSide, RefusedCall } from '../core/call-observer.js'
import type { Endpoint } from '../core/endpoint.js'
import { durationBounds } from '../telemetry/histogram.js'
import { methodLabel, systemName } from '../telemetry/method-metrics.js'
import { conventions, durations } from './conventions.js'
import { CalledMethod, MethodWithoutSpans, ServedMethod } from './observed-methods.js'
import { endSpan, outcomeAttributes, placeAttributes } from './outcome.js'
import type { AttemptSpans, Recording, TracingRecording } from './recording.js'
import { Sampling } from './sampling.js'

/** What `openTelemetry` records. */
export interface OpenTelemetryOptions {
  /** Whether calls become spans, and their context is sent on; default true. */
  readonly traces?: boolean
  /** Whether the duration of calls is measured; default true. */
  readonly metrics?: boolean
  /**
   * The share of calls without a traced caller that begin a trace, 0 to 1; default 1. It is decided before the SDK is asked, and nothing
   * is sent with the other calls. A service behind others takes 0: it follows its callers. The SDK's sampler decides about the calls that
   * remain.
   */
  readonly sample?: number
  /**
   * Which attempts are spans below that of their call; default `'several'`: those of calls that have more than one. The span of a call with
   * one attempt says where it went, and the span of the server is below it. So is that which served the first of several attempts, while
   * those that served the others are below their attempt. `true`: each attempt is a span, which makes three spans of a call in place of two.
   * `false`: attempts are events of the call's span.
   */
  readonly attemptSpans?: boolean | 'several'
  /**
   * Leaves calls out, such as health checks: `({ path }) => path.startsWith('/grpc.health.')`. They begin no span, but pass the context on.
   * Default: every call is recorded.
   */
  readonly ignore?: (method: MethodInfo) => boolean
}

/**
 * Observes calls for OpenTelemetry, through the providers that are registered in `@opentelemetry/api`.
 *
 * A call is one span, with a child for each attempt if it has several. Its context is sent as `traceparent`, `tracestate` and `baggage`, or in the form of
 * the registered propagator, on every wire with headers. It is active in policies, handlers and generators. Metrics are
 * `rpc.client.call.duration` and `rpc.server.call.duration`.
 *
 * @example
 * const telemetry = openTelemetry()
 * const stock = connect(Stock, 'grpc://stock:50051', { observers: [telemetry] })
 * await serve([new Orders(stock)], { observers: [telemetry] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `sample` is not from 0 to 1
 * @see docs/guide/observability.md#opentelemetry
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): CallObserver {
  return new OpenTelemetryObserver(options)
}

const scope = 'polywire'

class OpenTelemetryObserver implements CallObserver, Recording {
  readonly needsHeaders: boolean
  /** A call with a span runs in its own context, and one without needs none. */
  readonly needsContext = false
  readonly attemptSpans: AttemptSpans
  readonly tracer: Tracer | undefined
  private readonly histograms: Readonly<Record<ObservedSide, Histogram>> | undefined
  private readonly ignore: ((method: MethodInfo) => boolean) | undefined
  private readonly sampling: Sampling | undefined
  private readonly places = new WeakMap<Endpoint | Peer, Attributes>()

  constructor(options: OpenTelemetryOptions) {
    const { traces = true, metrics: measures = true, attemptSpans = 'several', sample = 1 } = options
    this.needsHeaders = traces
    this.tracer = traces ? trace.getTracer(scope) : undefined
    this.attemptSpans = attemptSpans
    this.ignore = options.ignore
    this.sampling = sample === 1 ? undefined : new Sampling(sample)
    this.histograms = measures ? { client: histogram('client'), server: histogram('server') } : undefined
  }

  get measures(): boolean {
    return this.histograms !== undefined
  }

  callBegan(call: Call, side: ObservedSide, protocol: string): CallObservation | undefined {
    return this.bindMethod(call.method, side, protocol).callBegan(call)
  }

  bindMethod(method: MethodInfo, side: ObservedSide, protocol: string): MethodObserver {
    if (this.ignore?.(method)) return ignored
    const attributes = { [conventions.system]: systemName(protocol), [conventions.method]: methodLabel(method.path) }
    if (this.tracer === undefined) return new MethodWithoutSpans(this, { side, attributes })
    const Method = side === 'client' ? CalledMethod : ServedMethod
    return new Method(this as TracingRecording, { side, attributes }, this.sampling)
  }

  /** A span of its own, without a parent: the headers were not read. Its method is `_OTHER`, because a stranger may have named it. */
  callRefused({ path, peer, error }: RefusedCall): void {
    const method = '_OTHER'
    const attributes = { [conventions.system]: systemName(peer.protocol), [conventions.method]: method }
    this.record('server', 0, { ...attributes, ...outcomeAttributes('server', error) })
    const original = { [conventions.originalMethod]: methodLabel(path).slice(0, 200) }
    const place = this.peerPlaceOf(peer)
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

  placeOf(endpoint: Endpoint): Attributes {
    let place = this.places.get(endpoint)
    if (place === undefined) {
      place = placeAttributes(endpoint.address, conventions.serverAddress, conventions.serverPort)
      this.places.set(endpoint, place)
    }
    return place
  }

  peerPlaceOf(peer: Peer | undefined): Attributes {
    if (peer === undefined) return {}
    let place = this.places.get(peer)
    if (place === undefined) {
      place = placeAttributes(peer.address, conventions.peerAddress, conventions.peerPort)
      this.places.set(peer, place)
    }
    return place
  }
}

/** Calls that the application wants to be left out. */
const ignored: MethodObserver = { callBegan: () => undefined }

function histogram(side: ObservedSide): Histogram {
  return metrics.getMeter(scope).createHistogram(durations[side], {
    unit: 's',
    description: side === 'client' ? 'Duration of outgoing calls.' : 'Duration of incoming calls.',
    valueType: ValueType.DOUBLE,
    advice: { explicitBucketBoundaries: [...durationBounds] },
  })
}
