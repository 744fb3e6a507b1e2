/**
 * Problem: a call fails for a reason that is gone a moment later (a replica restarts, a connection breaks).
 *
 * It stands inside the total timeout, since one deadline covers all attempts, and outside of failover, since changing the endpoint costs
 * nothing and is tried before any waiting. Rules: gRFC A6; throttle and budget: retry-throttle.ts.
 *
 *     @Method(HelloReply) @Idempotent() @Retry({ attempts: 4, initialBackoff: '20ms' })
 *
 * On a method that is neither `@Safe` nor `@Idempotent` only failures that provably never reached a handler are retried.
 */
import type { Call } from '../../core/call.js'
import { sleep } from '../../core/clock.js'
import { Code, type CodeName } from '../../core/code.js'
import { type Duration, toMilliseconds } from '../../core/duration.js'
import type { Handler, PolicyDefinition, PolicyScope } from '../../core/policy.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { replayable } from './replay-buffer.js'
import { pushbackOf, type RetryThrottle, throttleOf } from './retry-throttle.js'

export interface RetryOptions {
  /** The original included; 2 to 10, default 3. */
  readonly attempts?: number
  /** Default 50 ms. Backoff n is min(initial * multiplier^(n-1), max) * random(0.8..1.2). */
  readonly initialBackoff?: Duration
  /** Default 1 s. */
  readonly maxBackoff?: Duration
  /** Above 0, default 2. */
  readonly multiplier?: number
  /** What is worth another try; default `['unavailable']`. */
  readonly codes?: readonly CodeName[]
}

interface Settings {
  readonly attempts: number
  readonly initial: number
  readonly max: number
  readonly multiplier: number
  readonly codes: ReadonlySet<Code>
}

/** As a value, for `connect(..., { policies: [retry({ attempts: 2 })] })`. */
export function retry(options: RetryOptions = {}): PolicyDefinition {
  const settings = settingsOf(options)
  const { attempts, initial, max, multiplier } = settings
  return Object.freeze({
    name: 'retry',
    stages: ['call'] as const,
    rank: 40,
    summary: `retry(${attempts} attempts, backoff ${initial} ms x${multiplier} up to ${max} ms)`,
    attempts,
    waits: worstWait(settings),
    build: (_stage, scope) => {
      const throttle = throttleOf(scope)
      return next => replayable(scope, new Retrier(settings, scope, throttle, next).handle)
    },
    conflict: (method, others) => conflictOf(settings, others, method.path),
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function Retry(options: RetryOptions = {}): PolicyDecorator {
  return declarePolicy(retry(options))
}

class Retrier {
  private readonly repeatable: boolean

  constructor(
    private readonly settings: Settings,
    scope: PolicyScope,
    private readonly throttle: RetryThrottle,
    private readonly next: Handler,
  ) {
    this.repeatable = scope.method.idempotency !== 'unknown'
  }

  readonly handle: Handler = async call => {
    this.throttle.callBegan()
    let backoffs = 0
    for (let attempt = 1; ; attempt++) {
      try {
        const reply = await this.next(call)
        this.throttle.succeeded()
        return reply
      } catch (thrown) {
        const error = RpcError.from(thrown)
        if (!this.retryable(error, call)) throw error
        this.throttle.failed(call.endpoint, error)
        const pushback = pushbackOf(error)
        if (attempt >= this.settings.attempts || pushback === 'never' || !this.throttle.allow()) throw error
        if (pushback !== undefined) backoffs = 0
        const delay = pushback ?? this.backoff(++backoffs)
        if (call.clock.now() + delay >= call.deadline) throw error
        await sleep(call.clock, delay, listener => call.onCancel(listener))
        call.previousAttempts = attempt
      }
    }
  }

  private retryable(error: RpcError, call: Call): boolean {
    if (call.canceled !== undefined || !this.settings.codes.has(error.code)) return false
    if (call.streamBegan) return false
    return this.repeatable || error.delivery !== 'unknown'
  }

  private backoff(n: number): number {
    const { initial, max, multiplier } = this.settings
    return Math.min(initial * multiplier ** (n - 1), max) * (0.8 + 0.4 * Math.random())
  }
}

function settingsOf(options: RetryOptions): Settings {
  const attempts = options.attempts ?? 3
  if (!Number.isInteger(attempts) || attempts < 2 || attempts > 10) {
    throw misuse(
      'invalid_policy',
      `retry: attempts is ${attempts}; write a whole number from 2 to 10 (the original counts)`,
    )
  }
  const multiplier = options.multiplier ?? 2
  if (!(multiplier > 0 && Number.isFinite(multiplier)))
    throw misuse('invalid_policy', `retry: multiplier is ${multiplier}; write a number above 0`)
  const codes = new Set((options.codes ?? ['unavailable']).map(name => Code[name]))
  if (codes.has(Code.ok) || codes.has(undefined as never)) {
    throw misuse(
      'invalid_policy',
      `retry: codes has ${String(options.codes)}; write names of failures such as 'unavailable'`,
    )
  }
  return {
    attempts,
    initial: toMilliseconds(options.initialBackoff ?? 50, 'retry initialBackoff'),
    max: toMilliseconds(options.maxBackoff ?? 1000, 'retry maxBackoff'),
    multiplier,
    codes,
  }
}

/** Milliseconds of all backoffs together at their longest. */
function worstWait({ attempts, initial, max, multiplier }: Settings): number {
  let sum = 0
  for (let n = 1; n < attempts; n++) sum += Math.min(initial * multiplier ** (n - 1), max) * 1.2
  return sum
}

function conflictOf(settings: Settings, others: readonly PolicyDefinition[], path: string): string | undefined {
  if (others.some(other => other.name === 'hedge')) return 'retry and hedge on one method; choose one of them'
  const bounds = others.find(other => other.name === 'timeout')?.bounds
  if (bounds?.total === undefined || bounds.perTry === undefined) return undefined
  const needed = worstWait({ ...settings, attempts: 2 }) + bounds.perTry
  if (needed < bounds.total) return undefined
  return `a second attempt of ${path} cannot fit: one try may take ${bounds.perTry} ms of ${bounds.total} ms in all; raise the total or lower perTry`
}
