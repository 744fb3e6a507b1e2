import { AttemptCall } from '../core/attempt-call.js'
import { type Call, streamsOut } from '../core/call.js'
import { Code } from '../core/code.js'
import type { Duration } from '../core/duration.js'
import { engineHandler } from '../core/engine-handler.js'
import { type OptionReaders, optional, positiveTime, readOptions } from '../core/options.js'
import type { Policy, PolicyDefinition, PolicyKind } from '../core/policy.js'
import { failure, RpcError } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'
import { defaultTotal, rejectAtDeadline, totalTimeout } from './call-deadline.js'

/** Options of `@Timeout` and `timeout`. */
export interface TimeoutOptions {
  /** The whole call, with retries and backoff; default 30 s. `Infinity` must be written out. */
  readonly total?: Duration
  /** One attempt, connecting included; default: none. */
  readonly perTry?: Duration
}

const readers = {
  total: /* @__PURE__ */ positiveTime(defaultTotal),
  perTry: /* @__PURE__ */ optional(/* @__PURE__ */ positiveTime()),
} satisfies OptionReaders<TimeoutOptions>

/**
 * The policy of `@Timeout` as a value. A string or number is the total.
 *
 * @example
 * connect(Hello, target, { policies: [timeout({ total: '2s', perTry: '500ms' })] })
 *
 * @throws RpcError `failed_precondition` (`invalid_duration`) if a duration is 0 or cannot be read
 * @see docs/guide/policies.md#timeout
 */
export function timeout(options: Duration | TimeoutOptions = {}): PolicyDefinition {
  const given = typeof options === 'object' ? options : { total: options }
  const { total, perTry } = readOptions('timeout', given, readers)
  const ofCall = totalTimeout(total)
  if (perTry === undefined) return ofCall
  return Object.freeze({
    ...ofCall,
    stages: ['call', 'attempt'] as const,
    summary: `timeout(${total} ms, ${perTry} ms per try)`,
    bounds: { total, perTry },
    conflict: () =>
      perTry > total
        ? `one try may take ${perTry} ms but the whole call only ${total} ms; make perTry the shorter of the two`
        : undefined,
    build: stage => (stage === 'call' ? rejectAtDeadline : bounded(perTry)),
  } satisfies PolicyDefinition)
}

export const timeoutKind: PolicyKind = { name: 'timeout', options: readers, make: timeout }

/**
 * Bounds the time of a call, or of each attempt. Without it a call has 30 s.
 *
 * The caller gets `deadline_exceeded` when the time is up, even if nothing answers. The server learns the deadline with the request and
 * cancels the handler. A string or number is the total; a number is milliseconds.
 *
 * @example
 * @Method({ accepts: QuoteRequest, returns: Quote }) @Timeout({ total: '2s', perTry: '500ms' })
 *
 * @throws RpcError `failed_precondition` (`invalid_duration`) if a duration is 0 or cannot be read
 * @see docs/guide/policies.md#timeout
 */
export function Timeout(options: Duration | TimeoutOptions): PolicyDecorator {
  return declarePolicy(timeout(options))
}

function bounded(perTry: number): Policy {
  return next => {
    const guarded = rejectAtDeadline(next)
    return engineHandler(async call => {
      const deadline = call.clock.now() + perTry
      if (deadline >= call.deadline) return next(call)
      const attempt = new AttemptCall(call, deadline)
      attempt.arm()
      try {
        return await guarded(attempt)
      } catch (error) {
        throw isTimeout(error) && call.canceled === undefined && call.clock.now() >= deadline - earliness
          ? tryTimedOut(call, perTry, error)
          : error
      } finally {
        if (streamsOut(call.method)) attempt.disarm()
        else attempt.finish()
      }
    })
  }
}

/** Milliseconds by which the server, which knows the attempt's deadline, may report it before the client's clock does. */
const earliness = 10

function isTimeout(error: unknown): boolean {
  return error instanceof RpcError && error.code === Code.deadline_exceeded
}

/** One attempt took too long; the call itself still has time. */
function tryTimedOut(call: Call, perTry: number, cause: unknown): RpcError {
  const where = call.endpoint === undefined ? '' : ` from ${call.endpoint.address}`
  const message = `${call.method.path}: no reply${where} within ${perTry} ms (per try)`
  return failure('per_try_timeout', Code.deadline_exceeded, message, { cause })
}
