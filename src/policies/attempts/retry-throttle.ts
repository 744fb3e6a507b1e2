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
 * Why throttle and budget, and not only a maximum of attempts: with three attempts each, a dead backend sees three times its load just when
 * it can bear least. The token bucket stops retries once most calls fail; the budget bounds their share at all times.
 *
 * One per service and channel, shared by its methods. Sources: gRFC A6 "Throttling"; Finagle RetryBudget.
 */
export class RetryThrottle {
  private settings = defaultThrottle
  private tokens = defaultThrottle.maxTokens
  /** Per second of the window: calls begun and retries made; `second` says which second a slot holds. */
  private readonly slots = Array.from({ length: windowSeconds }, () => ({ second: -1, calls: 0, retries: 0 }))

  /** The second in which it was last counted that an endpoint does not answer. */
  private readonly silent = new WeakMap<Endpoint, number>()

  constructor(private readonly clock: Clock) {}

  /** Other settings from now on; the bucket stays as full as it is. */
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
   * A failure that could be retried. A replica that dies or hangs takes all its calls with it, by a lost connection or a timeout of the attempt:
   * that is one failure of the endpoint, and not one for each call, else the death of one replica out of three would stop the retries that the
   * other two can well answer.
   */
  failed(endpoint: Endpoint | undefined, { reason, code }: RpcError): void {
    if (endpoint !== undefined && (reason === 'connection_lost' || code === Code.deadline_exceeded)) {
      const second = this.second()
      if (this.silent.get(endpoint) === second) return
      this.silent.set(endpoint, second)
    }
    this.tokens = Math.max(0, this.tokens - 1)
  }

  /** Whether a retry may be made now; if so it is counted. */
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

/** The one that retry and hedge share in this service and channel. */
export function throttleOf(scope: Pick<PolicyScope, 'clock' | 'shared'>): RetryThrottle {
  return scope.shared(throttleKey, () => new RetryThrottle(scope.clock))
}

/** Milliseconds after which the server wants to be called again; undefined where it says nothing. */
export function pushbackOf(error: RpcError): number | 'never' | undefined {
  const value = error.headers?.get(pushbackHeader)
  if (value === undefined) return undefined
  return /^\d{1,9}$/.test(value) ? Number(value) : 'never'
}

/**
 * Settings of the throttle, as `explain` shows them; without any, the defaults. It stands in no call's way, and building it changes nothing: a
 * configuration may still be refused then. Whoever applies one calls `configure`.
 */
export function throttling(settings: ThrottleSettings = defaultThrottle): PolicyDefinition {
  return Object.freeze({
    name: 'retryThrottling',
    stages: ['call'] as const,
    rank: 39,
    summary: `retryThrottling(${settings.maxTokens} tokens, ratio ${settings.tokenRatio})`,
    build: () => undefined,
  } satisfies PolicyDefinition)
}
