import type { Clock } from '../../core/clock.js'
import { Code } from '../../core/code.js'
import type { Endpoint } from '../../core/endpoint.js'
import type { PolicyDefinition, PolicyScope } from '../../core/policy.js'
import { pushbackHeader } from '../../core/refusal.js'
import type { RpcError } from '../../core/rpc-error.js'

export const defaultThrottle: ThrottleSettings = { maxTokens: 10, tokenRatio: 0.1 }
/** Finagle's RetryBudget: the share of calls that retries may add, the floor of retries a second, and the window. */
const budgetShare = 0.2
const budgetFloor = 10
const windowSeconds = 10

export interface ThrottleSettings {
  readonly maxTokens: number
  readonly tokenRatio: number
}

/**
 * Why a throttle and a budget, and not only a maximum of attempts: with three attempts per call a failing backend gets three times its load
 * when it can bear least. The token bucket stops retries once many calls fail. The budget bounds their share at all times.
 *
 * One per service and channel, shared by its methods. Sources: gRFC A6 "Throttling"; Finagle RetryBudget.
 */
export class RetryThrottle {
  private settings = defaultThrottle
  private tokens = defaultThrottle.maxTokens
  /** Calls and retries per second of the window; `second` is the second that a slot holds. */
  private readonly slots = Array.from({ length: windowSeconds }, () => ({ second: -1, calls: 0, retries: 0 }))

  /** The second in which an unanswering endpoint was last counted. */
  private readonly silent = new WeakMap<Endpoint, number>()

  constructor(private readonly clock: Clock) {}

  /** Changes the settings. The bucket keeps its fill level. */
  configure(settings: ThrottleSettings): void {
    this.tokens *= settings.maxTokens / this.settings.maxTokens
    this.settings = settings
  }

  callBegan(): void {
    this.slot().calls++
  }

  succeeded(): void {
    const { maxTokens, tokenRatio } = this.settings
    this.tokens = Math.min(maxTokens, this.tokens + tokenRatio)
  }

  /**
   * Counts a failure that could be retried. A replica that dies or hangs fails all its calls, by a lost connection or a timeout of the
   * attempt. That counts as one failure per endpoint and second: otherwise the death of one replica out of three would stop the retries that
   * the other two can answer.
   */
  failed(endpoint: Endpoint | undefined, { reason, code }: RpcError): void {
    if (endpoint !== undefined && (reason === 'connection_lost' || code === Code.deadline_exceeded)) {
      const second = this.second()
      if (this.silent.get(endpoint) === second) return
      this.silent.set(endpoint, second)
    }
    this.tokens = Math.max(0, this.tokens - 1)
  }

  /** Whether a retry may be made now. If so, it is counted. */
  allow(): boolean {
    if (this.tokens <= this.settings.maxTokens / 2) return false
    const now = this.second()
    let calls = 0
    let retries = 0
    for (const slot of this.slots) {
      if (slot.second <= now - windowSeconds) continue
      calls += slot.calls
      retries += slot.retries
    }
    if (retries + 1 > calls * budgetShare + budgetFloor * windowSeconds) return false
    this.slot().retries++
    return true
  }

  private second(): number {
    return Math.floor(this.clock.now() / 1000)
  }

  private slot(): { second: number; calls: number; retries: number } {
    const second = this.second()
    const slot = this.slots[second % windowSeconds] as (typeof this.slots)[number]
    if (slot.second !== second) {
      slot.second = second
      slot.calls = slot.retries = 0
    }
    return slot
  }
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
export function throttling(settings: ThrottleSettings = defaultThrottle): PolicyDefinition {
  return Object.freeze({
    name: 'retryThrottling',
    stages: ['call'] as const,
    summary: `retryThrottling(${settings.maxTokens} tokens, ratio ${settings.tokenRatio})`,
    build: () => undefined,
  } satisfies PolicyDefinition)
}
