/**
 * Problem: how a caller copes with delays, errors and silence has to be tried, and no real server fails on demand.
 *
 * It stands behind the pick, directly around the link, so that every policy sees the fault as if the endpoint had made it.
 *
 *     connect(Hello, target, { policies: [faults({ code: 'unavailable', percentage: 10 })] })
 */
import { sleep } from '../core/clock.js'
import { Code, type CodeName, codeOf } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { Policy, PolicyDefinition } from '../core/policy.js'
import { failure, misuse } from '../core/rpc-error.js'

export interface FaultOptions {
  /** The attempt goes on only after this long. */
  readonly delay?: Duration
  /** The attempt fails with this code, and does not reach the endpoint. */
  readonly code?: CodeName
  /** The attempt is never answered: its deadline has to end it. */
  readonly drop?: boolean
  /** Of attempts that are hit, 0 to 100; default 100. */
  readonly percentage?: number
  /** From 0 up to but not including 1; default `Math.random`. A seeded one makes the faults repeatable. */
  readonly random?: () => number
}

/** @throws RpcError `failed_precondition` (`invalid_policy`) where the percentage is none, or the code is none of a failure */
export function faults(options: FaultOptions): PolicyDefinition {
  const percentage = options.percentage ?? 100
  if (!(percentage >= 0 && percentage <= 100)) {
    throw misuse('invalid_policy', `faults: percentage is ${percentage}; write a number from 0 to 100`)
  }
  const { code } = options
  if (code !== undefined && (code === 'ok' || codeOf(String(code)) === undefined)) {
    throw misuse(
      'invalid_policy',
      `faults: code is ${JSON.stringify(code)}; write that of a failure, such as 'unavailable'`,
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
