import type { Place, PolicyDefinition, Stage } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'

/**
 * The policies of each stage, outermost first: each wraps those that follow. A new policy gets its line here, and its reason in
 * `order-reasons.ts`. A test compares the list with `built-in.ts`.
 */
export const order = {
  call: ['cached', 'fallback', 'timeout', 'retryThrottling', 'resumable', 'retry', 'hedge', 'failover'],
  attempt: ['compressed', 'timeout', 'balanced', 'waitForReady', 'circuitBreaker', 'bulkhead'],
  handler: ['reportLoad', 'rateLimit', 'concurrency', 'authorize', 'compressed', 'decode', 'validate', 'cached'],
} as const satisfies Readonly<Record<Stage, readonly string[]>>

/** Alternatives: the first shares the place of the second, and a method has one of them. */
export const insteadOf: ReadonlyMap<string, PlaceName> = /* @__PURE__ */ new Map([['hedge', 'retry']])

/** A name that `before` and `after` accept. */
export type PlaceName = (typeof order)[Stage][number]

export const stages = /* @__PURE__ */ Object.keys(order) as Stage[]

/** Where a custom policy runs unless it says otherwise. */
export const defaultPlaces: Readonly<Record<Stage, Place>> = {
  call: { before: 'cached' },
  attempt: { after: 'waitForReady' },
  handler: { after: 'validate' },
}

export function namesIn(stage: Stage): readonly string[] {
  return order[stage]
}

/** The names that share their place with this one: of `retry`, `hedge`. */
export function alternativesOf(name: string): string[] {
  const other = insteadOf.get(name)
  return other === undefined ? [...insteadOf.keys()].filter(one => insteadOf.get(one) === name) : [other]
}

/**
 * The policies that run in a stage, outermost first. Custom policies of one place keep their order.
 * @throws RpcError `failed_precondition` (`invalid_policy`) for a custom policy beside a name that the stage does not have
 */
export function inOrder(stage: Stage, definitions: readonly PolicyDefinition[]): PolicyDefinition[] {
  return definitions
    .filter(definition => definition.stages.includes(stage))
    .map(definition => ({ definition, position: positionOf(definition, stage) }))
    .sort((one, other) => one.position - other.position)
    .map(({ definition }) => definition)
}

/** The policies of a stage outside of a step and inside of it, each outermost first. */
export function around(
  stage: Stage,
  step: PlaceName,
  definitions: readonly PolicyDefinition[],
): { readonly outside: PolicyDefinition[]; readonly inside: PolicyDefinition[] } {
  const at = positions[stage].get(step) as number
  const ordered = inOrder(stage, definitions)
  return {
    outside: ordered.filter(one => positionOf(one, stage) < at),
    inside: ordered.filter(one => positionOf(one, stage) > at),
  }
}

/** @throws RpcError `failed_precondition` (`invalid_policy`), listing the names, if the stage has no step of that name */
export function checkPlace(who: string, stage: Stage, place: Place): void {
  const [side, name] = 'before' in place ? ['before', place.before] : ['after', place.after]
  if (positions[stage].has(name)) return
  throw misuse(
    'invalid_policy',
    `${who}: ${side} must name a policy of the ${stage} stage, got ${JSON.stringify(name)}; it has ${namesIn(stage).join(', ')}`,
  )
}

/** Whole numbers; alternatives share theirs. */
const positions: Readonly<Record<Stage, ReadonlyMap<string, number>>> = /* @__PURE__ */ (() => ({
  call: positionsIn(order.call),
  attempt: positionsIn(order.attempt),
  handler: positionsIn(order.handler),
}))()

function positionsIn(steps: readonly string[]): ReadonlyMap<string, number> {
  return new Map(steps.map(name => [name, steps.indexOf(insteadOf.get(name) ?? name)]))
}

/** A custom policy is half a step from the one it stands beside. */
function positionOf({ name, places }: PolicyDefinition, stage: Stage): number {
  const builtIn = positions[stage].get(name)
  if (builtIn !== undefined) return builtIn
  const place = places?.[stage] ?? defaultPlaces[stage]
  checkPlace(name, stage, place)
  return 'before' in place
    ? (positions[stage].get(place.before) as number) - 0.5
    : (positions[stage].get(place.after) as number) + 0.5
}
