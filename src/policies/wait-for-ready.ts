import type { PolicyDefinition, PolicyKind } from '../core/policy.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/**
 * The policy of `@WaitForReady` as a value.
 *
 * @example
 * connect(Hello, target, { policies: [waitForReady(), timeout('1m')] })
 *
 * @see docs/guide/policies.md#wait-for-ready
 */
export function waitForReady(): PolicyDefinition {
  return Object.freeze({
    name: waitForReadyKind.name,
    stages: ['attempt'] as const,
    summary: 'waitForReady',
    waitForReady: true,
    build: () => undefined,
  } satisfies PolicyDefinition)
}

export const waitForReadyKind: PolicyKind = { name: 'waitForReady', options: {}, make: waitForReady }

/**
 * Makes calls wait while no endpoint can be reached, until their deadline. For programs that start before the servers they call. Default:
 * calls fail at once with `unavailable` (`no_endpoint`). Source: gRPC, "Wait for Ready Semantics".
 *
 * A call that was sent is not sent again. `withCall(remote, { waitForReady: true })`, or `false`, decides it for single calls.
 *
 * @example
 * @Method({ accepts: HelloRequest, returns: HelloReply }) @Timeout('1m') @WaitForReady()
 *
 * @see docs/guide/policies.md#wait-for-ready
 */
export function WaitForReady(): PolicyDecorator {
  return declarePolicy(waitForReady())
}
