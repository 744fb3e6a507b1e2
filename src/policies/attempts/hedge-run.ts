import type { ActiveCall } from '../../core/active-call.js'
import { ForkedCall } from '../../core/attempt-call.js'
import type { Expirable, Timer } from '../../core/clock.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import { attempted, type Handler } from '../../core/policy.js'
import { failure, RpcError } from '../../core/rpc-error.js'
import { asUnknown } from './as-unknown.js'
import type { LatencyQuantile } from './latency-quantile.js'
import { pushbackOf, type RetryThrottle } from './retry-throttle.js'

/** State that all calls of one hedged method share. */
export interface HedgeParts {
  readonly next: Handler
  readonly attempts: number
  readonly nonFatal: ReadonlySet<Code>
  readonly throttle: RetryThrottle
  /** Bounds the extra load; asked before each hedge. */
  readonly load: { take(): boolean; giveBack(): void }
  /** Records how long the original attempt took, or at least took. Undefined with a fixed delay. */
  readonly latencies: LatencyQuantile | undefined
  readonly streaming: boolean
}

/**
 * One hedged call. The object is the timer of its own next attempt.
 *
 * Invariants: it settles once; then no timer is left and every attempt but the winner is cancelled; until then an attempt is in flight or
 * the timer is set.
 */
export class HedgeRun implements Expirable {
  readonly result: Promise<unknown>
  private resolve!: (reply: unknown) => void
  private reject!: (error: RpcError) => void
  private readonly forks: ForkedCall[] = []
  private readonly startedAt: number
  private underWay = 0
  private timer: Timer | undefined
  private settled = false
  /** No further attempt, because the server forbids it or no endpoint is left. */
  private noMore = false
  private originalEnded = false
  private failure: RpcError | undefined
  /** Whether an attempt has failed that a handler may have seen. */
  private mayHaveRun = false

  /** @param delay milliseconds until the next attempt; undefined: only a failure starts one */
  constructor(
    private readonly call: ActiveCall,
    private readonly parts: HedgeParts,
    private readonly delay: number | undefined,
  ) {
    this.startedAt = call.clock.now()
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.begin()
    this.schedule(delay)
  }

  /** The delay is over. Called by the clock. */
  expire(): void {
    this.timer = undefined
    const { underWay, delay = 0 } = this
    const why = underWay > 0 ? `no answer within ${Math.ceil(delay)} ms` : 'the pause that the server asked for is over'
    if (this.hedge(why)) this.schedule(this.delay)
    // The pause that a server asked for is over, and no attempt may be sent.
    else if (this.underWay === 0) this.fail(this.failure as RpcError)
  }

  /** @returns whether another attempt was sent */
  private hedge(why: string, error?: RpcError): boolean {
    const { attempts, throttle, load } = this.parts
    if (this.settled || this.noMore || this.forks.length >= attempts || this.call.canceled !== undefined) return false
    if (!load.take()) return false
    if (!throttle.allow()) {
      load.giveBack()
      return false
    }
    this.call.observed?.intends({ policy: 'hedge', action: 'hedge', why, ...(error !== undefined && { error }) })
    this.begin()
    return true
  }

  private begin(): void {
    const { call, forks } = this
    const fork = new ForkedCall(call, call.deadline)
    const used = forks.map(one => one.endpoint).filter((one): one is Endpoint => one !== undefined)
    if (used.length > 0) fork.tried = [...(call.tried ?? []), ...used]
    fork.previousAttempts = call.previousAttempts + forks.length
    forks.push(fork)
    this.underWay++
    attempted(this.parts.next, fork).then(
      reply => this.succeeded(fork, reply),
      (error: unknown) => this.failed(fork, RpcError.from(error)),
    )
  }

  private schedule(delay: number | undefined): void {
    if (delay === undefined || this.settled || this.noMore || this.forks.length >= this.parts.attempts) return
    this.timer?.cancel()
    this.timer = this.call.clock.schedule(delay, this)
  }

  private succeeded(fork: ForkedCall, reply: unknown): void {
    this.underWay--
    this.recordOriginal(fork)
    if (this.settled) return
    this.parts.throttle.succeeded()
    if (fork !== this.forks[0])
      this.call.observed?.decided({ policy: 'hedge', action: 'won', why: 'it was the first to answer' })
    fork.commit()
    this.settle(fork)
    this.resolve(reply)
  }

  private failed(fork: ForkedCall, error: RpcError): void {
    this.underWay--
    fork.finish()
    if (this.settled) return
    this.recordOriginal(fork)
    this.mayHaveRun ||= error.delivery === 'unknown'
    const exhausted = error.reason === 'no_endpoint'
    if (exhausted) this.noMore = true
    if (!exhausted || this.failure === undefined) {
      fork.commit()
      this.failure = error
    }
    if (!exhausted && this.isFatal(error)) this.fail(error)
    else this.goOn(error, exhausted)
  }

  /** Handles a failure that another attempt may make good. */
  private goOn(error: RpcError, exhausted: boolean): void {
    const { throttle } = this.parts
    const pushback = pushbackOf(error)
    if (!exhausted) throttle.failed(this.call.endpoint, error)
    if (pushback === 'never') this.noMore = true
    else if (pushback !== undefined) {
      if (this.pause(pushback)) return
    } else if (this.hedge('an attempt failed', error)) {
      this.schedule(this.delay)
      return
    }
    if (this.underWay === 0) this.fail(this.failure as RpcError)
  }

  /** @returns whether another attempt follows after the pause */
  private pause(pushback: number): boolean {
    const { call, forks, parts } = this
    if (this.noMore || forks.length >= parts.attempts || call.clock.now() + pushback >= call.deadline) return false
    this.schedule(pushback)
    // No attempt is in flight that would notice the end of the call.
    if (this.underWay === 0) call.onCancel(reason => this.fail(reason))
    return true
  }

  private isFatal(error: RpcError): boolean {
    if (this.call.canceled !== undefined) return true
    return error.delivery === 'unknown' && !this.parts.nonFatal.has(error.code)
  }

  private fail(error: RpcError): void {
    if (this.settled) return
    this.settle(undefined)
    this.reject(this.mayHaveRun || this.underWay > 0 ? asUnknown(error) : error)
  }

  private settle(winner: ForkedCall | undefined): void {
    this.settled = true
    this.timer?.cancel()
    this.timer = undefined
    for (const fork of this.forks) {
      if (fork === winner) continue
      this.recordOriginal(fork)
      fork.cancel(failure('canceled', Code.canceled, `${this.call.method.path}: another attempt was faster`))
      fork.finish()
    }
    // The winner's stream goes on: it ends with the call.
    if (winner !== undefined && !this.parts.streaming) winner.finish()
  }

  /** Records only the original attempt: a hedge goes to another endpoint at another time. */
  private recordOriginal(fork: ForkedCall): void {
    if (this.originalEnded || fork !== this.forks[0]) return
    this.originalEnded = true
    this.parts.latencies?.record(this.call.clock.now() - this.startedAt)
  }
}
