import { streamsIn, streamsOut } from '../../core/call.js'
import type { CodeName } from '../../core/code.js'
import type { Duration } from '../../core/duration.js'
import { engineHandler } from '../../core/engine-handler.js'
import {
  codes,
  integer,
  number,
  type OptionReaders,
  optional,
  readOptions,
  refused,
  type Settings,
  time,
} from '../../core/options.js'
import { boundsOf, type Handler, type PolicyDefinition, type PolicyKind, type PolicyScope } from '../../core/policy.js'
import { misuse } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { type HedgeParts, HedgeRun } from './hedge-run.js'
import { LatencyQuantile } from './latency-quantile.js'
import { throttleOf } from './retry-throttle.js'

/** Options of `@Hedge` and `hedge`. */
export interface HedgeOptions {
  /** Attempts in total, with the first; 2 to 5, default 2. */
  readonly attempts?: number
  /** A fixed time until the next attempt, instead of `percentile`; default: none. */
  readonly delay?: Duration
  /**
   * The next attempt starts once the call has taken longer than this share of recent calls, in percent, above 0 and below 100; default 95.
   * The first 20 calls are not hedged.
   */
  readonly percentile?: number
  /** Hedges per call over time, above 0 and up to `attempts - 1`; default 0.1. */
  readonly maxExtraLoad?: number
  /** Failures that start the next attempt at once; any other ends the call. Default `['unavailable']`. */
  readonly nonFatal?: readonly CodeName[]
}

const readers = {
  attempts: /* @__PURE__ */ integer({ from: 2, to: 5 }, 2),
  delay: /* @__PURE__ */ optional(/* @__PURE__ */ time()),
  percentile: /* @__PURE__ */ number({ above: 0, below: 100 }, 95),
  maxExtraLoad: /* @__PURE__ */ number({ above: 0 }, 0.1),
  nonFatal: /* @__PURE__ */ codes(['unavailable']),
} satisfies OptionReaders<HedgeOptions>

type HedgeSettings = Settings<typeof readers>

/**
 * The policy of `@Hedge` as a value.
 *
 * @example
 * connect(Quotes, target, { policies: [hedge({ delay: '20ms' })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#hedge
 */
export function hedge(options: HedgeOptions = {}): PolicyDefinition {
  const settings = readOptions('hedge', options, readers)
  const { attempts, delay, percentile, maxExtraLoad } = settings
  if (options.delay !== undefined && options.percentile !== undefined)
    throw misuse('invalid_policy', 'hedge: delay and percentile exclude each other; leave out one of them')
  if (maxExtraLoad > attempts - 1)
    throw refused('hedge: maxExtraLoad', `a number above 0 and up to attempts - 1 (${attempts - 1})`, maxExtraLoad)
  const when = delay === undefined ? `p${percentile}` : `${delay} ms`
  return Object.freeze({
    name: hedgeKind.name,
    stages: ['call'] as const,
    summary: `hedge(${attempts} attempts, the next after ${when}, at most ${Math.round(maxExtraLoad * 100)} % extra)`,
    attempts,
    ...(delay === undefined ? {} : { waits: delay * (attempts - 1) }),
    build: (_stage, scope) => next => hedging(next, settings, scope),
    conflict: (method, others) => {
      if (method.idempotency === 'unknown') return 'a hedge calls it more than once; put @Safe() or @Idempotent() on it'
      if (streamsIn(method)) return 'a stream of requests cannot be hedged; put @Hedge on methods that take one message'
      const { total } = boundsOf(others)
      if (delay === undefined || delay < total) return undefined
      return `a hedge after ${delay} ms is never sent within ${total} ms; make the delay shorter`
    },
  } satisfies PolicyDefinition)
}

export const hedgeKind: PolicyKind = { name: 'hedge', options: readers, make: hedge }

/**
 * Sends a second attempt to another endpoint when the first is late, and takes the first success. For replicas that are slow for a moment
 * while others would answer at once.
 *
 * By default an attempt is late once it has taken longer than 95 % of recent calls; `delay` sets a fixed time instead. A failure in
 * `nonFatal` (`unavailable`) starts the next attempt at once. At most 10 % more calls, over time.
 *
 * For methods that are `@Safe` or `@Idempotent` and take one message. Cannot be combined with `@Retry`, because their attempts would
 * multiply. Rules: gRFC A6, and a bound on the extra load.
 *
 * @example
 * @Method({ accepts: QuoteRequest, returns: Quote }) @Safe() @Hedge({ delay: '20ms' })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#hedge
 */
export function Hedge(options: HedgeOptions = {}): PolicyDecorator {
  return declarePolicy(hedge(options))
}

function hedging(next: Handler, settings: HedgeSettings, scope: PolicyScope): Handler {
  const { attempts, delay, nonFatal } = settings
  const latencies = delay === undefined ? new LatencyQuantile(settings.percentile / 100) : undefined
  const load = new ExtraLoad(settings.maxExtraLoad)
  const throttle = throttleOf(scope)
  scope.expose?.(hedgeKind.name, () => ({ ...throttle.inspect(), delay: delay ?? latencies?.current }))
  const parts: HedgeParts = {
    next,
    attempts,
    nonFatal,
    load,
    latencies,
    throttle,
    streaming: streamsOut(scope.method),
  }
  return engineHandler(call => {
    parts.throttle.callBegan()
    load.callBegan()
    return new HedgeRun(call, parts, delay ?? latencies?.current).result
  })
}

/** Over any time, at most `share` hedges per call, and one more. */
class ExtraLoad {
  private allowance = 1
  private readonly most: number

  constructor(private readonly share: number) {
    this.most = Math.max(1, 100 * share)
  }

  callBegan(): void {
    this.allowance = Math.min(this.most, this.allowance + this.share)
  }

  take(): boolean {
    // Sums of fractions can fall a little short of the exact value.
    if (this.allowance < 1 - 1e-9) return false
    this.allowance--
    return true
  }

  /** The hedge was not sent after all. */
  giveBack(): void {
    this.allowance++
  }
}
