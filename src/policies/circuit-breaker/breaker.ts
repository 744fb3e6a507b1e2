import type { BreakerState } from '../../core/call-observer.js'
import type { Clock } from '../../core/clock.js'
import { Code, isHealthCode } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import type { Held } from '../../core/until-ended.js'

export interface BreakerSettings {
  /** Milliseconds over which calls are counted. */
  readonly window: number
  /** With fewer calls in the window it never opens. */
  readonly minimumCalls: number
  /** The share of failures, 0 to 1, that opens it. */
  readonly failureRate: number
  /** Milliseconds from which a call is slow; Infinity if slow calls do not matter. */
  readonly slowThreshold: number
  readonly slowRate: number
  /** Milliseconds until an open one admits trial calls. */
  readonly openFor: number
  /** Trial calls that it admits then. */
  readonly halfOpenCalls: number
}

/** Permission to make one call. The holder reports the outcome exactly once. */
export class Pass implements Held {
  /** Milliseconds until a stream was accepted. */
  private latency: number | undefined
  private settled = false

  constructor(
    private readonly breaker: Breaker,
    /** The breaker's state when it was given. A pass of an earlier state changes nothing. */
    readonly epoch: number,
    readonly startedAt: number,
    /** A trial call: one of those that decide whether a half-open breaker closes. */
    readonly probing: boolean,
  ) {}

  /** A stream can last for hours: on trial it succeeds once it is accepted. Any other is judged when it ends. */
  began(): void {
    this.latency = this.breaker.now - this.startedAt
    if (this.probing) this.ended(undefined)
  }

  ended(thrown: unknown): void {
    if (this.settled) return
    this.settled = true
    if (thrown === undefined) {
      this.breaker.succeed(this, this.latency)
      return
    }
    const error = RpcError.from(thrown)
    // A call that was never sent, or was cancelled, says nothing about the server.
    if (error.code === Code.canceled || error.delivery === 'unsent') this.breaker.forgo(this)
    else if (isHealthCode(error.code)) this.breaker.fail(this)
    else this.breaker.succeed(this)
  }
}

const slotCount = 10

/**
 * The state of one circuit. It needs no timer: an open one reads the clock when a call comes.
 *
 * Invariants: half-open, at most `halfOpenCalls` passes are out or have succeeded; open, only time changes the state; a pass of an earlier
 * state changes nothing.
 */
export class Breaker {
  state: BreakerState = 'closed'
  private epoch = 0
  /** When an open one admits trial calls. */
  private reopensAt = 0
  /** When a half-open one was last asked for a trial call. */
  private askedAt = 0
  private probes = 0
  private succeeded = 0
  /** The window in slots of a tenth each. The sums over all slots are kept, so that a call adds nothing up. */
  private readonly slots = Array.from({ length: slotCount }, () => ({ tick: -1, calls: 0, failures: 0, slow: 0 }))
  private readonly sum = { calls: 0, failures: 0, slow: 0 }
  private lastTick = -1

  constructor(
    private readonly settings: BreakerSettings,
    private readonly clock: Clock,
    /** Called after each change of the state. */
    private readonly changed: (state: BreakerState) => void = () => {},
  ) {}

  /** Undefined if no call may be made now. */
  enter(): Pass | undefined {
    const now = this.clock.now()
    if (this.state === 'open') {
      if (now < this.reopensAt) return undefined
      this.transition('half-open')
    }
    if (this.state === 'closed') return new Pass(this, this.epoch, now, false)
    this.askedAt = now
    if (this.probes >= this.settings.halfOpenCalls) return undefined
    this.probes++
    return new Pass(this, this.epoch, now, true)
  }

  get now(): number {
    return this.clock.now()
  }

  /** Milliseconds until it admits trial calls; 0 if trial calls are in flight. */
  get wait(): number {
    return this.state === 'open' ? Math.max(0, this.reopensAt - this.clock.now()) : 0
  }

  /**
   * Whether it can be dropped: it is closed without calls in the window, or nobody has asked it for as long since it admits trial calls, as
   * when its endpoint is gone.
   */
  get idle(): boolean {
    const now = this.clock.now()
    this.forget(this.tick(now))
    if (this.state === 'closed') return this.sum.calls === 0
    return this.probes === this.succeeded && now - Math.max(this.reopensAt, this.askedAt) > this.settings.window
  }

  inspect() {
    this.forget(this.tick(this.clock.now()))
    return { state: this.state, ...this.sum, reopensIn: this.wait }
  }

  /** @param latency milliseconds; default: since the pass was given */
  succeed(pass: Pass, latency?: number): void {
    if (pass.epoch !== this.epoch) return
    const now = this.clock.now()
    const slow = (latency ?? now - pass.startedAt) >= this.settings.slowThreshold
    if (this.state === 'closed') this.count({ failed: false, slow }, now)
    else if (slow) this.trip()
    else if (++this.succeeded >= this.settings.halfOpenCalls) this.transition('closed')
  }

  fail(pass: Pass): void {
    if (pass.epoch !== this.epoch) return
    const now = this.clock.now()
    if (this.state === 'closed')
      this.count({ failed: true, slow: now - pass.startedAt >= this.settings.slowThreshold }, now)
    else this.trip()
  }

  /** The call says nothing about the server. Its place among the trial calls becomes free. */
  forgo(pass: Pass): void {
    if (pass.epoch === this.epoch && this.state === 'half-open') this.probes--
  }

  private count({ failed, slow }: { readonly failed: boolean; readonly slow: boolean }, now: number): void {
    const { minimumCalls, failureRate, slowRate } = this.settings
    const tick = this.tick(now)
    this.forget(tick)
    const slot = this.slots[tick % slotCount] as (typeof this.slots)[number]
    slot.tick = tick
    slot.calls++
    this.sum.calls++
    if (failed) {
      slot.failures++
      this.sum.failures++
    }
    if (slow) {
      slot.slow++
      this.sum.slow++
    }
    const { calls, failures } = this.sum
    if (calls < minimumCalls) return
    if ((failed && failures >= failureRate * calls) || (slow && this.sum.slow >= slowRate * calls)) this.trip()
  }

  private trip(): void {
    this.reopensAt = this.clock.now() + this.settings.openFor
    this.transition('open')
  }

  private transition(state: BreakerState): void {
    this.state = state
    this.epoch++
    this.probes = this.succeeded = 0
    for (const slot of this.slots) slot.calls = slot.failures = slot.slow = 0
    this.sum.calls = this.sum.failures = this.sum.slow = 0
    this.changed(state)
  }

  private tick(now: number): number {
    return Math.floor((now * slotCount) / this.settings.window)
  }

  /** Subtracts the slots that have left the window from the sums. */
  private forget(tick: number): void {
    if (tick === this.lastTick) return
    this.lastTick = tick
    for (const slot of this.slots) {
      if (slot.tick > tick - slotCount) continue
      this.sum.calls -= slot.calls
      this.sum.failures -= slot.failures
      this.sum.slow -= slot.slow
      slot.calls = slot.failures = slot.slow = 0
    }
  }
}
