import type { ActiveCall } from '../../core/active-call.js'
import { sleep } from '../../core/clock.js'
import type { CodeName } from '../../core/code.js'
import type { Duration } from '../../core/duration.js'
import { engineHandler } from '../../core/engine-handler.js'
import { codes, integer, number, type OptionReaders, readOptions, type Settings, time } from '../../core/options.js'
import { attempted, boundsOf, type Handler, type PolicyDefinition, type PolicyKind } from '../../core/policy.js'
import { RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { asUnknown } from './as-unknown.js'
import { backoff } from './backoff.js'
import { replayable } from './replay-buffer.js'
import { pushbackOf, type RetryThrottle, throttleOf } from './retry-throttle.js'

/** Options of `@Retry` and `retry`. */
export interface RetryOptions {
  /** Attempts in total, with the first; 2 to 10, default 3. */
  readonly attempts?: number
  /** Default 50 ms. Wait n is `min(initialBackoff * multiplier^(n-1), maxBackoff)`, ±20 % at random. */
  readonly initialBackoff?: Duration
  /** Default 1 s. */
  readonly maxBackoff?: Duration
  /** Above 0, default 2. */
  readonly multiplier?: number
  /** Failures to retry; default `['unavailable']`. */
  readonly codes?: readonly CodeName[]
}

const readers = {
  attempts: /* @__PURE__ */ integer({ from: 2, to: 10 }, 3),
  initialBackoff: /* @__PURE__ */ time('50ms'),
  maxBackoff: /* @__PURE__ */ time('1s'),
  multiplier: /* @__PURE__ */ number({ above: 0 }, 2),
  codes: /* @__PURE__ */ codes(['unavailable']),
} satisfies OptionReaders<RetryOptions>

type RetrySettings = Settings<typeof readers>

/**
 * The policy of `@Retry` as a value.
 *
 * @example
 * connect(Quotes, target, { policies: [retry({ attempts: 4 })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#retry
 */
export function retry(options: RetryOptions = {}): PolicyDefinition {
  return retryOf(options, false)
}

/**
 * The `retryPolicy` of a service config. It also applies to methods that are not idempotent, because the operator of the service asked for
 * it. Source: gRFC A6.
 */
export function retryOfEveryMethod(options: RetryOptions): PolicyDefinition {
  return retryOf(options, true)
}

function retryOf(options: RetryOptions, everyMethod: boolean): PolicyDefinition {
  const settings = readOptions('retry', options, readers)
  const { attempts, initialBackoff, maxBackoff, multiplier } = settings
  return Object.freeze({
    name: retryKind.name,
    stages: ['call'] as const,
    summary:
      `retry(${attempts} attempts, backoff ${initialBackoff} ms x${multiplier} ` +
      `up to ${maxBackoff} ms${everyMethod ? ', idempotent or not' : ''})`,
    attempts,
    repeatsEveryMethod: everyMethod,
    waits: longestWait(settings),
    build: (_stage, scope) => {
      const throttle = throttleOf(scope)
      scope.expose?.(retryKind.name, () => throttle.inspect())
      return next =>
        replayable(
          scope,
          new Retrier(settings, everyMethod || scope.method.idempotency !== 'unknown', throttle, next).handle,
        )
    },
    conflict: ({ path }, others) => conflictOf(settings, others, path),
  } satisfies PolicyDefinition)
}

export const retryKind: PolicyKind = { name: 'retry', options: readers, make: retry }

/**
 * Retries a failed call, with exponential backoff and jitter, within the call's deadline. For failures that are gone a moment later, such
 * as a restarting replica or a broken connection.
 *
 * Retries `unavailable` by default, at most 3 attempts in total. A method that is neither `@Safe` nor `@Idempotent` is retried only if no
 * handler can have run (`error.delivery` is `unsent` or `refused`). An attempt that runs into `perTry` of `@Timeout` is retried likewise;
 * other timeouts only if `codes` names `deadline_exceeded`. Retries stop while many calls fail, and the server's pushback is obeyed (gRFC
 * A6).
 *
 * @example
 * @Method({ accepts: QuoteRequest, returns: Quote }) @Safe()
 * @Retry({ attempts: 4, codes: ['unavailable', 'deadline_exceeded'] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#retry
 */
export function Retry(options: RetryOptions = {}): PolicyDecorator {
  return declarePolicy(retry(options))
}

class Retrier {
  constructor(
    private readonly settings: RetrySettings,
    /** Whether a call may be sent again that a handler may have seen. */
    private readonly repeatable: boolean,
    private readonly throttle: RetryThrottle,
    private readonly next: Handler,
  ) {}

  /** A call that succeeds costs one promise; only a failure is examined. */
  readonly handle = engineHandler(call => {
    this.throttle.callBegan(call.began)
    return attempted(this.next, call).then(this.succeeded, (thrown: unknown) => this.retry(call, thrown))
  })

  private readonly succeeded = (reply: unknown): unknown => {
    this.throttle.succeeded()
    return reply
  }

  /** @param thrown by the first attempt */
  private async retry(call: ActiveCall, thrown: unknown): Promise<unknown> {
    let backoffs = 0
    let mayHaveRun = false
    for (let attempt = 1; ; attempt++) {
      const error = RpcError.from(thrown)
      const last = mayHaveRun ? asUnknown(error) : error
      if (!this.retryable(error, call)) throw last
      mayHaveRun ||= error.delivery === 'unknown'
      this.throttle.failed(call.endpoint, error)
      const pushback = pushbackOf(error)
      if (attempt >= this.settings.attempts) throw stopped(call, last, 'no attempt left')
      if (pushback === 'never') throw stopped(call, last, 'the server forbids it')
      if (!this.throttle.allow()) throw stopped(call, last, 'no budget left')
      if (pushback !== undefined) backoffs = 0
      const delay = pushback ?? backoff(this.settings, ++backoffs)
      if (call.clock.now() + delay >= call.deadline) throw stopped(call, last, 'the deadline is too close')
      const why = pushback === undefined ? 'backoff' : 'pushback'
      call.observed?.decided({ policy: 'retry', action: 'retry', why, delay, error })
      await sleep(call.clock, delay, listener => call.onCancel(listener))
      call.previousAttempts = attempt
      try {
        return this.succeeded(await this.next(call))
      } catch (again) {
        thrown = again
      }
    }
  }

  private retryable(error: RpcError, call: ActiveCall): boolean {
    if (call.canceled !== undefined || call.streamBegan) return false
    // That is what `perTry` is for.
    if (!this.settings.codes.has(error.code) && error.reason !== 'per_try_timeout') return false
    return this.repeatable || error.delivery !== 'unknown'
  }
}

function stopped(call: ActiveCall, error: RpcError, why: string): RpcError {
  call.observed?.decided({ policy: 'retry', action: 'stop', why, error })
  return error
}

/** Milliseconds of all backoffs together at their longest. */
function longestWait({ attempts, initialBackoff, maxBackoff, multiplier }: RetrySettings): number {
  let sum = 0
  for (let n = 1; n < attempts; n++) sum += Math.min(initialBackoff * multiplier ** (n - 1), maxBackoff) * 1.2
  return sum
}

function conflictOf(settings: RetrySettings, others: readonly PolicyDefinition[], path: string): string | undefined {
  const { total, perTry } = boundsOf(others)
  if (!Number.isFinite(perTry) || longestWait({ ...settings, attempts: 2 }) + perTry < total) return undefined
  return `a second attempt of ${path} cannot fit: one try may take ${perTry} ms of ${total} ms in all; raise the total or lower perTry`
}
