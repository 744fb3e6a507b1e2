import { LRUCache } from 'lru-cache'
import type { Call } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Code } from '../../core/code.js'
import { callback, number, type OptionReaders, optional, readOptions } from '../../core/options.js'
import type { Handler, PolicyDefinition, PolicyKind } from '../../core/policy.js'
import { refusal } from '../../core/refusal.js'
import type { RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'

/** Options of `@RateLimit` and `rateLimit`. */
export interface RateLimitOptions {
  /** Calls per second, above 0, for the method on this server. Required. */
  readonly rate: number
  /** Calls that may come at once after a quiet time, 1 or more; default: the calls of one second. */
  readonly burst?: number
  /** A limit per key, such as the caller's tenant; up to 10,000 keys. Default: one limit for all callers. */
  readonly by?: (call: Call) => string
}

const readers = {
  rate: number({ above: 0 }),
  burst: optional(number({ from: 1 })),
  by: callback<NonNullable<RateLimitOptions['by']>>('call => a text that tells callers apart'),
} satisfies OptionReaders<RateLimitOptions>

/** Keys tracked at once. A key that was evicted starts again with a full burst. */
const maxKeys = 10_000

/**
 * The policy of `@RateLimit` as a value.
 *
 * @example
 * await serve([Hello], { policies: [rateLimit({ rate: 100 })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if an option is out of range
 * @see docs/guide/policies.md#rate-limit
 */
export function rateLimit(options: RateLimitOptions): PolicyDefinition {
  const { rate, by, burst = Math.max(1, Math.ceil(rate)) } = readOptions('rateLimit', options, readers)
  return Object.freeze({
    name: rateLimitKind.name,
    stages: ['handler'] as const,
    summary: `rateLimit(${rate} a second, burst ${burst}${by === undefined ? '' : ', by key'})`,
    build: (_stage, { clock, expose }) => {
      const make = () => new TokenBucket(rate, burst, clock)
      if (by === undefined) {
        const bucket = make()
        expose?.(rateLimitKind.name, () => ({ rate, burst, left: bucket.left }))
        return next => limited(next, bucket)
      }
      const buckets = new LRUCache<string, TokenBucket>({ max: maxKeys })
      expose?.(rateLimitKind.name, () => ({ rate, burst, keys: buckets.size }))
      return next => limitedBy(next, by, { buckets, make })
    },
  } satisfies PolicyDefinition)
}

export const rateLimitKind: PolicyKind = { name: 'rateLimit', options: readers, make: rateLimit }

/**
 * Bounds the calls per second of a method on the server.
 *
 * A refused call gets `resource_exhausted` with the time to come back. Its body is not decoded, and no handler sees it, so a client with
 * `@Failover` asks another server. `@Retry` repeats it only if its `codes` names `resource_exhausted`.
 *
 * @example
 * @Method({ accepts: HelloRequest, returns: HelloReply })
 * @RateLimit({ rate: 100, burst: 20, by: call => call.headers.get('x-tenant') ?? '' })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if an option is out of range
 * @see docs/guide/policies.md#rate-limit
 */
export function RateLimit(options: RateLimitOptions): PolicyDecorator {
  return declarePolicy(rateLimit(options))
}

function limited(next: Handler, bucket: TokenBucket): Handler {
  return call => (bucket.take() ? next(call) : Promise.reject(tooMany(call, bucket)))
}

interface Buckets {
  readonly buckets: LRUCache<string, TokenBucket>
  readonly make: () => TokenBucket
}

function limitedBy(next: Handler, by: (call: Call) => string, { buckets, make }: Buckets): Handler {
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
  const message = `${call.method.path}: too many calls; try again in ${pushback} ms`
  return refusal('rate_limited', Code.resource_exhausted, message, pushback)
}

/**
 * A token bucket kept as a time: it is full once `fullAt` has passed, and each call delays that by the time of one token. It needs no
 * timer.
 *
 * Invariant: over any t milliseconds at most burst + rate * t / 1000 calls pass.
 */
export class TokenBucket {
  private fullAt = Number.NEGATIVE_INFINITY
  /** Milliseconds per token. */
  private readonly interval: number
  /** Milliseconds from one token to a full bucket. */
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
    // Sums of fractions can exceed the exact value a little.
    if (fullAt - now > this.slack + 1e-6) return false
    this.fullAt = fullAt + this.interval
    return true
  }

  /** The number of calls that may begin now. */
  get left(): number {
    const used = Math.max(this.fullAt - this.clock.now(), 0) / this.interval
    return Math.max(0, Math.floor(this.slack / this.interval + 1 - used + 1e-6))
  }

  /** Milliseconds until there is a token. */
  get wait(): number {
    return Math.max(0, this.fullAt - this.slack - this.clock.now())
  }
}
