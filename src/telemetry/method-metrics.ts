import type { Call, MethodInfo } from '../core/call.js'
import type {
  CallObservation,
  CallOutcome,
  Decision,
  MessageDirection,
  ObservedAttempt,
} from '../core/call-observer.js'
import { Code, codeName } from '../core/code.js'
import type { Counters } from './counters.js'
import type { LabelValues } from './exposition.js'
import { Histogram } from './histogram.js'
import { traceOf } from './trace-context.js'

/** What the methods of one side count together. */
export interface SideCounters {
  readonly shed: Counters
  readonly attempts: Counters
  readonly picks: Counters
  readonly decisions: Counters
}

/** Seconds for which a bucket keeps its exemplar. Reading a trace from the headers costs more than counting. */
const exemplarAge = 10

/** The figures of one method over one protocol, on one side. */
export class MethodMetrics {
  readonly label: string
  inFlight = 0
  sentBytes = 0
  receivedBytes = 0
  /** By code. */
  private readonly durations: (Histogram | undefined)[] = []

  constructor(
    { path }: MethodInfo,
    readonly protocol: string,
    readonly counters: SideCounters,
  ) {
    this.label = methodLabel(path)
  }

  begin(call: Call): CallObservation {
    this.inFlight++
    return new MeasuredCall(this, call)
  }

  ended(call: Call, { error, duration, shedBy }: CallOutcome): void {
    this.inFlight--
    const seconds = duration / 1000
    const code = error?.code ?? Code.ok
    let histogram = this.durations[code]
    if (histogram === undefined) {
      histogram = new Histogram()
      this.durations[code] = histogram
    }
    const bucket = histogram.record(seconds)
    const now = Date.now() / 1000
    if (now - (histogram.exemplars[bucket]?.at ?? 0) > exemplarAge) {
      const trace = traceOf(call)
      if (trace !== undefined) histogram.exemplars[bucket] = { ...trace, value: seconds, at: now }
    }
    if (shedBy !== undefined) this.counters.shed.add(1, this.label, shedBy)
  }

  *samples(): Iterable<readonly [LabelValues, Histogram]> {
    const system = systemName(this.protocol)
    for (const [code, histogram] of this.durations.entries()) {
      if (histogram === undefined) continue
      const status = statusText(code)
      yield [[system, this.label, status, code === Code.ok ? undefined : status], histogram]
    }
  }
}

class MeasuredCall implements CallObservation {
  constructor(
    private readonly metrics: MethodMetrics,
    private readonly call: Call,
  ) {}

  attemptBegan({ cause, endpoint }: ObservedAttempt): undefined {
    const { counters, label } = this.metrics
    counters.attempts.add(1, label, cause)
    counters.picks.add(1, endpoint.address)
  }

  decided({ policy, action }: Decision): void {
    this.metrics.counters.decisions.add(1, this.metrics.label, policy, action)
  }

  message(direction: MessageDirection, bytes: number): void {
    if (direction === 'sent') this.metrics.sentBytes += bytes
    else this.metrics.receivedBytes += bytes
  }

  ended(outcome: CallOutcome): void {
    this.metrics.ended(this.call, outcome)
  }
}

/** `zoo.Keeper/SayHello`: the path as OpenTelemetry's `rpc.method` has it. */
export function methodLabel(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path
}

/** `NOT_FOUND`: the code as OpenTelemetry's `rpc.status_code` has it for gRPC. */
export function statusText(code: Code): string {
  return (codeName(code) ?? `code ${code}`).toUpperCase()
}

/** OpenTelemetry's `rpc.system.name`. Its values for HTTP are those of the Connect protocol. */
export function systemName(protocol: string): string {
  return protocol === 'http' ? 'connectrpc' : protocol
}
