import type { ActiveCall, EngineHandler, Settle } from './active-call.js'
import type { Handler } from './call.js'
import { type Outcome, PromiseOutcome, passOn } from './outcome.js'
import { attempted } from './policy.js'

/**
 * An engine's handler as a `Handler`, which a policy can wrap. Every call is an ActiveCall, so nothing is checked and nothing is wrapped.
 */
export function engineHandler(handler: EngineHandler): Handler {
  return handler as Handler
}

/** The handler of a `Settle`, which costs one promise. */
export function settling(settle: Settle): EngineHandler {
  const handler = (call: ActiveCall) =>
    new Promise<unknown>((resolve, reject) => {
      settle(call, new PromiseOutcome(resolve, reject))
    })
  return Object.assign(handler, { settle })
}

/** Runs a call and tells its outcome, without a promise if the handler can. It never throws. */
export function settle(handler: EngineHandler, call: ActiveCall, outcome: Outcome): void {
  if (handler.settle === undefined) passOn(attempted(handler, call), outcome)
  else handler.settle(call, outcome)
}
