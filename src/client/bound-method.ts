import type { BalancerFactory } from '../balancers/balancer.js'
import { defaultBalancer } from '../balancers/built-in.js'
import { streamsOut } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { buildStage, compose, type Handler, type PolicyDefinition, pickRank } from '../core/policy.js'
import { misuse } from '../core/rpc-error.js'
import { policiesOf } from '../policies/built-in.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { Channel } from './channel.js'

/** A method of one channel: everything that can be composed before the first call. A new configuration replaces handler and timeout whole. */
export interface BoundMethod {
  readonly schema: MethodSchema
  /** Call policies, attempt policies, pick, link. */
  handler: Handler
  /** The timeout stands outermost: who called is told by the call itself when it passes, and no policy has to see to that. */
  guarded: boolean
  /** Milliseconds of the whole call. */
  timeout: number
  readonly clock: Clock
  /** Of calls that do not say otherwise. */
  waitForReady: boolean
}

export interface BindingSettings {
  readonly channel: Channel
  /** They win over what the class declares. */
  readonly policies: readonly PolicyDefinition[]
  readonly balancers: ReadonlyMap<string, BalancerFactory>
}

/** @throws RpcError `failed_precondition` for contradictory policies and unknown balancers */
export function bindMethod(service: ServiceSchema, schema: MethodSchema, settings: BindingSettings): BoundMethod {
  const { channel } = settings
  const definitions = policiesOf(schema, service.policies, settings.policies)
  const scope = {
    method: schema,
    clock: channel.clock,
    shared: channel.stateOf(service.name).shared,
    sharedByAll: channel.state.shared,
  }
  const outer = definitions.filter(one => one.rank < pickRank)
  const inner = definitions.filter(one => one.rank > pickRank)
  const factory = balancerOf(schema, definitions, settings.balancers)
  const dispatcher = channel.dispatcher(factory, buildStage('attempt', inner, scope))
  const ofCall = definitions.filter(one => one.stages.includes('call'))
  const guarded = !streamsOut(schema) && ofCall[0]?.name === 'timeout'
  const around = buildStage('call', guarded ? ofCall.slice(1) : ofCall, scope)
  return {
    schema,
    handler: compose([...around, ...buildStage('attempt', outer, scope)], dispatcher),
    guarded,
    timeout: definitions.find(one => one.name === 'timeout')?.bounds?.total ?? Number.POSITIVE_INFINITY,
    clock: channel.clock,
    waitForReady: definitions.some(one => one.name === 'waitForReady'),
  }
}

function balancerOf(
  method: MethodSchema,
  definitions: readonly PolicyDefinition[],
  known: ReadonlyMap<string, BalancerFactory>,
): BalancerFactory {
  const choice = definitions.find(one => one.name === 'balanced')?.balancer ?? defaultBalancer
  if (typeof choice === 'function') return choice as BalancerFactory
  const factory = known.get(String(choice))
  if (factory === undefined) {
    throw misuse(
      'unknown_balancer',
      `${method.path}: there is no balancer ${JSON.stringify(choice)}; known: ${[...known.keys()].join(', ')}`,
    )
  }
  return factory
}
