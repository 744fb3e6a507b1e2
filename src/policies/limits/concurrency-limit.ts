/**
 * Problem: a server that takes more calls than it can work on makes all of them slow, until every caller has given up on what it still computes.
 *
 * One for the whole server, in front of everything but the rate limit, which costs less still. It never queues: who is too many is refused at
 * once, with proof that no handler saw the call, so that the client tries another server.
 *
 *     await serve([Hello], { limits: { concurrency: 'auto' } })
 */
import { type Call, streamsOut } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Code, isHealthCode } from '../../core/code.js'
import { EndingStream } from '../../core/ending-stream.js'
import type { Handler, PolicyDefinition } from '../../core/policy.js'
import { isRefusal, refusal } from '../../core/refusal.js'
import { misuse, RpcError } from '../../core/rpc-error.js'
import { AdaptiveLimit } from './adaptive-limit.js'

/** Calls in flight on the server; `auto`: as many as it measures itself to bear, streams not counted. */
export type Concurrency = number | 'auto'

const serverKey = Symbol('concurrency')

/** The policy that a limit of the server becomes; undefined where there is none. */
export function concurrencyLimit(limit: Concurrency): PolicyDefinition | undefined {
  if (limit === Number.POSITIVE_INFINITY) return undefined
  if (limit !== 'auto' && !(Number.isInteger(limit) && limit >= 1)) {
    throw misuse(
      'invalid_policy',
      `limits.concurrency is ${limit}; write a whole number of 1 or more, 'auto' or Infinity`,
    )
  }
  return Object.freeze({
    name: 'concurrency',
    stages: ['handler'] as const,
    rank: 4,
    summary: `concurrency(${limit})`,
    build: (_stage, { method, clock, sharedByAll }) => {
      const streaming = streamsOut(method)
      if (limit !== 'auto')
        return next =>
          counting(
            next,
            sharedByAll(serverKey, () => new FixedGate(limit)),
            streaming,
          )
      // A stream's length says nothing of the load.
      if (method.kind !== 'unary') return undefined
      return next =>
        measuring(
          next,
          sharedByAll(serverKey, () => new AdaptiveGate(clock)),
        )
    },
  } satisfies PolicyDefinition)
}

function counting(next: Handler, gate: FixedGate, streaming: boolean): Handler {
  return async call => {
    if (!gate.enter()) throw tooMany(call)
    let held = true
    try {
      const reply = await next(call)
      if (!streaming) return reply
      held = false
      return new EndingStream(call, reply as AsyncIterable<unknown>, () => gate.leave())
    } finally {
      if (held) gate.leave()
    }
  }
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

class FixedGate {
  private inside = 0

  constructor(private readonly limit: number) {}

  enter(): boolean {
    if (this.inside >= this.limit) return false
    this.inside++
    return true
  }

  leave(): void {
    this.inside--
  }
}

/** Calls of one turn that do not count at once. */
const burst = 64

/**
 * Counts what outlives the turn of the event loop in which it came. One read of a socket brings dozens of calls at once, which quick handlers
 * answer before the next read: they are no load, however many they are for that instant.
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
    `${call.method.path}: the server works on as many calls as it can; call another, or later`,
    Code.resource_exhausted,
    { reason: 'overloaded' },
  )
}
