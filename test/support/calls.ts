import { ActiveCall, type EngineHandler } from '../../src/core/active-call.js'
import { type Idempotency, type MethodInfo, type MethodKind } from '../../src/core/call.js'
import { engineHandler } from '../../src/core/engine-handler.js'
import {
  buildStage,
  compose,
  type Handler,
  type PolicyDefinition,
  SharedState,
  type Stage,
} from '../../src/core/policy.js'
import { RpcError } from '../../src/index.js'
import { inOrder } from '../../src/policies/order.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

export function methodInfo(idempotency: Idempotency = 'idempotent', kind: MethodKind = 'unary'): MethodInfo {
  return { name: 'Do', serviceName: 'test.Service', path: '/test.Service/Do', kind, idempotency }
}

export interface Rig {
  readonly clock: VirtualClock
  /** What the policies of one service share. */
  readonly shared: SharedState['shared']
  /** A new call, armed. `deadline` in milliseconds from now. */
  readonly call: (deadline?: number) => ActiveCall
  /** The policies around a handler, as a channel or server composes them. */
  readonly wrap: (
    definitions: readonly PolicyDefinition[],
    handler: EngineHandler,
    stages?: readonly Stage[],
  ) => Handler
}

export function rig(method: MethodInfo = methodInfo()): Rig {
  const clock = new VirtualClock()
  const { shared } = new SharedState()
  const { shared: sharedByAll } = new SharedState()
  return {
    clock,
    shared,
    call(deadline = 30_000) {
      const call = new ActiveCall({ method, message: {}, clock, deadline: clock.now() + deadline })
      call.arm()
      return call
    },
    wrap(definitions, handler, stages = ['call', 'attempt']) {
      const scope = { method, clock, shared, sharedByAll }
      return compose(
        stages.flatMap(stage => buildStage(stage, inOrder(stage, definitions), scope)),
        engineHandler(handler),
      )
    },
  }
}

/** Settles with what the promise settles with, as a value that can be looked at. */
export function outcome(promise: Promise<unknown>): Promise<{ value?: unknown; error?: unknown }> {
  return promise.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
}

/** The error of a call that has to fail. */
export async function failure(promise: Promise<unknown>): Promise<RpcError> {
  const { error, value } = await outcome(promise)
  if (error instanceof RpcError) return error
  throw error ?? new Error(`the call did not fail, it gave ${String(value)}`)
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of stream) list.push(one)
  return list
}

/** Resolves once the condition holds, where no event says so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 1))
}
