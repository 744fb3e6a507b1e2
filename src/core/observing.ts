import type { EngineHandler } from './active-call.js'
import { streamsOut } from './call.js'
import type { CallObserver, ObservedSide } from './call-observer.js'
import { EndingStream } from './ending-stream.js'
import { ObservedCall } from './observed-call.js'
import { attempted, type Handler } from './policy.js'
import type { Reason } from './reasons.js'
import { RpcError } from './rpc-error.js'

/** What is observed. */
export interface Observed {
  readonly side: ObservedSide
  /** Default: that of the peer. */
  readonly protocol?: string
}

/**
 * The outermost handler of an observed method. It is composed only where there is an observer, so that other methods run without it.
 *
 * On the server the reply is encoded after its handler has ended, so the end is told one tick later: by then its bytes are known.
 */
export function observing(observer: CallObserver, { side, protocol }: Observed, next: Handler): EngineHandler {
  return call => {
    const began = call.clock.now()
    const observation = observer.callBegan(call, side, protocol ?? call.peer?.protocol ?? 'unknown')
    if (observation === undefined) return next(call)
    const observed = new ObservedCall(observation)
    call.observed = observed
    const run = () => attempted(next, call)
    const end = (thrown: unknown) => {
      const duration = call.clock.now() - began
      // A stream whose reader has left ends without an error, but its call was cancelled.
      const failed = thrown ?? call.canceled
      const told = () => tellEnd(observed, failed, duration)
      if (side === 'server') process.nextTick(told)
      else told()
    }
    return (observation.run === undefined ? run() : observation.run(run)).then(
      reply => {
        if (!streamsOut(call.method) || !isStream(reply)) {
          end(undefined)
          return reply
        }
        return new EndingStream(call, reply, end)
      },
      (error: unknown) => {
        end(error)
        throw error
      },
    )
  }
}

function tellEnd({ observation, replyFailure }: ObservedCall, thrown: unknown, duration: number): void {
  const failed = thrown ?? replyFailure
  const error = failed === undefined ? undefined : RpcError.from(failed)
  observation.ended({ error, shedBy: error === undefined ? undefined : shedBy(error), duration })
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

const shedding: Readonly<Partial<Record<Reason, string>>> = {
  bulkhead_full: 'bulkhead',
  circuit_open: 'circuitBreaker',
  not_authorized: 'authorize',
  overloaded: 'concurrency',
  rate_limited: 'rateLimit',
  unauthenticated: 'authorize',
}

/** The policy that made this error to refuse a call; undefined if none did. */
function shedBy({ reason }: RpcError): string | undefined {
  return reason === undefined ? undefined : shedding[reason as Reason]
}
