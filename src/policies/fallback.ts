import { type Call, streamsOut } from '../core/call.js'
import { Code, type CodeName, isHealthCode } from '../core/code.js'
import { engineHandler } from '../core/engine-handler.js'
import { failureCodes, type OptionReaders, optional, readOptions } from '../core/options.js'
import type { PolicyDefinition, PolicyKind } from '../core/policy.js'
import { RpcError } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/** Options of `@Fallback` and `fallback`. */
export interface FallbackOptions {
  /**
   * Failures to fall back from. Default: those of the server's health (`unavailable`, `deadline_exceeded`, `internal`, `unknown`,
   * `data_loss`, `resource_exhausted`).
   */
  readonly codes?: readonly CodeName[]
}

/** Makes the reply that replaces the failed one. The caller gets what it throws. */
export type FallbackHandler = (error: RpcError, call: Call) => unknown

/** Not `unknown`, which would take the types from the parameters of a handler. */
type FallbackReply = FallbackHandler | object | string | number | bigint | boolean | undefined

const readers = { codes: /* @__PURE__ */ optional(failureCodes) } satisfies OptionReaders<FallbackOptions>

/**
 * The policy of `@Fallback` as a value.
 *
 * @param reply the reply, the same object every time, or a function that makes one; for a stream of replies an iterable of them
 *
 * @example
 * connect(Prices, target, { policies: [fallback((error, call) => lastKnown(call.message))] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `codes` holds something that is not a failure
 * @see docs/guide/policies.md#fallback
 */
export function fallback(reply: FallbackReply, options: FallbackOptions = {}): PolicyDefinition {
  const { codes } = readOptions('fallback', options, readers)
  const make = typeof reply === 'function' ? (reply as FallbackHandler) : () => reply
  const applies = (error: RpcError, call: Call) =>
    call.canceled?.code !== Code.canceled && (codes === undefined ? isHealthCode(error.code) : codes.has(error.code))
  return Object.freeze({
    name: fallbackKind.name,
    stages: ['call'] as const,
    summary: `fallback(${[typeof reply === 'function' ? 'handler' : 'value', options.codes?.join(' ')].filter(Boolean).join(', ')})`,
    conflict: method =>
      streamsOut(method) && typeof reply !== 'function' && !isIterable(reply)
        ? 'it streams its replies, so @Fallback needs an array of them or an async iterable'
        : undefined,
    build: (_stage, { method }) => {
      const streaming = streamsOut(method)
      return next =>
        engineHandler(async call => {
          try {
            return await next(call)
          } catch (thrown) {
            const error = RpcError.from(thrown)
            if (!applies(error, call)) throw error
            const made = await make(error, call)
            call.isFallback = true
            return streaming ? streamOf(made) : made
          }
        })
    },
  } satisfies PolicyDefinition)
}

export const fallbackKind: PolicyKind = { name: 'fallback', options: undefined, make: fallback }

/**
 * Replies with a value, or with what a function returns, if the call fails: the last known price, an empty list. The cache never keeps it.
 *
 * By default it replaces failures of the server's health, such as `unavailable` and `deadline_exceeded`; `codes` names others. A cancelled
 * call gets no fallback. A stream of replies falls back only before its first message.
 *
 * @param reply the reply, the same object every time, or a function that makes one; for a stream of replies an iterable of them
 *
 * @example
 * @Method({ accepts: ListRequest, returns: Recommendations }) @Fallback({ items: [] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `codes` holds something that is not a failure
 * @see docs/guide/policies.md#fallback
 */
export function Fallback(reply: FallbackReply, options: FallbackOptions = {}): PolicyDecorator {
  return declarePolicy(fallback(reply, options))
}

async function* streamOf(messages: unknown): AsyncGenerator<unknown> {
  yield* messages as AsyncIterable<unknown> | Iterable<unknown>
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}
