import { sleep } from '../core/clock.js'
import { Code, type CodeName, codeOf } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { Policy, PolicyDefinition } from '../core/policy.js'
import { failure, misuse } from '../core/rpc-error.js'

/** Options of `faults`. */
export interface FaultOptions {
  /** Delays the attempt. Default: no delay. */
  readonly delay?: Duration
  /** Fails the attempt with this code, after the delay. It does not reach the endpoint. Default: it does. */
  readonly code?: CodeName
  /** Whether the attempt is never answered, so that its deadline ends it; default false. */
  readonly drop?: boolean
  /** The share of attempts that are hit, in percent; default 100. */
  readonly percentage?: number
  /** The source of random numbers from 0 up to but not including 1; a seeded one makes faults repeatable. Default: `Math.random`. */
  readonly random?: () => number
}

/**
 * A policy that injects delays, errors and silence, to test how a caller copes with them.
 *
 * It runs right around the link, after the endpoint is picked, so that every other policy sees the fault as if the endpoint had caused it.
 * In `serve` it runs right around the handler.
 *
 * @example
 * connect(Hello, target, { policies: [faults({ code: 'unavailable', percentage: 10 }), retry()] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `percentage` is not from 0 to 100, or `code` is not the code of a failure
 * @see docs/guide/testing.md
 */
export function faults(options: FaultOptions): PolicyDefinition {
  const percentage = options.percentage ?? 100
  if (!(percentage >= 0 && percentage <= 100)) {
    throw misuse('invalid_policy', `faults: percentage must be a number from 0 to 100, got ${percentage}`)
  }
  const { code } = options
  if (code !== undefined && (code === 'ok' || codeOf(String(code)) === undefined)) {
    throw misuse(
      'invalid_policy',
      `faults: code must be the code of a failure, such as 'unavailable', got ${JSON.stringify(code)}`,
    )
  }
  return Object.freeze({
    name: 'faults',
    stages: ['attempt', 'handler'] as const,
    places: { attempt: { after: 'bulkhead' }, handler: { after: 'cached' } },
    summary: `faults(${percentage} %)`,
    build: () => inject(options, percentage / 100),
  })
}

function inject(options: FaultOptions, share: number): Policy {
  const { random = Math.random, code, drop } = options
  const delay = options.delay === undefined ? 0 : toMilliseconds(options.delay, 'faults delay')
  return next => async call => {
    if (random() >= share) return next(call)
    if (delay > 0) await sleep(call.clock, delay, listener => call.onCancel(listener))
    if (drop) return new Promise((_, reject) => call.onCancel(reject))
    if (code !== undefined) throw failure('injected_fault', Code[code], `${call.method.path}: an injected fault`)
    return next(call)
  }
}
