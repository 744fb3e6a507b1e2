import type { Call } from '../../core/call.js'
import { Code } from '../../core/code.js'
import type { Duration } from '../../core/duration.js'
import { finiteTime, integer, number, type OptionReaders, optional, readOptions } from '../../core/options.js'
import type { Handler, PolicyDefinition, PolicyKind } from '../../core/policy.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import { type Holding, untilEnded } from '../../core/until-ended.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { ByEndpoint } from '../by-endpoint.js'
import { Breaker } from './breaker.js'

/** Options of `@CircuitBreaker` and `circuitBreaker`. */
export interface CircuitBreakerOptions {
  /** Calls of this time are counted; default 20 s. */
  readonly window?: Duration
  /** With fewer calls in the window it never opens; default 10. */
  readonly minimumCalls?: number
  /** The share of failures that opens it, above 0 up to 1; default 0.5. */
  readonly failureRate?: number
  /** Opens it for slow calls, too. Default: slow calls do not open it. */
  readonly slowCall?: {
    /** A call that takes this time or longer is slow. */
    readonly threshold: Duration
    /** The share of slow calls that opens it, above 0 up to 1; default 0.5. */
    readonly rate?: number
  }
  /** The time until trial calls are admitted; default 10 s. */
  readonly openFor?: Duration
  /** Trial calls; all must succeed to close it, one failure opens it again. Default 3. */
  readonly halfOpenCalls?: number
}

const share = /* @__PURE__ */ number({ above: 0, to: 1 }, 0.5)

const slowCallReaders = { threshold: /* @__PURE__ */ finiteTime(), rate: share }

const readers = {
  window: /* @__PURE__ */ finiteTime('20s'),
  minimumCalls: /* @__PURE__ */ integer({ from: 1 }, 10),
  failureRate: share,
  slowCall: /* @__PURE__ */ optional((value, where) =>
    readOptions(where.replace(': ', '.'), value as object, slowCallReaders),
  ),
  openFor: /* @__PURE__ */ finiteTime('10s'),
  halfOpenCalls: /* @__PURE__ */ integer({ from: 1 }, 3),
} satisfies OptionReaders<CircuitBreakerOptions>

/**
 * The policy of `@CircuitBreaker` as a value.
 *
 * @example
 * connect(Quotes, target, { policies: [circuitBreaker(), failover()] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#circuit-breaker
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): PolicyDefinition {
  const { slowCall, ...read } = readOptions('circuitBreaker', options, readers)
  const { threshold: slowThreshold = Number.POSITIVE_INFINITY, rate: slowRate = 1 } = slowCall ?? {}
  const { window, failureRate, minimumCalls, openFor, halfOpenCalls } = read
  const slow = slowCall === undefined ? '' : ` or ${slowRate * 100} % over ${slowThreshold} ms`
  const settings = { ...read, slowThreshold, slowRate }
  return Object.freeze({
    name: circuitBreakerKind.name,
    stages: ['attempt'] as const,
    summary:
      `circuitBreaker(${failureRate * 100} % failed${slow} of ${minimumCalls} or more in ${window} ms; ` +
      `open ${openFor} ms; ${halfOpenCalls} on trial)`,
    build: (_stage, { method, clock, observer, expose }) => {
      const breakers = new ByEndpoint(
        endpoint => new Breaker(settings, clock, state => observer?.breakerChanged?.({ method, endpoint, state })),
      )
      expose?.(circuitBreakerKind.name, () => ({ circuits: breakers.inspect(one => one.inspect()) }))
      return next => guarding(untilEnded(next, method), breakers)
    },
  } satisfies PolicyDefinition)
}

export const circuitBreakerKind: PolicyKind = { name: 'circuitBreaker', options: readers, make: circuitBreaker }

/**
 * Stops calling an endpoint while too many of its calls fail, so that callers fail fast and the endpoint can recover.
 *
 * Keeps one circuit per method and endpoint. It opens when at least half of 10 or more calls within 20 s failed. While it is open, calls
 * fail at once with `unavailable` (`circuit_open`), unsent, so that `@Failover` tries another endpoint. After 10 s it admits 3 trial calls:
 * if all succeed it closes, if one fails it opens again.
 *
 * Only failures of the server count: `not_found` and the like do not, and neither do cancelled calls.
 *
 * @example
 * @Method({ accepts: QuoteRequest, returns: Quote }) @CircuitBreaker({ failureRate: 0.3, openFor: '5s' }) @Failover()
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/policies.md#circuit-breaker
 */
export function CircuitBreaker(options: CircuitBreakerOptions = {}): PolicyDecorator {
  return declarePolicy(circuitBreaker(options))
}

function guarding(run: Holding, breakers: ByEndpoint<Breaker>): Handler {
  return call => {
    const breaker = breakers.of(call)
    const pass = breaker.enter()
    return pass === undefined ? Promise.reject(openError(call, breaker.wait)) : run(call, pass)
  }
}

function openError(call: Call, wait: number): RpcError {
  const when = wait > 0 ? `trial calls are admitted in ${Math.ceil(wait)} ms` : 'trial calls decide whether it closes'
  return failure(
    'circuit_open',
    Code.unavailable,
    `${call.method.path}: the circuit to ${call.endpoint?.address} is open, because too many calls failed; ${when}`,
    { delivery: 'unsent' },
  )
}
