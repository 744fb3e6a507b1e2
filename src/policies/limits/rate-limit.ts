/**
 * Problem: one caller, or all of them together, send more than the method is meant to bear.
 *
 * It stands outermost on the server, in front of whatever the call could cost: its body is not even decoded. Who is refused learns when to come
 * back (pushback), and that no handler saw the call, so that another server may be asked.
 *
 *     @Method(HelloReply) @RateLimit({ rate: 100, burst: 20, by: call => call.headers.get('x-tenant') ?? '' })
 */
import { LRUCache } from 'lru-cache'
import type { Call } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Code } from '../../core/code.js'
import type { Handler, PolicyDefinition } from '../../core/policy.js'
import { refusal } from '../../core/refusal.js'
import { misuse, type RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'

export interface RateLimitOptions {
  /** Calls a second, above 0; of this method on this server. */
  readonly rate: number
  /** Calls that may come at once after a quiet time, 1 or more; default: those of a second. */
  readonly burst?: number
  /** Gives each key a limit of its own: the caller's tenant, say. Default: all callers share one. */
  readonly by?: (call: Call) => string
}

/** Keys that are kept at once; one that is pushed out begins anew with its whole burst. */
const maxKeys = 10_000

/** As a value, for `serve(..., { policies: [rateLimit({ rate: 100 })] })`. */
export function rateLimit(options: RateLimitOptions): PolicyDefinition {
  const { rate, by } = options
  const burst = options.burst ?? Math.max(1, Math.ceil(rate))
  if (!(rate > 0 && Number.isFinite(rate)) || !(burst >= 1))
    throw misuse(
      'invalid_policy',
      `rateLimit: rate is ${rate} and burst ${burst}; write calls a second above 0, and a burst of 1 or more`,
    )
  if (by !== undefined && typeof by !== 'function')
    throw misuse('invalid_policy', 'rateLimit: by is no function; write call => a text that tells callers apart')
  return Object.freeze({
    name: 'rateLimit',
    stages: ['handler'] as const,
    rank: 2,
    summary: `rateLimit(${rate} a second, burst ${burst}${by === undefined ? '' : ', by key'})`,
    build: (_stage, { clock }) => {
      const make = () => new TokenBucket(rate, burst, clock)
      return next => (by === undefined ? limited(next, make()) : limitedBy(next, by, make))
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function RateLimit(options: RateLimitOptions): PolicyDecorator {
  return declarePolicy(rateLimit(options))
}

function limited(next: Handler, bucket: TokenBucket): Handler {
  return call => (bucket.take() ? next(call) : Promise.reject(tooMany(call, bucket)))
}

function limitedBy(next: Handler, by: (call: Call) => string, make: () => TokenBucket): Handler {
  const buckets = new LRUCache<string, TokenBucket>({ max: maxKeys })
  return async call => {
    const key = by(call)
    let bucket = buckets.get(key)
    if (bucket === undefined) {
      bucket = make()
      buckets.set(key, bucket)
    }
    if (!bucket.take()) throw tooMany(call, bucket)
    return next(call)
  }
}

function tooMany(call: Call, bucket: TokenBucket): RpcError {
  const pushback = Math.ceil(bucket.wait)
  return refusal(`${call.method.path}: too many calls; come back in ${pushback} ms`, Code.resource_exhausted, {
    reason: 'rate_limited',
    pushback,
  })
}

/**
 * Tokens as time: the bucket is full when `fullAt` has passed, and each call puts that off by the time one token takes. No timer fills it.
 *
 * Invariant: over any t milliseconds at most burst + rate * t / 1000 calls pass.
 */
export class TokenBucket {
  private fullAt = Number.NEGATIVE_INFINITY
  /** Milliseconds a token takes. */
  private readonly interval: number
  /** Milliseconds from empty, less the one token that a call needs, to full. */
  private readonly slack: number

  constructor(
    rate: number,
    burst: number,
    private readonly clock: Clock,
  ) {
    this.interval = 1000 / rate
    this.slack = this.interval * (burst - 1)
  }

  take(): boolean {
    const now = this.clock.now()
    const fullAt = Math.max(this.fullAt, now)
    // Fractions of a millisecond add up to a little more than the whole.
    if (fullAt - now > this.slack + 1e-6) return false
    this.fullAt = fullAt + this.interval
    return true
  }

  /** Milliseconds until there is a token. */
  get wait(): number {
    return Math.max(0, this.fullAt - this.slack - this.clock.now())
  }
}
