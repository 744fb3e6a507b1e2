import type { Call } from '../core/call.js'
import type {
  CallObservation,
  CallOutcome,
  Decision,
  MessageDirection,
  MethodObserver,
  ObservedAttempt,
  ObservedSide,
} from '../core/call-observer.js'
import { Code, codeName } from '../core/code.js'
import type { Endpoint } from '../core/endpoint.js'
import type { Counters, Series } from './counters.js'
import { isErrorCode } from './error-codes.js'
import type { LabelValues } from './exposition.js'
import { Histogram } from './histogram.js'
import { traceOf } from './trace-context.js'

/** What the methods of one side count together. */
export interface SideCounters {
  readonly side: ObservedSide
  readonly shed: Counters
  readonly attempts: Counters
  readonly picks: Counters
  readonly decisions: Counters
}

/** The figures of one method over one protocol, on one side. It observes every call of the method, so that none allocates anything. */
export class MethodMetrics implements CallObservation, MethodObserver {
  readonly label: string
  inFlight = 0
  sentBytes = 0
  receivedBytes = 0
  /** By code. */
  private readonly durations: (Histogram | undefined)[] = []
  /** Nearly every attempt is a first one. */
  private firstAttempts: Series | undefined
  /** Most methods call one endpoint, or one often. */
  private picked: Endpoint | undefined
  private picks: Series | undefined

  constructor(
    path: string,
    readonly protocol: string,
    readonly counters: SideCounters,
  ) {
    this.label = methodLabel(path)
  }

  callBegan(): this {
    this.inFlight++
    return this
  }

  attemptBegan({ cause, endpoint }: ObservedAttempt): undefined {
    const { attempts, picks } = this.counters
    if (cause === 'first') {
      this.firstAttempts ??= attempts.series(this.label, cause)
      this.firstAttempts.value++
    } else attempts.add(1, this.label, cause)
    if (this.picks === undefined || endpoint !== this.picked) {
      this.picked = endpoint
      this.picks = picks.of(endpoint.address)
    }
    this.picks.value++
  }

  decided({ policy, action }: Decision): void {
    this.counters.decisions.add(1, this.label, policy, action)
  }

  message(direction: MessageDirection, bytes: number): void {
    if (direction === 'sent') this.sentBytes += bytes
    else this.receivedBytes += bytes
  }

  ended({ error, duration, shedBy, trace }: CallOutcome, call: Call): void {
    this.inFlight--
    const seconds = duration / 1000
    const code = error?.code ?? Code.ok
    this.durations[code] ??= new Histogram()
    const histogram = this.durations[code]
    const bucket = histogram.record(seconds)
    if (histogram.looksForTrace(bucket)) {
      const known = trace ?? traceOf(call)
      if (known?.sampled) {
        const { traceId, spanId } = known
        histogram.keep(bucket, { traceId, spanId, value: seconds, at: Date.now() / 1000 })
      }
    }
    if (shedBy !== undefined) this.counters.shed.add(1, this.label, shedBy)
  }

  *samples(): Iterable<readonly [LabelValues, Histogram]> {
    const system = systemName(this.protocol)
    for (const [code, histogram] of this.durations.entries()) {
      if (histogram === undefined) continue
      const status = statusText(code)
      yield [[system, this.label, status, isErrorCode(this.counters.side, code) ? status : undefined], histogram]
    }
  }
}

/** `zoo.Keeper/SayHello`: the path as OpenTelemetry's `rpc.method` has it. */
export function methodLabel(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path
}

/** `NOT_FOUND`: the code as OpenTelemetry's `rpc.status_code` has it for gRPC, where `CANCELLED` has two L. */
export function statusText(code: Code): string {
  return code === Code.canceled ? 'CANCELLED' : (codeName(code) ?? `code ${code}`).toUpperCase()
}

/** OpenTelemetry's `rpc.system.name`. Its values for HTTP are those of the Connect protocol. */
export function systemName(protocol: string): string {
  return protocol === 'http' ? 'connectrpc' : protocol
}
