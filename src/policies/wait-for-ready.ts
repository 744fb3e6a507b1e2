/**
 * Problem: a program starts before the servers it calls, and would rather wait for them than fail.
 *
 * It stands inside of retry, since what never left this process is no attempt; and outside of failover, so that it waits only when no endpoint
 * can be reached at all. It waits until the deadline. Source: gRPC, "Wait for Ready Semantics".
 *
 *     @Method(HelloReply) @Timeout('1m') @WaitForReady()
 */
import { sleep } from '../core/clock.js'
import type { PolicyDefinition } from '../core/policy.js'
import { RpcError } from '../core/rpc-error.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

const shortest = 50
const longest = 1000

/** As a value, for `connect(..., { policies: [waitForReady()] })`. */
export function waitForReady(): PolicyDefinition {
  return Object.freeze({
    name: 'waitForReady',
    stages: ['call'] as const,
    rank: 45,
    summary: 'waitForReady',
    build: () => next => async call => {
      for (let pause = shortest; ; pause = Math.min(longest, pause * 2)) {
        try {
          return await next(call)
        } catch (thrown) {
          const error = RpcError.from(thrown)
          // A bulkhead that is full is no server that is not ready.
          if (error.delivery !== 'unsent' || error.reason === 'bulkhead_full' || error.reason === 'channel_closed')
            throw error
          if (call.canceled !== undefined || call.streamBegan || call.clock.now() + pause >= call.deadline) throw error
          await sleep(call.clock, pause, listener => call.onCancel(listener))
        }
      }
    },
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function WaitForReady(): PolicyDecorator {
  return declarePolicy(waitForReady())
}
