import type { Clock } from '../../core/clock.js'

export interface BreakerSettings {
  /** Milliseconds over which calls are counted. */
  readonly window: number
  /** Fewer calls than that in the window say nothing. */
  readonly minimumCalls: number
  /** Share of failures, 0 to 1, from which on it opens. */
  readonly failureRate: number
  /** Milliseconds from which on a call is slow; Infinity where that does not matter. */
  readonly slowThreshold: number
  readonly slowRate: number
  /** Milliseconds until an open one lets calls through to try. */
  readonly open: number
  /** Calls that are let through then. */
  readonly halfOpen: number
}

/** Leave to make one call; whoever got it says how it went, once. */
export interface Pass {
  /** Of the state in which it was given; what was allowed in an earlier one changes nothing any more. */
  readonly epoch: number
  readonly startedAt: number
  /** One of the calls that decide whether a half-open breaker closes. */
  readonly probing: boolean
}

const slotCount = 10

/**
 * The state of one circuit. It needs no timer: an open one looks at the clock when it is asked.
 *
 * Invariants: half-open, at most `halfOpen` passes are out or have succeeded; open, nothing but time changes the state; a pass of an
 * earlier state changes nothing.
 */
export class Breaker {
  private state: 'closed' | 'open' | 'half-open' = 'closed'
  private epoch = 0
  /** Open until then. */
  private reopensAt = 0
  private probes = 0
  private succeeded = 0
  /** The window in slots, each good for a tenth of it; sums are kept so that nothing is added up per call. */
  private readonly slots = Array.from({ length: slotCount }, () => ({ tick: -1, calls: 0, failures: 0, slow: 0 }))
  private readonly sum = { calls: 0, failures: 0, slow: 0 }
  private lastTick = -1

  constructor(
    private readonly settings: BreakerSettings,
    private readonly clock: Clock,
  ) {}

  /** Undefined: no call now. */
  enter(): Pass | undefined {
    const now = this.clock.now()
    if (this.state === 'open') {
      if (now < this.reopensAt) return undefined
      this.turn('half-open')
    }
    if (this.state === 'closed') return { epoch: this.epoch, startedAt: now, probing: false }
    if (this.probes >= this.settings.halfOpen) return undefined
    this.probes++
    return { epoch: this.epoch, startedAt: now, probing: true }
  }

  /** Milliseconds until a call may be let through again; 0 where other calls are on trial. */
  get wait(): number {
    return this.state === 'open' ? Math.max(0, this.reopensAt - this.clock.now()) : 0
  }

  /** Nothing is known that a new one would not know. */
  get idle(): boolean {
    this.forget(this.tick(this.clock.now()))
    return this.state === 'closed' && this.sum.calls === 0
  }

  /** @param took milliseconds; undefined where the time says nothing */
  succeed(pass: Pass, took?: number): void {
    if (pass.epoch !== this.epoch) return
    const now = this.clock.now()
    const slow = (took ?? now - pass.startedAt) >= this.settings.slowThreshold
    if (this.state === 'closed') this.count({ failed: false, slow }, now)
    else if (slow) this.trip()
    else if (++this.succeeded >= this.settings.halfOpen) this.turn('closed')
  }

  fail(pass: Pass): void {
    if (pass.epoch !== this.epoch) return
    const now = this.clock.now()
    if (this.state === 'closed')
      this.count({ failed: true, slow: now - pass.startedAt >= this.settings.slowThreshold }, now)
    else this.trip()
  }

  /** The call says nothing of the server: cancelled, say. Its place among those on trial is free again. */
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
    this.reopensAt = this.clock.now() + this.settings.open
    this.turn('open')
  }

  private turn(state: 'closed' | 'open' | 'half-open'): void {
    this.state = state
    this.epoch++
    this.probes = this.succeeded = 0
    for (const slot of this.slots) slot.calls = slot.failures = slot.slow = 0
    this.sum.calls = this.sum.failures = this.sum.slow = 0
  }

  private tick(now: number): number {
    return Math.floor((now * slotCount) / this.settings.window)
  }

  /** Slots that have left the window go out of the sums. */
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
