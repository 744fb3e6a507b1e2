import type { Call } from '../core/call.js'
import { Code } from '../core/code.js'
import { refused } from '../core/options.js'
import type { PolicyDefinition, PolicyKind } from '../core/policy.js'
import { failure, type RpcError } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/** `true` admits the call; `false` answers `permission_denied`. */
export type Verdict = boolean | 'permission_denied' | 'unauthenticated'

/** Only `true` admits a call. An `RpcError` that it throws reaches the caller as it is; any other error becomes `internal`. */
export type AuthorizationRule = (call: Call) => Verdict | Promise<Verdict>

/**
 * The policy of `@Authorize` as a value. In `serve(..., { policies })` it guards every method and replaces the rules of the decorators.
 *
 * @example
 * await serve([Hello], { policies: [authorize(call => call.peer?.identity !== undefined)] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if the rule is not a function
 * @see docs/guide/policies.md#authorize
 */
export function authorize(rule: AuthorizationRule): PolicyDefinition {
  if (typeof rule !== 'function') throw refused('authorize: the rule', 'a function, call => boolean', rule)
  return Object.freeze({
    name: authorizeKind.name,
    stages: ['handler'] as const,
    summary: `authorize(${rule.name || 'rule'})`,
    build: () => next => async call => {
      const verdict = await rule(call)
      if (verdict !== true) throw denied(call, verdict)
      return next(call)
    },
  } satisfies PolicyDefinition)
}

export const authorizeKind: PolicyKind = { name: 'authorize', options: undefined, make: authorize }

/**
 * Admits a call only if the rule returns `true`. Without it every caller is admitted.
 *
 * `false` answers `permission_denied`, `'unauthenticated'` answers `unauthenticated`. The rule may be async. It sees `call.headers` and
 * `call.peer`; the request is not decoded yet. A rule on a method replaces that of its class.
 *
 * @example
 * @Method({ accepts: HelloRequest, returns: HelloReply })
 * @Authorize(call => tokens.has(call.headers.get('authorization') ?? ''))
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if the rule is not a function
 * @see docs/guide/policies.md#authorize
 */
export function Authorize(rule: AuthorizationRule): PolicyDecorator {
  return declarePolicy(authorize(rule))
}

function denied(call: Call, verdict: unknown): RpcError {
  return verdict === 'unauthenticated'
    ? failure('unauthenticated', Code.unauthenticated, `${call.method.path}: the caller is not known`)
    : failure('not_authorized', Code.permission_denied, `${call.method.path}: the caller may not call it`)
}
