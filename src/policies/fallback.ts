/**
 * Problem: an answer that is less good is better than none: the last known price, an empty list of recommendations.
 *
 * It stands outside of everything that could still bring the real answer, the total timeout included, since running out of time is one of the
 * things to fall back from; and inside of the cache, which must not keep the lesser answer for the real one.
 *
 *     @Method(Prices) @Fallback(() => lastKnownPrices)
 */
import { type Call, streamsOut } from '../core/call.js'
import { Code, type CodeName, isHealthCode } from '../core/code.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse, RpcError } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

export interface FallbackOptions {
  /** What is fallen back from. Default: `unavailable`, `deadline_exceeded`, `internal`, `unknown`, `data_loss`, `resource_exhausted`, which speak of the server's health. */
  readonly codes?: readonly CodeName[]
}

/** Makes the reply in place of the one that failed; what it throws is the failure that the caller gets. */
export type FallbackHandler = (error: RpcError, call: Call) => unknown

/**
 * As a value, for `connect(..., { policies: [fallback(value)] })`.
 * @param reply the reply, the same object each time, or what makes one; for a method that streams its replies an iterable of them
 */
export function fallback(reply: unknown | FallbackHandler, options: FallbackOptions = {}): PolicyDefinition {
  const codes = options.codes === undefined ? undefined : codesOf(options.codes)
  const make = typeof reply === 'function' ? (reply as FallbackHandler) : () => reply
  const applies = (error: RpcError, call: Call) =>
    call.canceled?.code !== Code.canceled && (codes === undefined ? isHealthCode(error.code) : codes.has(error.code))
  return Object.freeze({
    name: 'fallback',
    stages: ['call'] as const,
    rank: 20,
    summary: `fallback(${typeof reply === 'function' ? 'handler' : 'value'}${options.codes === undefined ? '' : `, ${options.codes.join(' ')}`})`,
    conflict: method =>
      streamsOut(method) && typeof reply !== 'function' && !isIterable(reply)
        ? 'it streams its replies, so @Fallback needs an array of them or an async iterable'
        : undefined,
    build: (_stage, { method }) => {
      const streaming = streamsOut(method)
      return next => async call => {
        try {
          return await next(call)
        } catch (thrown) {
          const error = RpcError.from(thrown)
          if (!applies(error, call)) throw error
          const made = await make(error, call)
          call.isLesser = true
          return streaming ? streamOf(made) : made
        }
      }
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function Fallback(reply: unknown | FallbackHandler, options: FallbackOptions = {}): PolicyDecorator {
  return declarePolicy(fallback(reply, options))
}

async function* streamOf(messages: unknown): AsyncGenerator<unknown> {
  yield* messages as AsyncIterable<unknown> | Iterable<unknown>
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}

function codesOf(names: readonly CodeName[]): ReadonlySet<Code> {
  const codes = new Set(names.map(name => Code[name]))
  if (codes.has(Code.ok) || codes.has(undefined as never))
    throw misuse(
      'invalid_policy',
      `fallback: codes has ${String(names)}; write names of failures such as 'unavailable'`,
    )
  return codes
}
