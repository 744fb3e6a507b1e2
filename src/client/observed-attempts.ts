import { engineHandler } from '../core/active-call.js'
import { streamsOut } from '../core/call.js'
import type { ObservedAttempt } from '../core/call-observer.js'
import { EndingStream } from '../core/ending-stream.js'
import type { Endpoint } from '../core/endpoint.js'
import { attempted, type Policy } from '../core/policy.js'
import { RpcError } from '../core/rpc-error.js'

export interface ObservedPicks {
  readonly balancer: string
  /** Whether an observer sets headers, which parallel attempts must not share. */
  readonly needsHeaders: boolean
  /** The state of the channel at the pick. */
  readonly state: (endpoint: Endpoint) => Pick<ObservedAttempt, 'candidates' | 'inFlight'>
}

/** Tells of every attempt, right behind its pick, so that it sees those that a breaker or a bulkhead stops too. */
export function observedAttempts({ balancer, needsHeaders, state }: ObservedPicks): Policy {
  return next =>
    engineHandler(call => {
      const { observed, endpoint } = call
      if (observed === undefined || endpoint === undefined) return next(call)
      if (needsHeaders) call.separateHeaders()
      const observation = observed.attemptBegan({ call, endpoint, balancer, ...state(endpoint) })
      if (observation === undefined) return next(call)
      const end = (error: unknown) => observation.ended(error === undefined ? undefined : RpcError.from(error))
      return attempted(next, call).then(
        reply => {
          if (streamsOut(call.method)) return new EndingStream(call, reply as AsyncIterable<unknown>, end)
          end(undefined)
          return reply
        },
        (error: unknown) => {
          end(error)
          throw error
        },
      )
    })
}
