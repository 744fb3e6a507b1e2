import type { Clock } from '../../core/clock.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import type { PolicyDefinition, PolicyScope } from '../../core/policy.js'
import { pushbackHeader } from '../../core/refusal.js'
import type { RpcError } from '../../core/rpc-error.js'

/** Finagle's RetryBudget: the share of calls that retries may add, the retries a second that come on top, and the window. */
const budgetShare = 0.2
const budgetFloor = 10
const windowSeconds = 10
/** Calls in the window below which failures say nothing of the backend. */
const fewCalls = 10

/** The token bucket that a service config asks for. */
export interface ThrottleSettings {
  readonly maxTokens: number
  readonly tokenRatio: number
}

/**
 * Bounds the retries and hedges of a service's methods in one channel. With a maximum of attempts alone, a failing backend would get three
 * times its load when it can bear least.
 *
 * The budget holds always: it bounds the share of calls that retries may add. What it gives on top, so that a service with few calls can
 * retry at all, shrinks with the share of attempts that fail: a dead backend gets none of it. The token bucket holds only where a service
 * config has `retryThrottling`, because it stops nearly all retries once one call in eleven fails. Sources: Finagle RetryBudget; gRFC A6
 * "Throttling".
 */
export class RetryThrottle {
  private settings: ThrottleSettings | undefined = undefined
  private tokens = 0
  private readonly slots = Array.from(
    { length: windowSeconds },
    (): Slot => ({ second: -1, calls: 0, retries: 0, failures: 0 }),
  )

  /** The second in which an unanswering endpoint was last counted. */
  private readonly silent = new WeakMap<Endpoint, number>()

  constructor(private readonly clock: Clock) {}

  /** Changes the settings of the bucket; undefined removes it. An existing bucket keeps its fill level; a new one is full. */
  configure(settings: ThrottleSettings | undefined): void {
    const level = this.settings === undefined ? 1 : this.tokens / this.settings.maxTokens
    this.tokens = settings === undefined ? 0 : level * settings.maxTokens
    this.settings = settings
  }

  /** @param began monotonic milliseconds, if they are known: a clock is dear to read */
  callBegan(began?: number): void {
    this.slot(began).calls++
  }

  succeeded(): void {
    if (this.settings === undefined) return
    const { maxTokens, tokenRatio } = this.settings
    this.tokens = Math.min(maxTokens, this.tokens + tokenRatio)
  }

  /**
   * Counts a failure that could be retried. A replica that dies or hangs fails all its calls, by a lost connection or a timeout of the
   * attempt. That counts as one failure per endpoint and second: otherwise the death of one replica out of three would stop the retries
   * that the other two can answer.
   */
  failed(endpoint: Endpoint | undefined, { reason, code }: RpcError): void {
    if (endpoint !== undefined && (reason === 'connection_lost' || code === Code.deadline_exceeded)) {
      const second = this.second()
      if (this.silent.get(endpoint) === second) return
      this.silent.set(endpoint, second)
    }
    this.slot().failures++
    this.tokens = Math.max(0, this.tokens - 1)
  }

  /** Whether a retry may be made now. If so, it is counted. */
  allow(): boolean {
    if (this.settings !== undefined && this.tokens <= this.settings.maxTokens / 2) return false
    const { calls, retries, healthy } = this.window()
    if (retries + 1 > calls * budgetShare + budgetFloor * windowSeconds * healthy) return false
    this.slot().retries++
    return true
  }

  inspect() {
    const { calls, retries, failures, healthy } = this.window()
    const allowed = calls * budgetShare + budgetFloor * windowSeconds * healthy
    return {
      calls,
      retries,
      failures,
      budgetLeft: Math.max(0, Math.floor(allowed - retries)),
      ...(this.settings !== undefined && { tokens: this.tokens, maxTokens: this.settings.maxTokens }),
    }
  }

  /** The sums over the last seconds, and how far the floor of the budget applies: 1 fully, 0 not at all. */
  private window() {
    const now = this.second()
    let calls = 0
    let retries = 0
    let failures = 0
    for (const slot of this.slots) {
      if (slot.second <= now - windowSeconds) continue
      calls += slot.calls
      retries += slot.retries
      failures += slot.failures
    }
    const healthy = calls < fewCalls ? 1 : Math.max(0, 1 - failures / (calls + retries))
    return { calls, retries, failures, healthy }
  }

  private second(now = this.clock.now()): number {
    return Math.floor(now / 1000)
  }

  private slot(now?: number): Slot {
    const second = this.second(now)
    const slot = this.slots[second % windowSeconds] as Slot
    // A call that began before the window counts in the second that has its place now.
    if (slot.second < second) {
      slot.second = second
      slot.calls = slot.retries = slot.failures = 0
    }
    return slot
  }
}

/** One second of the window. */
interface Slot {
  second: number
  calls: number
  retries: number
  /** Attempts that failed and could be retried. */
  failures: number
}

const throttleKey = Symbol('retry throttle')

/** The throttle that retry and hedge share in this service and channel. */
export function throttleOf(scope: Pick<PolicyScope, 'clock' | 'shared'>): RetryThrottle {
  return scope.shared(throttleKey, () => new RetryThrottle(scope.clock))
}

/** Milliseconds after which the server wants to be called again; undefined if it does not say. */
export function pushbackOf(error: RpcError): number | 'never' | undefined {
  const value = error.headers?.get(pushbackHeader)
  if (value === undefined) return undefined
  return /^\d{1,9}$/.test(value) ? Number(value) : 'never'
}

/**
 * The throttle's settings, for `explain`. It runs nothing, and building it changes nothing, because the configuration may still be refused.
 * The code that applies a configuration calls `configure`.
 */
export function throttling(settings: ThrottleSettings): PolicyDefinition {
  return Object.freeze({
    name: 'retryThrottling',
    stages: ['call'] as const,
    summary: `retryThrottling(${settings.maxTokens} tokens, ratio ${settings.tokenRatio})`,
    build: () => undefined,
  } satisfies PolicyDefinition)
}
