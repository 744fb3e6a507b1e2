/**
 * Problem: one call in twenty meets a replica that is slow just now, and the caller waits although another would answer at once.
 *
 * It stands where retry stands, inside the total timeout and outside of failover: each hedge is a whole attempt that may change its endpoint.
 * Both on one method would multiply their attempts, which start-up refuses. Rules: gRFC A6; the extra load is bounded besides.
 *
 *     @Method(HelloReply) @Safe() @Hedge({ percentile: 95 })
 *
 * The original goes out at once, the next after each delay, to an endpoint that the call has not used yet; the first success wins and cancels
 * the rest.
 */
import { type Call, streamsIn, streamsOut } from '../../core/call.js'
import { Code, type CodeName } from '../../core/code.js'
import { type Duration, toMilliseconds } from '../../core/duration.js'
import type { Handler, PolicyDefinition, PolicyScope } from '../../core/policy.js'
import { misuse } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { type HedgeParts, HedgeRun } from './hedge-run.js'
import { LatencyQuantile } from './latency-quantile.js'
import { throttleOf } from './retry-throttle.js'

export interface HedgeOptions {
  /** The original included; 2 to 5, default 2. */
  readonly attempts?: number
  /** Until the next attempt goes out beside those under way; in place of `percentile`. */
  readonly delay?: Duration
  /** The delay as a percentile of this method's recent latencies, above 0 and below 100; default 95. Until 20 are known nothing is hedged. */
  readonly percentile?: number
  /** Hedges per call at most, over time; default 0.1. */
  readonly maxExtraLoad?: number
  /** Failures that send the next attempt out at once; any other ends the call. Default `['unavailable']`. */
  readonly nonFatal?: readonly CodeName[]
}

interface Settings {
  readonly attempts: number
  readonly delay: number | undefined
  readonly percentile: number
  readonly maxExtraLoad: number
  readonly nonFatal: ReadonlySet<Code>
}

/** As a value, for `connect(..., { policies: [hedge({ delay: '20ms' })] })`. */
export function hedge(options: HedgeOptions = {}): PolicyDefinition {
  const settings = settingsOf(options)
  const { attempts, delay, percentile, maxExtraLoad } = settings
  const when = delay === undefined ? `p${percentile}` : `${delay} ms`
  return Object.freeze({
    name: 'hedge',
    stages: ['call'] as const,
    rank: 40,
    summary: `hedge(${attempts} attempts, the next after ${when}, at most ${Math.round(maxExtraLoad * 100)} % extra)`,
    attempts,
    ...(delay === undefined ? {} : { waits: delay * (attempts - 1) }),
    build: (_stage, scope) => next => hedging(next, settings, scope),
    conflict: (method, others) => {
      if (method.idempotency === 'unknown') return 'a hedge calls it more than once; put @Safe() or @Idempotent() on it'
      if (streamsIn(method)) return 'a stream of requests cannot be hedged; put @Hedge on methods that take one message'
      const total = others.find(other => other.name === 'timeout')?.bounds?.total
      if (delay === undefined || total === undefined || delay < total) return undefined
      return `a hedge after ${delay} ms never goes out within ${total} ms; make the delay shorter`
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function Hedge(options: HedgeOptions = {}): PolicyDecorator {
  return declarePolicy(hedge(options))
}

function hedging(next: Handler, settings: Settings, scope: PolicyScope): Handler {
  const { attempts, delay, nonFatal } = settings
  const latencies = delay === undefined ? new LatencyQuantile(settings.percentile / 100) : undefined
  const load = new ExtraLoad(settings.maxExtraLoad)
  const parts: HedgeParts = {
    next,
    attempts,
    nonFatal,
    load,
    latencies,
    throttle: throttleOf(scope),
    streaming: streamsOut(scope.method),
  }
  return (call: Call) => {
    parts.throttle.callBegan()
    load.callBegan()
    return new HedgeRun(call, parts, delay ?? latencies?.current).result
  }
}

/** Over any time, at most `share` hedges for each call, and one. */
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
    // Tenths add up to a little less than the whole.
    if (this.allowance < 1 - 1e-9) return false
    this.allowance--
    return true
  }

  /** The hedge was not made after all. */
  giveBack(): void {
    this.allowance++
  }
}

function settingsOf(options: HedgeOptions): Settings {
  const { attempts = 2, percentile = 95, maxExtraLoad = 0.1, nonFatal = ['unavailable'] } = options
  if (!Number.isInteger(attempts) || attempts < 2 || attempts > 5)
    throw invalid(`attempts is ${attempts}; write a whole number from 2 to 5 (the original counts)`)
  if (options.delay !== undefined && options.percentile !== undefined)
    throw invalid('delay and percentile are both given; leave out one of them')
  if (!(percentile > 0 && percentile < 100))
    throw invalid(`percentile is ${percentile}; write one between 0 and 100, such as 95`)
  if (!(maxExtraLoad > 0) || maxExtraLoad > attempts - 1)
    throw invalid(`maxExtraLoad is ${maxExtraLoad}; write a share above 0, such as 0.1, up to attempts - 1`)
  const codes = new Set(nonFatal.map(name => Code[name]))
  if (codes.has(Code.ok) || codes.has(undefined as never))
    throw invalid(`nonFatal has ${String(nonFatal)}; write names of failures such as 'unavailable'`)
  const delay = options.delay === undefined ? undefined : toMilliseconds(options.delay, 'hedge delay')
  return { attempts, delay, percentile, maxExtraLoad, nonFatal: codes }
}

function invalid(what: string): Error {
  return misuse('invalid_policy', `hedge: ${what}`)
}
