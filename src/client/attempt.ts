import type { ActiveCall } from '../core/active-call.js'
import { streamsOut } from '../core/call.js'
import type { AttemptObservation } from '../core/call-observer.js'
import { Code } from '../core/code.js'
import { EndingStream } from '../core/ending-stream.js'
import type { Headers } from '../core/headers.js'
import type { Outcome } from '../core/outcome.js'
import { RpcError } from '../core/rpc-error.js'
import type { LoadReports } from './load-reports.js'
import type { ChannelNode } from './node.js'

/** Whose attempts they are. */
export interface AttemptOwner {
  readonly loads: LoadReports
  /** An attempt has ended. */
  attemptEnded(attempt: Attempt, error?: RpcError): void
}

/** What an attempt belongs to. */
export interface AttemptInit {
  readonly call: ActiveCall
  /** Learns what the attempt comes to. */
  readonly outcome: Outcome
  readonly observation: AttemptObservation | undefined
}

/** An attempt that is sent to a node. Its end is told to the observers, the node and the balancers, and then to what waits for it. */
export class Attempt implements Outcome {
  /** Monotonic milliseconds. */
  readonly start: number
  /** Milliseconds until the reply or the failure; 0 before. */
  latency = 0
  readonly call: ActiveCall
  private readonly outcome: Outcome
  private readonly observation: AttemptObservation | undefined
  /** The trailers of the call before the attempt. */
  private readonly before: Headers | undefined

  constructor(
    private readonly owner: AttemptOwner,
    readonly node: ChannelNode,
    { call, outcome, observation }: AttemptInit,
  ) {
    this.start = call.now ?? call.clock.now()
    this.call = call
    this.outcome = outcome
    this.observation = observation
    this.before = owner.loads.before(call)
  }

  fulfil(reply: unknown): void {
    const { call } = this
    call.now = call.clock.now()
    this.latency = call.now - this.start
    this.told(this.outcome, reply)
    call.now = undefined
  }

  private told(outcome: Outcome, reply: unknown): void {
    let shown: unknown
    try {
      shown = this.replied(reply)
    } catch (error) {
      outcome.reject(error)
      return
    }
    outcome.fulfil(shown)
  }

  /** A balancer that throws replaces the error. */
  reject(error: unknown): void {
    const { call } = this
    let failure = error
    call.now = call.clock.now()
    this.latency = call.now - this.start
    try {
      this.ended(RpcError.from(error))
    } catch (thrown) {
      failure = thrown
    }
    this.outcome.reject(failure)
    call.now = undefined
  }

  /** @returns the reply for the caller */
  private replied(reply: unknown): unknown {
    const { call, node } = this
    node.proven()
    if (!streamsOut(call.method)) {
      this.ended(undefined)
      return reply
    }
    // The call stays in flight on its node until its stream has ended.
    try {
      return new EndingStream(call, reply as AsyncIterable<unknown>, error =>
        this.ended(error === undefined ? undefined : RpcError.from(error)),
      )
    } catch (error) {
      // A policy gave what has no iterator.
      this.ended(RpcError.from(error))
      throw error
    }
  }

  private ended(error: RpcError | undefined): void {
    const { call, node, owner } = this
    this.observation?.ended(error)
    owner.attemptEnded(this, error)
    owner.loads.read(node, call, this.before)
  }
}

/**
 * Whether an error says something about its node. A call that was never sent (full bulkhead, open circuit, failed dial) does not, and
 * neither does a cancelled one. As a success it would end a row of real failures, as a failure it would eject a healthy node.
 */
export function speaksOfNode({ code, delivery }: RpcError): boolean {
  return delivery !== 'unsent' && code !== Code.canceled
}
