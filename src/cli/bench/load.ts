import { pause } from '../../core/clock.js'
import { RpcError } from '../../core/rpc-error.js'
import { arrivals, type Share } from './arrivals.js'
import type { Pace } from './pace.js'
import { type Flight, Tally } from './tally.js'

/** Makes one call, and says in `flight` what it learns of it. @throws RpcError */
export type Send = (index: number, flight: Flight) => Promise<void>

export interface Step {
  /** Calls a second that are due, whether or not earlier ones were answered; undefined: `concurrency` at a time. */
  readonly rate: number | undefined
  /** The rate at the end of a ramp. Default: `rate`. */
  readonly endRate?: number
  /** Closed loop: calls in flight. */
  readonly concurrency: number
  /** Milliseconds. */
  readonly duration: number
  /** Equal parts of the duration, which are counted apart. */
  readonly windows: number
  readonly arrivals: 'uniform' | 'poisson'
  readonly seed: number
  readonly maxInFlight: number
  /** Milliseconds that calls in flight are waited for at the end. */
  readonly patience: number
}

export interface LoadContext {
  readonly send: Send
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Of the calls of the step. */
  readonly share: Share
  /** From 0 up to but not including 1. */
  readonly random: () => number
}

/** Milliseconds that calls in flight are waited for after Ctrl-C. */
const afterInterruption = 1000

/** Runs one step of load, or this generator's share of it. */
export class Load {
  /** One for each window. A call counts in the window in which it was due. */
  readonly tallies: readonly Tally[]
  /** That of the window that runs. */
  tally: Tally
  private readonly inFlight = new Map<number, Flight & { readonly tally: Tally }>()
  private whenIdle: (() => void) | undefined
  private count = 0
  /** Milliseconds that calls were due in, which an interruption shortens. */
  ran = 0

  constructor(
    private readonly step: Step,
    private readonly context: LoadContext,
  ) {
    this.tallies = Array.from({ length: step.windows }, () => new Tally())
    this.tally = this.tallies[0] as Tally
  }

  get flying(): number {
    return this.inFlight.size
  }

  async run(): Promise<readonly Tally[]> {
    const { pace } = this.context
    const start = pace.now()
    if (this.step.rate === undefined) await this.closed(start)
    else await this.open(start, this.step.rate)
    this.ran = pace.now() - start
    await this.drained()
    const now = pace.now()
    for (const flight of this.inFlight.values()) flight.tally.abandoned(flight, now)
    this.inFlight.clear()
    return this.tallies
  }

  /** Calls are due at fixed times, and leave then. A server that stalls is charged for every call that was due meanwhile. */
  private async open(start: number, rate: number): Promise<void> {
    const { duration, windows, maxInFlight } = this.step
    const { pace, signal, share, random } = this.context
    const schedule = { ...this.step, rate, share, random: this.step.arrivals === 'poisson' ? random : undefined }
    const most = shareOf(maxInFlight, share)
    for (const offset of arrivals(schedule)) {
      const due = start + offset
      if (pace.now() < due) await pace.until(due, signal)
      if (signal.aborted) return
      this.tally = this.tallies[Math.min(windows - 1, Math.floor((offset * windows) / duration))] ?? this.tally
      this.tally.due++
      if (this.inFlight.size < most) void this.call(due)
      else this.tally.notSent++
    }
    await pace.until(start + duration, signal)
  }

  /** Each of so many callers waits for its reply before it calls again. */
  private async closed(start: number): Promise<void> {
    const { pace, signal, share } = this.context
    const end = start + this.step.duration
    const caller = async () => {
      while (pace.now() < end && !signal.aborted) {
        this.tally.due++
        await this.call(pace.now())
      }
    }
    void Promise.all(Array.from({ length: shareOf(this.step.concurrency, share) }, caller))
    await pause(pace, this.step.duration, signal)
  }

  private async call(due: number): Promise<void> {
    const { pace, send, share } = this.context
    const { tally } = this
    const index = this.count++
    const flight = { due, sent: pace.now(), tally }
    tally.left(flight)
    this.inFlight.set(index, flight)
    let error: RpcError | undefined
    try {
      await send(index * share.of + share.index, flight)
    } catch (failure) {
      error = RpcError.from(failure)
    }
    // Otherwise it came after the end of the run, and is counted as unfinished.
    if (this.inFlight.delete(index)) tally.ended(flight, pace.now(), error)
    if (this.inFlight.size === 0) this.whenIdle?.()
  }

  private async drained(): Promise<void> {
    if (this.inFlight.size === 0) return
    const { pace, signal } = this.context
    const idle = new Promise<void>(resolve => {
      this.whenIdle = resolve
    })
    const { patience } = this.step
    const found = new AbortController()
    await Promise.race([
      idle.then(() => found.abort()),
      pause(pace, signal.aborted ? Math.min(afterInterruption, patience) : patience, found.signal),
    ])
  }
}

/** How much of a count one generator has; the shares add up to it. */
function shareOf(count: number, { index, of }: Share): number {
  return Math.floor((count + of - 1 - index) / of)
}
