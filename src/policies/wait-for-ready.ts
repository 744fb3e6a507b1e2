/**
 * Problem: a program starts before the servers it calls, and would rather wait for them than fail.
 *
 * The policy only says so; it is the channel that waits, where it picks, since only the channel hears of an endpoint that is there again. A
 * call then waits until an endpoint has a connection, or its deadline passes; `withCall(remote, { waitForReady })` says it for a call.
 * Source: gRPC, "Wait for Ready Semantics".
 *
 *     @Method(HelloReply) @Timeout('1m') @WaitForReady()
 */
import { type PolicyDefinition, pickRank } from '../core/policy.js'
import { declarePolicy, type PolicyDecorator } from '../decorators/policy.js'

/** As a value, for `connect(..., { policies: [waitForReady()] })`. */
export function waitForReady(): PolicyDefinition {
  return Object.freeze({
    name: 'waitForReady',
    stages: ['attempt'] as const,
    rank: pickRank,
    summary: 'waitForReady',
    build: () => undefined,
  } satisfies PolicyDefinition)
}

/** As a decorator. */
export function WaitForReady(): PolicyDecorator {
  return declarePolicy(waitForReady())
}
