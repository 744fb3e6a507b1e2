import { pause } from '../../core/clock.js'
import { RpcError } from '../../core/rpc-error.js'
import type { Pace } from './pace.js'
import { Tally } from './tally.js'

/** One call. @returns the endpoint that answered. @throws RpcError */
export type Send = (index: number) => Promise<string | undefined>

export interface Step {
  /** Calls a second that are due, whether or not earlier ones were answered; undefined: `concurrency` at a time. */
  readonly rate: number | undefined
  /** Closed loop: calls in flight. */
  readonly concurrency: number
  /** Milliseconds. */
  readonly duration: number
  readonly arrivals: 'uniform' | 'poisson'
  /** From 0 up to but not including 1. */
  readonly random: () => number
  readonly maxInFlight: number
  /** Milliseconds that calls in flight are waited for at the end. */
  readonly patience: number
}

/** Milliseconds that calls in flight are waited for after Ctrl-C. */
const afterInterruption = 1000

interface InFlight {
  readonly due: number
  readonly sent: number
}

/** Runs one step of load. */
export class Load {
  readonly tally = new Tally()
  private readonly inFlight = new Map<number, InFlight>()
  private whenIdle: (() => void) | undefined
  private count = 0
  /** Milliseconds that calls were due in, which an interruption shortens. */
  ran = 0

  constructor(
    private readonly step: Step,
    private readonly send: Send,
    private readonly pace: Pace,
    private readonly signal: AbortSignal,
  ) {}

  get flying(): number {
    return this.inFlight.size
  }

  async run(): Promise<Tally> {
    const start = this.pace.now()
    if (this.step.rate === undefined) await this.closed(start)
    else await this.open(start, this.step.rate)
    this.ran = this.pace.now() - start
    await this.drained()
    const now = this.pace.now()
    for (const { due, sent } of this.inFlight.values()) this.tally.abandoned(due, sent, now)
    this.inFlight.clear()
    return this.tally
  }

  /** Calls are due at fixed times, and leave then. A server that stalls is charged for every call that was due meanwhile. */
  private async open(start: number, rate: number): Promise<void> {
    const { duration, arrivals, random, maxInFlight } = this.step
    const gap = 1000 / rate
    let due = start
    for (let index = 0; ; index++) {
      if (arrivals === 'uniform') due = start + index * gap
      else due += -Math.log(1 - random()) * gap
      // Half a gap of tolerance, so that the sum of fractions does not decide over one more call.
      if (due > start + duration - (arrivals === 'uniform' ? gap / 2 : 0)) break
      if (this.pace.now() < due) await this.pace.until(due, this.signal)
      if (this.signal.aborted) return
      this.tally.due++
      if (this.inFlight.size < maxInFlight) void this.call(due)
      else this.tally.notSent++
    }
    await this.pace.until(start + duration, this.signal)
  }

  /** Each of so many callers waits for its reply before it calls again. */
  private async closed(start: number): Promise<void> {
    const end = start + this.step.duration
    const caller = async () => {
      while (this.pace.now() < end && !this.signal.aborted) {
        this.tally.due++
        await this.call(this.pace.now())
      }
    }
    void Promise.all(Array.from({ length: this.step.concurrency }, caller))
    await pause(this.pace, this.step.duration, this.signal)
  }

  private async call(due: number): Promise<void> {
    const index = this.count++
    const sent = this.pace.now()
    this.tally.left(due, sent)
    this.inFlight.set(index, { due, sent })
    let error: RpcError | undefined
    let endpoint: string | undefined
    try {
      endpoint = await this.send(index)
    } catch (failure) {
      error = RpcError.from(failure)
    }
    // Otherwise it came after the end of the run, and is counted as unfinished.
    if (this.inFlight.delete(index)) this.tally.ended({ due, sent, ended: this.pace.now(), error, endpoint })
    if (this.inFlight.size === 0) this.whenIdle?.()
  }

  private async drained(): Promise<void> {
    if (this.inFlight.size === 0) return
    const idle = new Promise<void>(resolve => {
      this.whenIdle = resolve
    })
    const { patience } = this.step
    const found = new AbortController()
    await Promise.race([
      idle.then(() => found.abort()),
      pause(this.pace, this.signal.aborted ? Math.min(afterInterruption, patience) : patience, found.signal),
    ])
  }
}
