import type { Call, MethodInfo } from '../core/call.js'
import type {
  BreakerChange,
  CallObservation,
  CallObserver,
  CallOutcome,
  EjectionChange,
  ObservedSide,
  RefusedCall,
} from '../core/call-observer.js'
import type { Clock } from '../core/clock.js'
import type { RpcError } from '../core/rpc-error.js'
import { systemClock } from '../core/timer-wheel.js'
import {
  type CallRecord,
  CallRecording,
  endedRecord,
  type RecordedAttempt,
  type RecordedDecision,
  type RecordingListener,
} from './call-record.js'
import { bucketOf, type Distribution } from './duration-buckets.js'
import { EndpointPicks } from './endpoint-picks.js'
import { type HistoryRange, slotOf } from './history-range.js'
import { LimitRefusals } from './limit-refusals.js'
import { type HistoryScope, MethodHistory } from './method-history.js'
import { type SeriesView, slotCount } from './time-series.js'

/** Milliseconds after the last look in which calls are still recorded one by one. */
const attention = 5 * 60_000
const minute = 60_000
/** Openings of circuits, and ejections, that are remembered. */
const mostEvents = 100

/** A circuit that opened, or an ejection. */
interface EndpointEvent {
  /** The address of the endpoint. */
  readonly endpoint: string
  /** Milliseconds since then. */
  readonly ago: number
}

/** A call that somebody waits for. */
interface AwaitedCall {
  readonly side: ObservedSide
  /** A policy decided something. Default: it is not told. */
  decided?(decision: RecordedDecision): void
  ended(record: CallRecord): void
}

interface RememberedEvent {
  /** The service whose circuit opened, or the target of the channel that ejected the endpoint. */
  readonly of: string
  readonly endpoint: string
  readonly at: number
}

/**
 * What the console shows of calls: figures of the last minute, hour and day, and the slow and failed calls of each method.
 *
 * `serve(..., { console: true })` makes one for the server. To see the calls that this process makes beside those that it serves, make one
 * and give it to both. While nobody looks at the console it only counts; details of calls, such as their attempts, are recorded from the
 * first look until 5 minutes after the last. Its memory is bounded.
 *
 * @example
 * const calls = new CallHistory()
 * const stock = connect(Stock, 'grpc://stock:50051', { observers: [calls] })
 * await serve([new Orders(stock)], { port: 8080, console: { calls } })
 *
 * @see docs/guide/console.md
 */
export class CallHistory implements CallObserver {
  /** Counting needs no context. */
  readonly needsContext = false

  private readonly scope: HistoryScope
  /** By path: several classes may declare one method, as a contract and its implementation do. */
  private readonly methods = {
    client: new Map<string, MethodHistory>(),
    server: new Map<string, MethodHistory>(),
  }
  /** Calls in flight. */
  private readonly inFlight = { client: 0, server: 0 }
  /** The most served calls that were in flight at once. */
  peak = 0
  /** What the limits of the server refused. */
  readonly refusals = new LimitRefusals()
  private readonly picks: EndpointPicks
  private readonly channels = new Set<readonly object[]>()
  private readonly streams = new Set<CallRecording>()
  private readonly awaited = new Map<string, AwaitedCall>()
  private readonly opened: RememberedEvent[] = []
  private readonly ejected: RememberedEvent[] = []
  private lookedAt = Number.NEGATIVE_INFINITY
  /** One for all calls. */
  private readonly listener: RecordingListener = {
    attemptEnded: (recording, attempt) => this.attempted(recording, attempt),
    decided: (recording, decision) => this.decided(recording, decision),
    message: ({ call, side }, direction, bytes) => this.historyOf(call.method, side).message(direction, bytes),
    ended: (recording, outcome) => this.ended(recording, outcome),
  }

  /** Makes an empty history. */
  constructor(
    options: {
      /** The source of time, for tests. Default: the system's clock. */
      readonly clock?: Clock
    } = {},
  ) {
    const { clock = systemClock } = options
    let key = 0
    this.picks = new EndpointPicks(clock)
    this.scope = { clock, nextKey: () => ++key, ended: (side, error) => this.over(side, error) }
  }

  /** Counts a call, and records it while the console is open. Called by channels and servers. */
  callBegan(call: Call, side: ObservedSide, protocol: string): CallObservation {
    const method = this.historyOf(call.method, side)
    method.inFlight++
    if (++this.inFlight[side] > this.peak && side === 'server') this.peak = this.inFlight.server
    if (Math.abs(this.scope.clock.now() - this.lookedAt) > attention) return method
    return this.recording(call, side, protocol)
  }

  /** Counts requests that a limit refused before there was a call. Called by servers. */
  callRefused({ error }: RefusedCall): void {
    this.refusals.add(error)
  }

  /** Remembers circuits that open. Called by channels. */
  breakerChanged({ method, endpoint, state }: BreakerChange): void {
    if (state === 'open') this.remember(this.opened, method.serviceName, endpoint)
  }

  /** Remembers ejections. Called by channels. */
  ejectionChanged({ target, endpoint, state }: EjectionChange): void {
    if (state === 'ejected') this.remember(this.ejected, target, endpoint.address)
  }

  /** The circuits of these services that opened in the last minute, the newest last. */
  openedIn(services: readonly string[]): readonly EndpointEvent[] {
    return this.lastMinute(this.opened, services)
  }

  /** The endpoints that channels to this target ejected in the last minute, the newest last. */
  ejectedFrom(target: string): readonly EndpointEvent[] {
    return this.lastMinute(this.ejected, [target])
  }

  /** Says that somebody looks: calls are recorded one by one for the next 5 minutes. Called by the console. */
  look(): void {
    this.lookedAt = this.scope.clock.now()
  }

  /** Adds the clients of one channel, which the console shows. Called by `connect`. @returns a function that removes them */
  addClients(clients: readonly object[]): () => void {
    this.channels.add(clients)
    return () => void this.channels.delete(clients)
  }

  /** The clients, by channel. */
  get clients(): readonly (readonly object[])[] {
    return [...this.channels]
  }

  /** Bytes of the largest request that was served. */
  get largestRequest(): number {
    return this.methodsOf('server').reduce((largest, { largestReceived }) => Math.max(largest, largestReceived), 0)
  }

  /** The methods that were called, on one side. */
  methodsOf(side: ObservedSide): readonly MethodHistory[] {
    return [...this.methods[side].values()]
  }

  /** The history of one method; undefined if it was not called yet. */
  find(path: string, side: ObservedSide): MethodHistory | undefined {
    return this.methods[side].get(path)
  }

  /** The calls of all methods of one side, in each of the 60 slots of a range, oldest first. */
  traffic(side: ObservedSide, range: HistoryRange): Pick<SeriesView, 'slot' | 'calls'> {
    const sums = new Array<number>(slotCount).fill(0)
    for (const history of this.methods[side].values()) history.addCalls(range, sums)
    return { slot: slotOf(range), calls: sums }
  }

  /** A call that is kept, by its key. */
  record(key: number): CallRecord | undefined {
    return this.records().find(one => one.key === key)
  }

  /** The kept calls of all methods, newest first. */
  records(): readonly CallRecord[] {
    const all = [...this.methodsOf('server'), ...this.methodsOf('client')].flatMap(({ recent }) => recent)
    return all.sort((a, b) => b.key - a.key)
  }

  /** The open streams that began while somebody looked. */
  get openStreams(): readonly CallRecording[] {
    return [...this.streams]
  }

  /** The attempts of each second of the last minute at one endpoint, by services that are called there. `unhealthy` ones were turned away by a policy. */
  picksOf(service: string, address: string): SeriesView & Distribution {
    return this.picks.of(service, address)
  }

  /** The attempts of each second of the last minute at endpoints beyond the 1,000 that are counted one by one. */
  otherPicksOf(service: string): SeriesView & Distribution {
    return this.picks.ofOthers(service)
  }

  /** Tells of the next call with this id, slow or not. @returns a function that stops waiting for it */
  await(id: string, call: AwaitedCall): () => void {
    this.look()
    this.awaited.set(id, call)
    return () => void this.awaited.delete(id)
  }

  private over(side: ObservedSide, error: RpcError | undefined): void {
    this.inFlight[side]--
    if (side === 'server' && error !== undefined) this.refusals.add(error)
  }

  private awaitedCall({ call, side }: CallRecording): AwaitedCall | undefined {
    if (this.awaited.size === 0) return undefined
    const awaited = this.awaited.get(call.id)
    return awaited?.side === side ? awaited : undefined
  }

  private remember(events: RememberedEvent[], of: string, endpoint: string): void {
    events.push({ of, endpoint, at: this.scope.clock.now() })
    if (events.length > mostEvents) events.shift()
  }

  private lastMinute(events: readonly RememberedEvent[], wanted: readonly string[]): readonly EndpointEvent[] {
    const now = this.scope.clock.now()
    return events
      .filter(({ of, at }) => wanted.includes(of) && Math.abs(now - at) < minute)
      .map(({ endpoint, at }) => ({ endpoint, ago: Math.max(0, Math.round(now - at)) }))
  }

  private recording(call: Call, side: ObservedSide, protocol: string): CallRecording {
    const recording = new CallRecording(call, side, protocol, this.listener)
    if (call.method.kind !== 'unary') this.streams.add(recording)
    return recording
  }

  private decided(recording: CallRecording, decision: RecordedDecision): void {
    this.historyOf(recording.call.method, recording.side).decided(decision)
    this.awaitedCall(recording)?.decided?.(decision)
  }

  private ended(recording: CallRecording, outcome: CallOutcome): void {
    const { call, side } = recording
    this.streams.delete(recording)
    const record = this.historyOf(call.method, side).end(outcome, recording)
    this.awaitedCall(recording)?.ended(record ?? endedRecord(recording.record(), outcome, { key: 0, slow: false }))
  }

  /** What a policy turned away was picked, but says nothing of the endpoint: it counts as `unhealthy`, which no other attempt does. */
  private attempted({ call: { method } }: CallRecording, { endpoint, from, to = from, end }: RecordedAttempt): void {
    const isTurnedAway = end?.reason === 'circuit_open' || end?.reason === 'bulkhead_full'
    const bucket = method.kind === 'unary' && !isTurnedAway ? bucketOf(to - from) : -1
    this.picks
      .to(method.serviceName, endpoint)
      .record(this.scope.clock.now(), isTurnedAway ? 'unhealthy' : end?.code === 'ok' ? 'ok' : 'failed', bucket)
  }

  private historyOf(method: MethodInfo, side: ObservedSide): MethodHistory {
    const methods = this.methods[side]
    let found = methods.get(method.path)
    if (found === undefined) {
      found = new MethodHistory(method, side, this.scope)
      methods.set(method.path, found)
    }
    return found
  }
}
