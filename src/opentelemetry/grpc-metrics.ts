import { type Attributes, metrics } from '@opentelemetry/api'
import type { Call } from '../core/call.js'
import type {
  AttemptCause,
  AttemptObservation,
  CallObservation,
  CallObserver,
  CallOutcome,
  ConnectionChange,
  MessageDirection,
  ObservedAttempt,
  ObservedSide,
  RefusedCall,
} from '../core/call-observer.js'
import { Code } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import type { RpcError } from '../core/rpc-error.js'
import { methodLabel, statusText } from '../telemetry/method-metrics.js'
import {
  disconnectErrorLabel,
  type Instruments,
  instrumentsOf,
  localityLabel,
  securityLevelLabel,
} from './grpc-instruments.js'

/** What `grpcMetrics` records. */
export interface GrpcMetricsOptions {
  /**
   * The targets to record in `grpc.target`; the others count as `other`. For a process that makes clients of many addresses:
   * `target => target.startsWith('grpc+dns://')`. Default: every target.
   */
  readonly recordTarget?: (target: string) => boolean
  /** Whether attempts and connections have the label `grpc.lb.locality`: the zone of the endpoint, empty without one. Default false. */
  readonly locality?: boolean
  /** Whether `grpc.subchannel.disconnections` has the label `grpc.disconnect_error`: why a connection ended. Default false. */
  readonly disconnectError?: boolean
  /**
   * Whether `grpc.subchannel.open_connections` has the label `grpc.security_level`: `privacy_and_integrity` over TLS, else `none`. Default
   * false.
   */
  readonly securityLevel?: boolean
}

/**
 * Observes calls over gRPC with the metrics that gRPC's own libraries have: gRFC A66 (calls and attempts), A94 (connections) and A96
 * (retries), with their names, units, labels and buckets. Dashboards for grpc-go or grpc-java then work for polywire.
 *
 * It records through the meter provider that is registered in `@opentelemetry/api`: register it before. Calls over other wires are not
 * recorded; `openTelemetry()` has them all.
 *
 * @example
 * const observers = [openTelemetry(), grpcMetrics()]
 * const stock = connect(Stock, 'grpc://stock:50051', { observers })
 * await serve([new Orders(stock)], { observers })
 *
 * @see docs/reference/metrics.md#grpc
 */
export function grpcMetrics(options: GrpcMetricsOptions = {}): CallObserver {
  return new GrpcMetrics(options)
}

/** In place of a method or target that is not recorded. Source: gRFC A66. */
const other = 'other'

class GrpcMetrics implements CallObserver {
  private readonly instruments = instrumentsOf(metrics.getMeter('polywire'))
  /** The paths of the methods that were called here. A refused path may be any text. */
  private readonly servedPaths = new Set<string>()

  constructor(private readonly options: GrpcMetricsOptions) {}

  callBegan({ method }: Call, side: ObservedSide, protocol: string, target = ''): CallObservation | undefined {
    if (protocol !== 'grpc') return undefined
    const labels = { 'grpc.method': methodLabel(method.path) }
    if (side === 'client') {
      const locality = this.options.locality ?? false
      return new ClientCall(this.instruments, { ...labels, 'grpc.target': this.targetOf(target) }, locality)
    }
    this.servedPaths.add(method.path)
    return new ServedCall(this.instruments, labels)
  }

  callRefused({ path, peer, error }: RefusedCall): void {
    if (peer.protocol !== 'grpc') return
    const method = this.servedPaths.has(path) ? methodLabel(path) : other
    new ServedCall(this.instruments, { 'grpc.method': method }).ended({ error, duration: 0, shedBy: undefined })
  }

  connectionChanged({ protocol, target, endpoint, secure, state, reason = 'unknown' }: ConnectionChange): void {
    if (protocol !== 'grpc') return
    const { connected, connectFailed, disconnected, openConnections } = this.instruments
    const labels = { 'grpc.target': this.targetOf(target), ...(this.options.locality && localityOf(endpoint)) }
    const open = this.options.securityLevel ? { ...labels, [securityLevelLabel]: levelOf(secure) } : labels
    if (state === 'failed') connectFailed.add(1, labels)
    else if (state === 'connected') {
      connected.add(1, labels)
      openConnections.add(1, open)
    } else {
      disconnected.add(1, this.options.disconnectError ? { ...labels, [disconnectErrorLabel]: reason } : labels)
      openConnections.add(-1, open)
    }
  }

  private targetOf(target: string): string {
    return (this.options.recordTarget?.(target) ?? true) ? target : other
  }
}

function localityOf({ zone = '' }: Endpoint): Attributes {
  return { [localityLabel]: zone }
}

/** The words of gRPC's `SecurityLevel`. */
function levelOf(secure: boolean): string {
  return secure ? 'privacy_and_integrity' : 'none'
}

function statusLabel(error: RpcError | undefined): Attributes {
  return { 'grpc.status': statusText(error?.code ?? Code.ok) }
}

/** The bytes of the messages of one call or attempt. */
class Sizes {
  sent = 0
  received = 0

  wireMessage(direction: MessageDirection, bytes: number): void {
    this[direction] += bytes
  }
}

class ServedCall extends Sizes implements CallObservation {
  constructor(
    private readonly instruments: Instruments,
    private readonly labels: Attributes,
  ) {
    super()
    instruments.served.add(1, labels)
  }

  ended({ error, duration }: CallOutcome): void {
    const { servedDuration, servedSent, servedReceived } = this.instruments
    const labels = { ...this.labels, ...statusLabel(error) }
    servedDuration.record(duration / 1000, labels)
    servedSent.record(this.sent, labels)
    servedReceived.record(this.received, labels)
  }
}

class ClientCall implements CallObservation {
  private readonly began: Record<AttemptCause, number> = { first: 0, retry: 0, hedge: 0, failover: 0 }
  private active = 0
  /** When the last active attempt ended. */
  private idleSince: number | undefined = undefined
  /** Milliseconds between attempts. */
  private idle = 0

  constructor(
    readonly instruments: Instruments,
    readonly labels: Attributes,
    private readonly locality: boolean,
  ) {}

  attemptBegan({ cause, endpoint }: ObservedAttempt): AttemptObservation {
    const now = performance.now()
    if (this.idleSince !== undefined) this.idle += now - this.idleSince
    this.idleSince = undefined
    this.active++
    this.began[cause]++
    this.instruments.attemptStarted.add(1, this.labels)
    const labels = this.locality ? { ...this.labels, ...localityOf(endpoint) } : this.labels
    return new Attempt(this, labels, now)
  }

  attemptEnded(now: number): void {
    this.active--
    if (this.active === 0) this.idleSince = now
  }

  ended({ error, duration }: CallOutcome): void {
    const { labels, began, idle } = this
    const { callDuration, callRetries, callHedges, callTransparentRetries, callRetryDelay } = this.instruments
    callDuration.record(duration / 1000, { ...labels, ...statusLabel(error) })
    if (began.retry > 0) callRetries.record(began.retry, labels)
    if (began.hedge > 0) callHedges.record(began.hedge, labels)
    if (began.failover > 0) callTransparentRetries.record(began.failover, labels)
    if (idle > 0) callRetryDelay.record(idle / 1000, labels)
  }
}

class Attempt extends Sizes implements AttemptObservation {
  constructor(
    private readonly call: ClientCall,
    private readonly labels: Attributes,
    private readonly start: number,
  ) {
    super()
  }

  ended(error: RpcError | undefined): void {
    const now = performance.now()
    const { attemptDuration, attemptSent, attemptReceived } = this.call.instruments
    const labels = { ...this.labels, ...statusLabel(error) }
    attemptDuration.record((now - this.start) / 1000, labels)
    attemptSent.record(this.sent, labels)
    attemptReceived.record(this.received, labels)
    this.call.attemptEnded(now)
  }
}
