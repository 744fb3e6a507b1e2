/**
 * Problem: a call without an end holds its caller, its memory and its connection for good.
 *
 * `total` bounds the whole call, retries and backoff included, so it stands outside of retry and failover; a fallback stands outside of it,
 * since running out of time is one of the things to fall back from. `perTry` bounds one attempt, so it is the outermost of an attempt.
 *
 *     @Method(HelloReply) @Timeout({ total: '2s', perTry: '500ms' })
 */
import { AttemptCall } from '../core/attempt-call.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import type { Policy, PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

export interface TimeoutOptions {
  /** Of the whole call; default 30 s. `Infinity` must be written out. */
  readonly total?: Duration
  /** Of each attempt; default none. */
  readonly perTry?: Duration
}

export const defaultDeadline = 30_000

/** As a value, for `connect(..., { policies: [timeout('500ms')] })`. */
export function timeout(options: Duration | TimeoutOptions): PolicyDefinition {
  const { total: whole, perTry: each }: TimeoutOptions = typeof options === 'object' ? options : { total: options }
  const total = whole === undefined ? defaultDeadline : toMilliseconds(whole, 'timeout')
  const perTry = each === undefined ? undefined : toMilliseconds(each, 'timeout perTry')
  if (total === 0 || perTry === 0)
    throw misuse('invalid_duration', 'timeout: 0 would end every call at once; write a longer one')
  return Object.freeze({
    name: 'timeout',
    stages: perTry === undefined ? (['call'] as const) : (['call', 'attempt'] as const),
    rank: 30,
    summary: `timeout(${total} ms${perTry === undefined ? '' : `, ${perTry} ms per try`})`,
    bounds: perTry === undefined ? { total } : { total, perTry },
    conflict: () =>
      perTry !== undefined && perTry > total
        ? `one try may take ${perTry} ms but the whole call only ${total} ms; make perTry the shorter of the two`
        : undefined,
    build: stage => (stage === 'call' ? guard : perTry === undefined ? undefined : bounded(perTry)),
  })
}

/** As a decorator. */
export function Timeout(options: Duration | TimeoutOptions): PolicyDecorator {
  return declarePolicy(timeout(options))
}

/** The deadline itself is the call's; this makes sure that whoever waits is told when it passes, whatever runs beneath. */
const guard: Policy = next => call =>
  new Promise((resolve, reject) => {
    call.onCancel(reject)
    next(call).then(resolve, reject)
  })

function bounded(perTry: number): Policy {
  return next => {
    const guarded = guard(next)
    return async call => {
      const deadline = call.clock.now() + perTry
      if (deadline >= call.deadline) return next(call)
      const attempt = new AttemptCall(call, deadline)
      attempt.arm()
      try {
        return await guarded(attempt)
      } finally {
        if (call.method.kind === 'unary' || call.method.kind === 'client_streaming') attempt.finish()
        else attempt.disarm()
      }
    }
  }
}
