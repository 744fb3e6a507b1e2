import type { Call, Handler, MethodInfo } from './call.js'
import type { CallObserver } from './call-observer.js'
import type { Clock } from './clock.js'
import type { PolicyState } from './inspection.js'
import type { OptionReader } from './options.js'
import { misuse } from './rpc-error.js'

export type { Handler }

/**
 * Wraps the rest of a call, on either side: it receives the next handler and returns the handler that runs instead.
 *
 * @example
 * const timed: Policy = next => async call => {
 *   const start = performance.now()
 *   try { return await next(call) } finally { histogram.record(call.method.path, performance.now() - start) }
 * }
 *
 * @see docs/guide/policies.md#custom-policies
 */
export type Policy = (next: Handler) => Handler

/** `call`: client, once, around all attempts. `attempt`: client, each try. `handler`: server, around the method. */
export type Stage = 'call' | 'attempt' | 'handler'

/** The place of a custom policy: directly outside of the named policy (`before`), or directly inside of it (`after`). */
export type Place =
  | {
      /** The policy directly inside. */
      readonly before: string
    }
  | {
      /** The policy directly outside. */
      readonly after: string
    }

/** State by key. The first caller for a key creates it. */
export class SharedState {
  private readonly states = new Map<symbol, unknown>()

  readonly shared = <T>(key: symbol, make: () => T): T => {
    if (!this.states.has(key)) this.states.set(key, make())
    return this.states.get(key) as T
  }
}

/** What a policy is built for: one method of one channel or server. */
export interface PolicyScope {
  /** The method. */
  readonly method: MethodInfo
  /** The clock of the channel or server. */
  readonly clock: Clock
  /** State shared by all methods of one service in this channel or server. The first caller for a key creates it. */
  shared<T>(key: symbol, make: () => T): T
  /** State shared by the methods of all services of this channel or server. */
  sharedByAll<T>(key: symbol, make: () => T): T
  /** Is told what breakers do. Default: undefined, nothing is observed. */
  readonly observer?: Pick<CallObserver, 'breakerChanged'> | undefined
  /** Shows the state of the policy to `inspect`. `read` returns plain values, whenever it is asked. Default: nobody can inspect it. */
  readonly expose?: ((policy: string, read: () => PolicyState) => void) | undefined
  /** On a server: receives errors that fail no call. Default: undefined, on a client. */
  readonly report?: ((error: unknown) => void) | undefined
}

/**
 * A policy as it is declared, by a decorator or as a value: `retry({ attempts: 3 })`.
 *
 * It is frozen and holds no state. `build` makes the running policy, once per method, when the channel or the server is created. A custom
 * policy without state per method needs only a function: see `use`.
 */
export interface PolicyDefinition {
  /** Two definitions of one name do not stack: the nearer one wins (method over class, `policies` over both). */
  readonly name: string
  /** Where it runs. */
  readonly stages: readonly Stage[]
  /**
   * Where a custom policy runs in a stage; default: outermost of the call, right after the pick of an attempt, right after decoding and
   * validation in a handler. The places of the built-in policies are listed in `policies/order.ts`.
   */
  readonly places?: Readonly<Partial<Record<Stage, Place>>>
  /** One line for `explain`, such as `retry(attempts 3, backoff 50ms x2 up to 1s)`. */
  readonly summary: string
  /** The number of attempts that one call can become because of this policy; default 1. */
  readonly attempts?: number
  /** Milliseconds that the whole call, or one attempt of it, can take because of this policy; default: unbounded. */
  readonly bounds?: Bounds
  /** Milliseconds that pass between attempts in the worst case; default 0. */
  readonly waits?: number
  /** Calls of methods that are not idempotent are repeated too; default false. */
  readonly repeatsEveryMethod?: boolean
  /** The balancer's name or factory, if the policy chooses one; default: it does not. */
  readonly balancer?: unknown
  /** Whether calls wait until an endpoint is connected; default false. */
  readonly waitForReady?: boolean
  /** How a broken stream of replies continues; default: it fails. */
  readonly resumption?: Resumption
  /** The definition that `serve` uses if it is given this one; default: this one. */
  readonly inServer?: PolicyDefinition
  /** Returns why the method cannot have this policy, at start-up; undefined if it can. Default: every method can. */
  readonly conflict?: (method: MethodInfo, others: readonly PolicyDefinition[]) => string | undefined
  /** Makes the running policy of a method; undefined if there is nothing to run in this stage. */
  readonly build: (stage: Stage, scope: PolicyScope) => Policy | undefined
}

/** How a broken stream of replies continues. */
export interface Resumption {
  /** What tells a reply from all others, as `@Resumable` has it. */
  readonly key: (reply: never) => unknown
  /** The id of a reply on the wire; undefined if the stream cannot continue after it. */
  readonly idOf: (reply: unknown) => string | undefined
  /** Milliseconds before the first try. */
  readonly wait: number
}

/** How a method's stream of replies continues; undefined if it cannot. */
export function resumptionOf({ policies }: { readonly policies: readonly PolicyDefinition[] }): Resumption | undefined {
  return policies.find(({ resumption }) => resumption !== undefined)?.resumption
}

/** The longest time that a policy allows, in milliseconds. */
export interface Bounds {
  /** For the whole call; default: unbounded. */
  readonly total?: number
  /** For one attempt; default: unbounded. */
  readonly perTry?: number
}

/** A built-in policy: its name, its options and its factory. `policies/built-in.ts` lists them; configuration reads that list. */
export interface PolicyKind {
  readonly name: string
  /** What a configuration may set: options by name, or a single text and what it is. Undefined if the policy takes code. */
  readonly options: Readonly<Record<string, OptionReader>> | string | undefined
  /** Takes what a configuration sets. The policy itself checks it. */
  readonly make: (options: never) => PolicyDefinition
}

/** Calls a handler. An exception becomes a rejection and a plain value a fulfilment: a custom policy may do either. */
export function attempted<C extends Call>(handler: (call: C) => Promise<unknown>, call: C): Promise<unknown> {
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

/** The running policies of one stage, in the given order, without those that do nothing there. */
export function buildStage(stage: Stage, definitions: readonly PolicyDefinition[], scope: PolicyScope): Policy[] {
  return definitions.map(definition => definition.build(stage, scope)).filter(policy => policy !== undefined)
}

/** Merges levels, the farthest first: a nearer definition replaces one of the same name. */
export function effectivePolicies(...levels: (readonly PolicyDefinition[])[]): PolicyDefinition[] {
  const byName = new Map<string, PolicyDefinition>()
  for (const level of levels) for (const definition of level) byName.set(definition.name, definition)
  return [...byName.values()]
}

/** The shortest bounds that the policies set. */
export function boundsOf(definitions: readonly PolicyDefinition[]): {
  readonly total: number
  readonly perTry: number
} {
  const shortest = (of: keyof Bounds) =>
    Math.min(...definitions.map(({ bounds }) => bounds?.[of] ?? Number.POSITIVE_INFINITY))
  return { total: shortest('total'), perTry: shortest('perTry') }
}

/** @throws RpcError `failed_precondition` (`policy_conflict`) at the first contradiction, naming the method */
export function checkPolicies(method: MethodInfo, definitions: readonly PolicyDefinition[]): void {
  for (const definition of definitions) {
    const conflict = definition.conflict?.(method, definitions)
    if (conflict !== undefined) throw misuse('policy_conflict', `${method.path}: ${conflict}`)
  }
}
