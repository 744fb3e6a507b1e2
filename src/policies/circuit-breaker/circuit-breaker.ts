/**
 * Problem: an endpoint that fails most calls still costs each caller a failure, and is kept from recovering by the calls it gets.
 *
 * One breaker for each method and endpoint, so it stands behind the pick; outside of the bulkhead, since calls that an open breaker turns away
 * need no place; inside of the per-try timeout, which is one of the failures it counts. An open one answers `unavailable` at once, as a call
 * that never left this process, so that failover moves on.
 *
 *     @Method(HelloReply) @CircuitBreaker({ failureRate: 0.3, open: '5s' })
 *
 * Only codes that speak of the server's health count as failures; a call that was cancelled counts as nothing.
 */
import { type Call, streamsOut } from '../../core/call.js'
import { Code, isHealthCode } from '../../core/code.js'
import { type Duration, toMilliseconds } from '../../core/duration.js'
import { EndingStream } from '../../core/ending-stream.js'
import type { Handler, PolicyDefinition } from '../../core/policy.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../../decorators/policy.js'
import { ByEndpoint } from '../by-endpoint.js'
import { Breaker, type BreakerSettings, type Pass } from './breaker.js'

export interface CircuitBreakerOptions {
  /** Over which calls are counted; default 20 s. */
  readonly window?: Duration
  /** Fewer than that in the window say nothing; default 10. */
  readonly minimumCalls?: number
  /** Share of failures, above 0 up to 1, from which on it opens; default 0.5. */
  readonly failureRate?: number
  /** Opens for slow calls too: a call is slow from `threshold` on, and `rate` (default 0.5) of the calls are too many. Default: none is. */
  readonly slowCall?: { readonly threshold: Duration; readonly rate?: number }
  /** Until calls are let through again to try; default 10 s. */
  readonly open?: Duration
  /** Calls let through then, all of which must succeed; default 3. */
  readonly halfOpen?: number
}

/** As a value, for `connect(..., { policies: [circuitBreaker()] })`. */
export function circuitBreaker(options: CircuitBreakerOptions = {}): PolicyDefinition {
  const settings = settingsOf(options)
  const { window, failureRate, minimumCalls, open, halfOpen, slowThreshold, slowRate } = settings
  const slow = slowThreshold === Number.POSITIVE_INFINITY ? '' : ` or ${slowRate * 100} % over ${slowThreshold} ms`
  return Object.freeze({
    name: 'circuitBreaker',
    stages: ['attempt'] as const,
    rank: 70,
    summary: `circuitBreaker(${failureRate * 100} % failed${slow} of ${minimumCalls} or more in ${window} ms; open ${open} ms; ${halfOpen} on trial)`,
    build: (_stage, scope) => {
      const breakers = new ByEndpoint(() => new Breaker(settings, scope.clock))
      return next => guarding(next, breakers, streamsOut(scope.method))
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function CircuitBreaker(options: CircuitBreakerOptions = {}): PolicyDecorator {
  return declarePolicy(circuitBreaker(options))
}

function guarding(next: Handler, breakers: ByEndpoint<Breaker>, streaming: boolean): Handler {
  return async call => {
    const breaker = breakers.of(call)
    const pass = breaker.enter()
    if (pass === undefined) throw openError(call, breaker.wait)
    let reply: unknown
    try {
      reply = await next(call)
    } catch (error) {
      settle(breaker, pass, error)
      throw error
    }
    // A stream may last for hours: one that is on trial has passed once it was accepted, any other is judged at its end.
    if (!streaming || pass.probing) {
      breaker.succeed(pass)
      return reply
    }
    const took = call.clock.now() - pass.startedAt
    return new EndingStream(call, reply as AsyncIterable<unknown>, error => {
      if (error === undefined) breaker.succeed(pass, took)
      else settle(breaker, pass, error)
    })
  }
}

function settle(breaker: Breaker, pass: Pass, thrown: unknown): void {
  const error = RpcError.from(thrown)
  // What never left this process says nothing of the server, and neither does a call that was given up.
  if (error.code === Code.canceled || error.delivery === 'unsent') breaker.forgo(pass)
  else if (isHealthCode(error.code)) breaker.fail(pass)
  else breaker.succeed(pass)
}

function openError(call: Call, wait: number): RpcError {
  const when = wait > 0 ? `it is tried again in ${Math.ceil(wait)} ms` : 'calls on trial decide whether it closes'
  return new RpcError(
    `${call.method.path}: the circuit to ${call.endpoint?.address} is open, since too many calls failed; ${when}`,
    Code.unavailable,
    { reason: 'circuit_open', delivery: 'unsent' },
  )
}

function settingsOf(options: CircuitBreakerOptions): BreakerSettings {
  const { slowCall } = options
  return {
    window: positive(options.window ?? '20s', 'window'),
    minimumCalls: count(options.minimumCalls ?? 10, 'minimumCalls'),
    failureRate: share(options.failureRate ?? 0.5, 'failureRate'),
    slowThreshold:
      slowCall === undefined ? Number.POSITIVE_INFINITY : positive(slowCall.threshold, 'slowCall.threshold'),
    slowRate: share(slowCall?.rate ?? 0.5, 'slowCall.rate'),
    open: positive(options.open ?? '10s', 'open'),
    halfOpen: count(options.halfOpen ?? 3, 'halfOpen'),
  }
}

function positive(duration: Duration, name: string): number {
  const milliseconds = toMilliseconds(duration, `circuitBreaker ${name}`)
  if (milliseconds > 0 && Number.isFinite(milliseconds)) return milliseconds
  throw misuse('invalid_policy', `circuitBreaker: ${name} is ${milliseconds} ms; write a time above 0`)
}

function count(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw misuse('invalid_policy', `circuitBreaker: ${name} is ${value}; write a whole number of 1 or more`)
}

function share(value: number, name: string): number {
  if (value > 0 && value <= 1) return value
  throw misuse('invalid_policy', `circuitBreaker: ${name} is ${value}; write a share above 0 and up to 1`)
}
