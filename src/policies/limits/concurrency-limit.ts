import type { Call } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Code, isHealthCode } from '../../core/code.js'
import type { Handler, PolicyDefinition } from '../../core/policy.js'
import { isRefusal, refusal } from '../../core/refusal.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { type Held, type Holding, untilEnded } from '../../core/until-ended.js'
import { AdaptiveLimit } from './adaptive-limit.js'

/** Calls in flight on the server; `auto`: a limit that the server measures. Streams do not count for `auto`. */
export type Concurrency = number | 'auto'

const serverKey = Symbol('concurrency')

/**
 * The policy of `limits.concurrency`; undefined if there is no limit. A server that accepts more calls than it can work on makes all of
 * them slow, until every caller has given up.
 *
 * One limit covers the whole server. It never queues: a call beyond the limit is refused at once, with proof that no handler ran, so that
 * the client tries another server.
 */
export function concurrencyLimit(limit: Concurrency): PolicyDefinition | undefined {
  if (limit === Number.POSITIVE_INFINITY) return undefined
  if (limit !== 'auto' && !(Number.isInteger(limit) && limit >= 1)) {
    throw misuse(
      'invalid_policy',
      `limits.concurrency must be an integer of at least 1, 'auto' or Infinity, got ${String(limit)}`,
    )
  }
  return Object.freeze({
    name: 'concurrency',
    stages: ['handler'] as const,
    summary: `concurrency(${limit})`,
    build: (_stage, { method, clock, sharedByAll, expose }) => {
      if (limit !== 'auto') {
        const gate = sharedByAll(serverKey, () => new FixedGate(limit))
        expose?.('concurrency', () => ({ limit, inFlight: gate.inFlight }))
        return next => counting(untilEnded(next, method), gate)
      }
      // How long a stream lasts says nothing about the load.
      if (method.kind !== 'unary') return undefined
      const gate = sharedByAll(serverKey, () => new AdaptiveGate(clock))
      expose?.('concurrency', () => ({ limit: gate.limit, inFlight: gate.inFlight }))
      return next => measuring(next, gate)
    },
  } satisfies PolicyDefinition)
}

function counting(run: Holding, gate: FixedGate): Handler {
  return call => (gate.enter() ? run(call, gate) : Promise.reject(tooMany(call)))
}

function measuring(next: Handler, gate: AdaptiveGate): Handler {
  return async call => {
    if (!gate.enter()) throw tooMany(call)
    const { turn } = gate
    const began = call.clock.now()
    try {
      const reply = await next(call)
      gate.leave(turn, call.clock.now() - began, false)
      return reply
    } catch (error) {
      if (error instanceof RpcError && (isRefusal(error) || error.code === Code.canceled)) gate.leaveUnmeasured(turn)
      else gate.leave(turn, call.clock.now() - began, !(error instanceof RpcError) || isHealthCode(error.code))
      throw error
    }
  }
}

class FixedGate implements Held {
  private inside = 0

  get inFlight(): number {
    return this.inside
  }

  constructor(private readonly limit: number) {}

  enter(): boolean {
    if (this.inside >= this.limit) return false
    this.inside++
    return true
  }

  ended(): void {
    this.inside--
  }
}

/** Calls of one event-loop turn that do not count at once. */
const burst = 64

/**
 * Counts the calls that outlive the event-loop turn in which they came. One read of a socket brings dozens of calls at once, which quick
 * handlers answer before the next read: they are not a load.
 */
export class AdaptiveGate {
  turn = 0
  private standing = 0
  private fresh = 0
  private turning = false
  private readonly adaptive: AdaptiveLimit

  constructor(clock: Clock) {
    this.adaptive = new AdaptiveLimit(clock)
  }

  get limit(): number {
    return this.adaptive.limit
  }

  get inFlight(): number {
    return this.standing + this.fresh
  }

  enter(): boolean {
    if (this.standing + Math.max(0, this.fresh - burst) >= this.adaptive.limit) return false
    this.fresh++
    if (!this.turning) {
      this.turning = true
      setImmediate(this.endTurn)
    }
    return true
  }

  leave(turn: number, latency: number, failed: boolean): void {
    this.leaveUnmeasured(turn)
    this.adaptive.record(latency, failed)
  }

  leaveUnmeasured(turn: number): void {
    if (turn === this.turn) this.fresh--
    else this.standing--
  }

  private readonly endTurn = (): void => {
    this.turning = false
    this.turn++
    this.standing += this.fresh
    this.fresh = 0
  }
}

function tooMany(call: Call): RpcError {
  return refusal(
    'overloaded',
    Code.resource_exhausted,
    `${call.method.path}: the server is at its concurrency limit; try another server, or try again later`,
  )
}
