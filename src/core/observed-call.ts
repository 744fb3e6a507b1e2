import type { Call } from './call.js'
import type {
  AttemptCause,
  AttemptObservation,
  CallObservation,
  CallOutcome,
  Decision,
  MessageDirection,
  ObservedAttempt,
  StreamBacklog,
} from './call-observer.js'
import type { Clock } from './clock.js'
import { guarded, type ObserverReport, reportRejection } from './guarded.js'
import type { Reason } from './reasons.js'
import { RpcError } from './rpc-error.js'

/** Who observes. */
interface Watch {
  readonly isServer: boolean
  /** Whether an observer sets request headers. */
  readonly needsHeaders: boolean
  /** Whether an observer is told of ends in the context of the caller. */
  readonly needsContext: boolean
  readonly report: ObserverReport
}

/** An observed call, with when it began and what time it is, in monotonic milliseconds of its clock. */
type Begun = Call & { readonly began: number | undefined; readonly now: number | undefined; readonly clock: Clock }

/**
 * What the engine keeps of an observed call. Its attempts share it, parallel ones too.
 *
 * What every call tells is written out for its first observation, and not passed to `guarded`: there V8 sees every event of every observer,
 * and can inline none.
 */
export class ObservedCall {
  /** Server: why the reply could not be sent, which its handler does not know. */
  replyFailure: RpcError | undefined = undefined
  /** Whether an observation runs the call, in a context. */
  hasContext: boolean
  private countsWire: boolean
  /** Few calls have more than one observation. */
  private others: CallObservation[] | undefined = undefined
  private attempts = 0
  /** Why the next attempt is made. */
  cause: AttemptCause = 'first'
  /** What is told with the next attempt. */
  private intended: Decision | undefined = undefined
  private failure: RpcError | undefined = undefined
  private hasEnded = false
  /** Server: the reply is not encoded yet. */
  private endIsHeld = false
  /** Milliseconds that a call took whose end is held. */
  private heldDuration: number | undefined = undefined
  /** When it began, unless the call says so. */
  private readonly seenAt: number | undefined

  constructor(
    private readonly watch: Watch,
    private readonly call: Begun,
    private readonly first: CallObservation,
  ) {
    this.hasContext = first.run !== undefined
    this.countsWire = first.wireMessage !== undefined
    this.seenAt = call.began === undefined ? call.clock.now() : undefined
  }

  get needsHeaders(): boolean {
    return this.watch.needsHeaders
  }

  /** Client: whether its end must be told in the context of its caller. */
  get needsContext(): boolean {
    return this.watch.needsContext
  }

  add(observation: CallObservation): void {
    this.others ??= []
    this.others.push(observation)
    if (observation.run !== undefined) this.hasContext = true
    if (observation.wireMessage !== undefined) this.countsWire = true
  }

  /** Runs the call in the contexts of its observations, the first outermost. */
  run<T>(next: () => T): T {
    const { first, others, watch } = this
    let inner = next
    if (others !== undefined) {
      for (let i = others.length - 1; i >= 0; i--) {
        const one = others[i] as CallObservation
        const innermost = inner
        if (one.run !== undefined) inner = () => within(one, innermost, watch.report)
      }
    }
    return within(first, inner, watch.report)
  }

  /** Client: counts an attempt that begins, and tells what it was intended for. @returns which one it is, from 1 */
  nextAttempt(): number {
    if (this.intended !== undefined) this.decided(this.intended)
    return ++this.attempts
  }

  /** Client: an attempt begins. Undefined if nothing observes it. */
  attemptBegan(attempt: ObservedAttempt): AttemptObservation | undefined {
    const { first, others } = this
    const { report } = this.watch
    let observation: AttemptObservation | undefined
    try {
      observation = first.attemptBegan?.(attempt)
    } catch (error) {
      report(error)
    }
    if (others === undefined) return observation === undefined ? undefined : new ObservedAttempts([observation], report)
    const all = [observation, ...others.map(one => guarded(report, attemptBegan, one, attempt, undefined))]
    const begun = all.filter(one => one !== undefined)
    return begun.length === 0 ? undefined : new ObservedAttempts(begun, report)
  }

  /** A policy sends another attempt if an endpoint is left for it. The decision is told with that attempt, and not at all without one. */
  intends(decision: Decision): void {
    this.intended = decision
  }

  /** A policy calls it before what it decided happens. */
  decided(decision: Decision): void {
    const { action } = decision
    this.intended = undefined
    if (action === 'retry' || action === 'hedge' || action === 'failover') this.cause = action
    this.tell(decided, decision, undefined)
  }

  message(direction: MessageDirection, bytes: number): void {
    try {
      const result: unknown = this.first.message?.(direction, bytes)
      if (result !== undefined) reportRejection(result, this.watch.report)
    } catch (error) {
      this.watch.report(error)
    }
    if (this.others !== undefined) this.tellOthers(message, direction, bytes)
  }

  /** The call carries a stream. */
  streams(backlog: StreamBacklog): void {
    this.tell(streams, backlog, undefined)
  }

  wireMessage(direction: MessageDirection, bytes: number): void {
    if (this.countsWire) this.tell(wireMessage, direction, bytes)
  }

  /** The call was cancelled. At a caller it ends later, with what its policies make of that. */
  canceled(reason: RpcError): void {
    if (this.watch.isServer) this.end(reason)
  }

  /**
   * The call ended. Only the first end counts.
   *
   * A server sends the replies of one tick together, and may encode them after their handlers have ended. So it ends its calls in the next
   * tick: the bytes are known by then, and one reading of the clock does for all.
   */
  end(failure: RpcError | undefined): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.failure = failure
    if (!this.watch.isServer) this.endAt(this.call.now ?? this.call.clock.now())
    else if (ending.push(this) === 1) process.nextTick(endCalls)
  }

  /** @param now in monotonic milliseconds of `clock` */
  endAt(now: number): void {
    const duration = Math.max(0, now - (this.call.began ?? (this.seenAt as number)))
    if (this.endIsHeld) this.heldDuration = duration
    else this.tellEnd(duration)
  }

  get clock(): Clock {
    return this.call.clock
  }

  /** Server: the reply waits, or is being compressed. The end is told after that, with the bytes of the reply. `releaseEnd` must follow. */
  holdEnd(): void {
    this.endIsHeld = this.watch.isServer
  }

  releaseEnd(): void {
    if (!this.endIsHeld) return
    this.endIsHeld = false
    if (this.heldDuration !== undefined) this.tellEnd(this.heldDuration)
  }

  /** Tells the end, once; on the server with what became of the reply. */
  private tellEnd(duration: number): void {
    const { call } = this
    // A stream whose reply cannot be encoded is cancelled then, too.
    const error = this.replyFailure ?? this.failure
    const outcome: CallOutcome = {
      error,
      shedBy: error === undefined ? undefined : shedBy(error),
      duration,
      trace: this.first.trace ?? this.others?.find(one => one.trace !== undefined)?.trace,
    }
    try {
      const result: unknown = this.first.ended(outcome, call)
      if (result !== undefined) reportRejection(result, this.watch.report)
    } catch (error) {
      this.watch.report(error)
    }
    if (this.others !== undefined) this.tellOthers(callEnded, outcome, call)
  }

  private tell<A, B>(event: (to: CallObservation, a: A, b: B) => void, a: A, b: B): void {
    guarded(this.watch.report, event, this.first, a, b)
    if (this.others !== undefined) this.tellOthers(event, a, b)
  }

  private tellOthers<A, B>(event: (to: CallObservation, a: A, b: B) => void, a: A, b: B): void {
    const { report } = this.watch
    for (const one of this.others ?? []) guarded(report, event, one, a, b)
  }
}

/** One attempt, as all observations of its call see it. */
class ObservedAttempts implements AttemptObservation {
  constructor(
    private readonly all: readonly AttemptObservation[],
    private readonly report: ObserverReport,
  ) {}

  wireMessage(direction: MessageDirection, bytes: number): void {
    for (const one of this.all)
      if (one.wireMessage !== undefined) guarded(this.report, wireMessage, one, direction, bytes)
  }

  ended(error: RpcError | undefined): void {
    for (const one of this.all) guarded(this.report, attemptEnded, one, error, undefined)
  }
}

const attemptBegan = (to: CallObservation, attempt: ObservedAttempt) => to.attemptBegan?.(attempt)
const attemptEnded = (to: AttemptObservation, error: RpcError | undefined) => to.ended(error)
const decided = (to: CallObservation, decision: Decision) => to.decided?.(decision)
const streams = (to: CallObservation, backlog: StreamBacklog) => to.streams?.(backlog)
const message = (to: CallObservation, direction: MessageDirection, bytes: number) => to.message?.(direction, bytes)
const wireMessage = (to: Pick<CallObservation, 'wireMessage'>, direction: MessageDirection, bytes: number) =>
  to.wireMessage?.(direction, bytes)
const callEnded = (to: CallObservation, outcome: CallOutcome, call: Call) => to.ended(outcome, call)

/** Calls of servers that end in the next tick. */
let ending: ObservedCall[] = []

function endCalls(): void {
  const calls = ending
  ending = []
  let clock: Clock | undefined
  let now = 0
  for (const call of calls) {
    if (call.clock !== clock) {
      clock = call.clock
      now = clock.now()
    }
    call.endAt(now)
  }
}

/** Runs `next` once, even if the observation throws or does not call it. */
function within<T>(observation: CallObservation, next: () => T, report: ObserverReport): T {
  if (observation.run === undefined) return next()
  let outcome: { readonly value: T } | undefined
  let failed: { readonly error: unknown } | undefined
  const once = () => {
    try {
      outcome ??= { value: next() }
    } catch (error) {
      failed ??= { error }
    }
  }
  guarded(report, runIn, observation, once, undefined)
  if (failed !== undefined) throw failed.error
  return (outcome ?? { value: next() }).value
}

const runIn = (to: CallObservation, next: () => void) => to.run?.(next)

const shedding: Readonly<Partial<Record<Reason, string>>> = {
  bulkhead_full: 'bulkhead',
  circuit_open: 'circuitBreaker',
  not_authorized: 'authorize',
  overloaded: 'concurrency',
  rate_limited: 'rateLimit',
  unauthenticated: 'authorize',
}

/** The policy that made this error to refuse a call; undefined if none did. */
function shedBy({ reason }: RpcError): string | undefined {
  return reason === undefined ? undefined : shedding[reason as Reason]
}
