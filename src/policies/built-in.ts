import type { PolicyDefinition, PolicyKind, Stage } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import type { MethodSchema } from '../schema/service.js'
import { failoverKind, transparentRetry } from './attempts/failover.js'
import { hedgeKind } from './attempts/hedge.js'
import { retryKind } from './attempts/retry.js'
import { authorizeKind } from './authorize.js'
import { balancedKind } from './balanced.js'
import { cachedKind } from './cached/cached.js'
import { packRemoteStores } from './cached/packed-store.js'
import { circuitBreakerKind } from './circuit-breaker/circuit-breaker.js'
import { compressedKind } from './compressed.js'
import { policiesOver } from './effective.js'
import { fallbackKind } from './fallback.js'
import { bulkheadKind } from './limits/bulkhead.js'
import { rateLimitKind } from './limits/rate-limit.js'
import { resumableKind } from './resumable/resumable.js'
import { checkKey } from './resumable/sample-key.js'
import { timeout, timeoutKind } from './timeout.js'
import { validation } from './validate/validate.js'
import { waitForReadyKind } from './wait-for-ready.js'

/** The policies that can be declared, by name. A configuration may set those with options. Their order is that of `order.ts`. */
export const policyKinds: ReadonlyMap<string, PolicyKind> = /* @__PURE__ */ new Map(
  [
    timeoutKind,
    resumableKind,
    retryKind,
    hedgeKind,
    failoverKind,
    balancedKind,
    waitForReadyKind,
    circuitBreakerKind,
    bulkheadKind,
    fallbackKind,
    cachedKind,
    rateLimitKind,
    authorizeKind,
    compressedKind,
  ].map(kind => [kind.name, kind]),
)

/** The policies of a method that declares none. A nearer definition of the same name replaces each. */
export function defaultPolicies(method: MethodSchema): readonly PolicyDefinition[] {
  const validate = validation(method)
  return [timeout(), transparentRetry, ...(validate === undefined ? [] : [validate])]
}

/**
 * The policies of a method, in no particular order: defaults, then the class's, the method's, and settings over all.
 * @throws RpcError `failed_precondition` (`policy_conflict`) if they contradict each other
 */
export function policiesOf(
  method: MethodSchema,
  ofService: readonly PolicyDefinition[],
  settings: readonly PolicyDefinition[] = [],
): PolicyDefinition[] {
  packRemoteStores()
  const definitions = policiesOver(defaultPolicies(method), { method, ofService, settings })
  checkKey(method, definitions)
  return definitions
}

const sides = {
  connect: { runs: ['call', 'attempt'], other: 'serve', at: 'servers' },
  serve: { runs: ['handler'], other: 'connect', at: 'clients' },
} as const satisfies Record<string, { runs: readonly Stage[]; other: string; at: string }>

/**
 * The `policies` of `connect` or `serve`.
 * @throws RpcError `failed_precondition` (`invalid_policy`) for one that would never run there, saying where to put it
 */
export function policiesGivenTo(
  side: keyof typeof sides,
  policies: readonly PolicyDefinition[] = [],
): readonly PolicyDefinition[] {
  const { runs, other, at } = sides[side]
  return policies.map(given => {
    const definition = (side === 'serve' ? given.inServer : undefined) ?? given
    if (definition.stages.some(stage => (runs as readonly Stage[]).includes(stage))) return definition
    throw misuse(
      'invalid_policy',
      `${side}: ${definition.name} runs in ${at} (${definition.stages.join(', ')}) and never here; give it to ${other}(..., { policies })`,
    )
  })
}
