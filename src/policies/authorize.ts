/**
 * Problem: who may call is a rule about the caller, and should be asked before anything is done for him.
 *
 * It stands on the server behind the limits, which protect it too, and in front of the decoding: a body of somebody who may not call is never
 * parsed. So its rule sees headers and peer, and no message.
 *
 *     @Method(HelloReply) @Authorize(call => tokens.has(call.headers.get('authorization')))
 */
import type { Call } from '../core/call.js'
import { Code } from '../core/code.js'
import type { PolicyDefinition } from '../core/policy.js'
import { misuse, RpcError } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/** `true` lets the call in; `false` is `permission_denied`. */
export type Verdict = boolean | 'permission_denied' | 'unauthenticated'

/** Nothing but `true` lets a call in. An RpcError that it throws reaches the caller as it is; any other error is `internal`. */
export type AuthorizationRule = (call: Call) => Verdict | Promise<Verdict>

/** As a value, for `serve(..., { policies: [authorize(rule)] })`, where it guards every method and takes the place of the decorators. */
export function authorize(rule: AuthorizationRule): PolicyDefinition {
  if (typeof rule !== 'function') throw misuse('invalid_policy', 'authorize: it takes a function (call) => boolean')
  return Object.freeze({
    name: 'authorize',
    stages: ['handler'] as const,
    rank: 6,
    summary: `authorize(${rule.name || 'rule'})`,
    build: () => next => async call => {
      const verdict = await rule(call)
      if (verdict !== true) throw denied(call, verdict)
      return next(call)
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. One on a method stands in place of the one on its class. */
export function Authorize(rule: AuthorizationRule): PolicyDecorator {
  return declarePolicy(authorize(rule))
}

function denied(call: Call, verdict: unknown): RpcError {
  return verdict === 'unauthenticated'
    ? new RpcError(`${call.method.path}: the caller is not known`, Code.unauthenticated, { reason: 'unauthenticated' })
    : new RpcError(`${call.method.path}: the caller may not call it`, Code.permission_denied, {
        reason: 'not_authorized',
      })
}
