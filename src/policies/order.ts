import type { Place, PolicyDefinition, Stage } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'

/** A step of a stage. */
export interface Step {
  /** The policy's name, or that of what polywire does here itself, such as `decode`. */
  readonly name: string
  /** How the guide writes it; default: its decorator. */
  readonly title?: string
  /** Shares the place of the policy of this name: a method has one of them. */
  readonly insteadOf?: string
  /** It only holds settings, so the guide's picture leaves it out. */
  readonly runsNothing?: true
  readonly why: string
}

/**
 * The policies of each stage, outermost first: each wraps those that follow. The table in docs/guide/policies.md is generated from it, and
 * a test compares it with `built-in.ts`. A new policy gets its line here.
 */
export const order = {
  call: [
    {
      name: 'cached',
      why: 'A cache hit costs no deadline and no attempt. It is outside of the fallback, whose reply is never cached.',
    },
    { name: 'fallback', why: 'It can still answer when the deadline has passed, so it is outside of the timeout.' },
    {
      name: 'timeout',
      title: '`@Timeout` (total)',
      why: 'One deadline covers all attempts and the waits between them.',
    },
    {
      name: 'retryThrottling',
      title: '`retryThrottling` of a [configuration](configuration.md)',
      runsNothing: true,
      why: 'It sets the token bucket that `@Retry` and `@Hedge` share, and runs nothing itself.',
    },
    { name: 'retry', why: 'It waits between attempts, within the one deadline.' },
    {
      name: 'hedge',
      insteadOf: 'retry',
      why: 'Each hedge is a whole attempt that may fail over. A method has `@Retry` or `@Hedge`, not both.',
    },
    { name: 'failover', why: 'Another endpoint needs no waiting, so it comes before any backoff.' },
  ],
  attempt: [
    { name: 'compressed', why: 'It only tells the protocol how to send, and stops no attempt.' },
    { name: 'timeout', title: '`@Timeout` (`perTry`)', why: 'It bounds one attempt, connecting included.' },
    { name: 'balanced', why: 'Every attempt picks an endpoint. What is kept per endpoint follows.' },
    { name: 'waitForReady', why: 'It tells the pick to wait until an endpoint is connected.' },
    { name: 'circuitBreaker', why: 'A call that an open circuit stops needs no place in the bulkhead.' },
    { name: 'bulkhead', why: 'Only calls that are really sent take a place.' },
  ],
  handler: [
    { name: 'reportLoad', title: '`reportLoad` of `serve`', why: 'It counts the calls that the others refuse, too.' },
    { name: 'rateLimit', why: 'A refused call must cost as little as possible.' },
    {
      name: 'concurrency',
      title: '`limits.concurrency` of `serve`',
      why: 'It covers the whole server. A call that the rate limit refuses takes no place.',
    },
    { name: 'authorize', why: 'The limits protect it. It judges by headers and peer, before the body is parsed.' },
    { name: 'compressed', why: 'It is outside of the cache, whose replies are compressed too.' },
    {
      name: 'decode',
      title: 'decode the request',
      why: 'The body of a call that was refused until here is never parsed.',
    },
    {
      name: 'validate',
      title: '[validation](codecs.md)',
      why: 'It needs the message. An invalid request never reaches the cache or the handler.',
    },
    { name: 'cached', why: 'Limits and rules apply to every call, also to one that the cache answers.' },
  ],
} as const satisfies Readonly<Record<Stage, readonly Step[]>>

/** A name that `before` and `after` accept. */
export type PlaceName = (typeof order)[Stage][number]['name']

export const stages = Object.keys(order) as Stage[]

/** Where a custom policy runs unless it says otherwise. */
export const defaultPlaces: Readonly<Record<Stage, Place>> = {
  call: { before: 'cached' },
  attempt: { after: 'waitForReady' },
  handler: { after: 'validate' },
}

export function namesIn(stage: Stage): string[] {
  return order[stage].map(({ name }) => name)
}

/** The names that share their place with this one: of `retry`, `hedge`. */
export function alternativesOf(name: string): string[] {
  const steps = stages.flatMap((stage): readonly Step[] => order[stage])
  return steps
    .filter(one => one.insteadOf === name || (one.name === name && one.insteadOf !== undefined))
    .map(one => (one.name === name ? (one.insteadOf as string) : one.name))
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
const positions: Readonly<Record<Stage, ReadonlyMap<string, number>>> = {
  call: positionsIn(order.call),
  attempt: positionsIn(order.attempt),
  handler: positionsIn(order.handler),
}

function positionsIn(steps: readonly Step[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [at, { name, insteadOf }] of steps.entries())
    found.set(name, insteadOf === undefined ? at : (found.get(insteadOf) as number))
  return found
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
