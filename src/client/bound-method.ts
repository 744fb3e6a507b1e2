import type { BalancerFactory } from '../balancers/balancer.js'
import { defaultBalancer } from '../balancers/built-in.js'
import { streamsOut } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { PolicyState, StateReads } from '../core/inspection.js'
import type { ObservedMethod } from '../core/observers.js'
import { boundsOf, buildStage, compose, type Handler, type PolicyDefinition } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { policiesOf } from '../policies/built-in.js'
import { rejectAtDeadline } from '../policies/call-deadline.js'
import { around, inOrder } from '../policies/order.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { NotCarried } from './carried.js'
import type { Channel, ChosenBalancer } from './channel.js'

/**
 * A method of one channel, with everything that is composed before the first call. A new configuration replaces handler and timeout
 * together.
 */
export interface BoundMethod {
  readonly schema: MethodSchema
  /** Call policies, attempt policies, balancer and link. */
  handler: Handler
  /** Whether the timeout is the outermost policy and was left out, because the call itself rejects at its deadline. */
  guarded: boolean
  /** They see its calls, also those that are cancelled before they begin. */
  readonly observer: ObservedMethod | undefined
  /** What its policies show of their state. */
  readonly states: StateReads
  /** The total timeout in milliseconds. */
  timeout: number
  readonly clock: Clock
  readonly channel: Pick<Channel, 'isPrepared' | 'prepare' | 'calls'>
  /** The default of `CallOptions.waitForReady`. */
  waitForReady: boolean
}

export interface BindingSettings {
  readonly channel: Channel
  /** The policies given to `connect`, which win over those that the class declares. */
  readonly policies: readonly PolicyDefinition[]
  readonly balancers: ReadonlyMap<string, BalancerFactory>
  readonly refused: NotCarried
}

/**
 * @throws RpcError `failed_precondition` (`policy_conflict`, `unknown_balancer`) if policies contradict each other or the balancer does not
 *   exist
 */
export function bindMethod(service: ServiceSchema, schema: MethodSchema, settings: BindingSettings): BoundMethod {
  const { channel } = settings
  const states: StateReads = new Map()
  const definitions = policiesOf(schema, service.policies, settings.policies)
  const scope = {
    method: schema,
    clock: channel.clock,
    shared: channel.stateOf(service.name).shared,
    sharedByAll: channel.state.shared,
    observer: channel.circuits,
    expose: (policy: string, read: () => PolicyState) => states.set(policy, read),
  }
  const attempt = around('attempt', 'balanced', definitions)
  const balancer = balancerOf(schema, definitions, settings.balancers)
  const dispatcher = channel.dispatcher(balancer, buildStage('attempt', attempt.inside, scope))
  const ofCall = buildStage('call', inOrder('call', definitions), scope)
  const guarded = !streamsOut(schema) && ofCall[0] === rejectAtDeadline
  if (guarded) ofCall.shift()
  const why = settings.refused.get(schema)
  const sending = compose([...ofCall, ...buildStage('attempt', attempt.outside, scope)], dispatcher)
  const handler = why === undefined ? sending : () => Promise.reject(misuse('not_carried', why))
  return {
    schema,
    handler,
    guarded,
    observer: channel.observer?.of(schema, 'client', channel.protocol, channel.uri),
    states,
    timeout: boundsOf(definitions).total,
    clock: channel.clock,
    channel,
    waitForReady: definitions.some(one => one.waitForReady),
  }
}

function balancerOf(
  method: MethodSchema,
  definitions: readonly PolicyDefinition[],
  balancers: ReadonlyMap<string, BalancerFactory>,
): ChosenBalancer {
  const choice = definitions.find(one => one.balancer !== undefined)?.balancer ?? defaultBalancer
  if (typeof choice === 'function') return { name: choice.name || 'custom', factory: choice as BalancerFactory }
  const name = String(choice)
  const factory = balancers.get(name)
  if (factory === undefined) {
    throw misuse(
      'unknown_balancer',
      `${method.path}: there is no balancer ${JSON.stringify(choice)}; it can be ${[...balancers.keys()].join(', ')}`,
    )
  }
  return { name, factory }
}
