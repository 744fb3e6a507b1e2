import type { Call, Handler, MethodInfo } from './call.js'
import type { Clock } from './clock.js'
import { misuse } from './rpc-error.js'

export type { Handler }

/** Everything that wraps a call, on both sides, is one of these. */
export type Policy = (next: Handler) => Handler

/** `call`: client, once, around all attempts; `attempt`: client, each try; `handler`: server, around the method. */
export type Stage = 'call' | 'attempt' | 'handler'

/**
 * Where an attempt's endpoint is picked: attempt policies of a lower rank stand outside of the pick, those of a higher one know
 * `call.endpoint`. Why: docs/decisions/pick-first.md.
 */
export const pickRank = 60

/**
 * Where a request is decoded: handler policies of a lower rank judge by headers and peer alone, and what they turn away is never parsed; those
 * of a higher one know `call.message`.
 */
export const receiveRank = 8

/** State by key, made by whoever asks first. */
export class SharedState {
  private readonly states = new Map<symbol, unknown>()

  readonly shared = <T>(key: symbol, make: () => T): T => {
    if (!this.states.has(key)) this.states.set(key, make())
    return this.states.get(key) as T
  }
}

/** What a policy is built for: one method of one channel or server. */
export interface PolicyScope {
  readonly method: MethodInfo
  readonly clock: Clock
  /** State that all methods of one service share in this channel or server, made by the first that asks for that key. */
  shared<T>(key: symbol, make: () => T): T
  /** The same for the methods of all services of this channel or server. */
  sharedByAll<T>(key: symbol, make: () => T): T
  /** On a server: takes what goes wrong there and fails no call. */
  readonly report?: ((error: unknown) => void) | undefined
}

/**
 * A policy as it is declared, by a decorator or as a value: `retry({ attempts: 3 })`. It is frozen and holds no state; `build` makes the
 * running policy, once per method and channel, when the channel or the server is made.
 */
export interface PolicyDefinition {
  /** Two definitions of one name do not stack: the nearer one wins (method over class, a setting over both). */
  readonly name: string
  readonly stages: readonly Stage[]
  /** Place within its stage, the lowest outermost; the table in docs/guide/policies.md says why each stands where it does. */
  readonly rank: number
  /** One line for `explain`, such as `retry(attempts 3, backoff 50ms x2 up to 1s)`. */
  readonly summary: string
  /** Attempts that one call can become because of this policy; default 1. */
  readonly attempts?: number
  /** Milliseconds the whole call, or one attempt of it, can take because of this policy. */
  readonly bounds?: { readonly total?: number; readonly perTry?: number }
  /** Milliseconds that pass between attempts at the worst. */
  readonly waits?: number
  /** A balancer's name or maker, in the policy that chooses one. */
  readonly balancer?: unknown
  /** Why this method cannot have it; undefined when it can. Asked at start-up. */
  readonly conflict?: (method: MethodInfo, others: readonly PolicyDefinition[]) => string | undefined
  readonly build: (stage: Stage, scope: PolicyScope) => Policy | undefined
}

/**
 * Runs a handler. What it throws at once is a rejection like all others, and a bare value a fulfilment: a policy of one's own may do either.
 */
export function attempted(handler: Handler, call: Call): Promise<unknown> {
  try {
    const reply = handler(call)
    return reply instanceof Promise ? reply : Promise.resolve(reply)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Composes policies around a handler, the first outermost. Done once per method; a call runs the result. */
export function compose(policies: readonly Policy[], last: Handler): Handler {
  return policies.reduceRight((next, policy) => policy(next), last)
}

/** The running policies of one stage, outermost first; those that have nothing to do there are left out. */
export function buildStage(stage: Stage, definitions: readonly PolicyDefinition[], scope: PolicyScope): Policy[] {
  const here = definitions.filter(definition => definition.stages.includes(stage))
  return here.map(definition => definition.build(stage, scope)).filter(policy => policy !== undefined)
}

/** Nearer definitions replace those of the same name; the result stands in the order of ranks. */
export function effectivePolicies(...levels: (readonly PolicyDefinition[])[]): PolicyDefinition[] {
  const byName = new Map<string, PolicyDefinition>()
  for (const level of levels) for (const definition of level) byName.set(definition.name, definition)
  return [...byName.values()].sort((a, b) => a.rank - b.rank)
}

/** @throws RpcError `failed_precondition` (`policy_conflict`) at the first contradiction, naming the method */
export function checkPolicies(method: MethodInfo, definitions: readonly PolicyDefinition[]): void {
  for (const definition of definitions) {
    const conflict = definition.conflict?.(method, definitions)
    if (conflict !== undefined) throw misuse('policy_conflict', `${method.path}: ${conflict}`)
  }
}
