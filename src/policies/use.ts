/**
 * Problem: what a service needs around its calls and nobody else does: a histogram, an audit line, a header.
 *
 * A policy of one's own is one function; where it stands is said beside it. Without a word it is a call policy and the outermost of them.
 *
 *     const timed: Policy = next => async call => {
 *       const began = performance.now()
 *       try { return await next(call) } finally { histogram.record(call.method.path, performance.now() - began) }
 *     }
 *     @Method(HelloReply) @Use(timed)
 */
import { type Policy, type PolicyDefinition, pickRank, receiveRank, type Stage } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

export interface UseOptions {
  /** Default: the function's name. Two of one name do not stack: the nearer one wins. */
  readonly name?: string
  /** `call` (default): client, around all attempts. `attempt`: client, each try. `handler`: server, around the method. */
  readonly stage?: Stage
  /**
   * Place within its stage, the lowest outermost; docs/guide/policies.md lists those of the built-in ones. Default: the outermost of the call,
   * right behind the pick of an attempt (`call.endpoint` is known), right behind the decoding at a handler (`call.message` is there).
   */
  readonly rank?: number
}

const ranks: Readonly<Record<Stage, number>> = { call: 5, attempt: pickRank + 5, handler: receiveRank + 1 }

/** As a value, for `connect(..., { policies: [use(timed)] })` and `serve(..., { policies: [use(audited, { stage: 'handler' })] })`. */
export function use(policy: Policy, options: UseOptions = {}): PolicyDefinition {
  const { stage = 'call', name = policy.name } = options
  const rank = options.rank ?? ranks[stage]
  if (name === '') {
    throw misuse(
      'invalid_policy',
      "use: the policy has no name; write use(policy, { name: 'timed' }) or name the function",
    )
  }
  if (!Number.isFinite(rank) || rank === pickRank || rank === receiveRank || ranks[stage] === undefined) {
    throw misuse(
      'invalid_policy',
      `use: stage ${String(stage)} and rank ${rank}; write call, attempt or handler, and a number that is neither ${receiveRank} nor ${pickRank}`,
    )
  }
  return Object.freeze({ name, stages: [stage], rank, summary: name, build: () => policy })
}

/** As a decorator. */
export function Use(policy: Policy, options: UseOptions = {}): PolicyDecorator {
  return declarePolicy(use(policy, options))
}
