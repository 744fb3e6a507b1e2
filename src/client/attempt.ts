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
  /** An attempt on a node has ended. @param latency milliseconds until the reply */
  attemptEnded(node: ChannelNode, latency: number, error?: RpcError): void
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
  private readonly call: ActiveCall
  private readonly outcome: Outcome
  private readonly observation: AttemptObservation | undefined
  /** The trailers of the call before the attempt. */
  private readonly before: Headers | undefined

  constructor(
    private readonly owner: AttemptOwner,
    private readonly node: ChannelNode,
    { call, outcome, observation }: AttemptInit,
  ) {
    this.start = call.clock.now()
    this.call = call
    this.outcome = outcome
    this.observation = observation
    this.before = owner.loads.before(call)
  }

  fulfil(reply: unknown): void {
    const { call } = this
    const now = call.clock.now()
    let shown: unknown
    try {
      shown = this.replied(reply, now)
    } catch (error) {
      this.outcome.reject(error)
      return
    }
    const { observed } = call
    if (observed !== undefined) observed.now = now
    this.outcome.fulfil(shown)
    if (observed !== undefined) observed.now = undefined
  }

  /** A balancer that throws replaces the error. */
  reject(error: unknown): void {
    let failure = error
    try {
      this.ended(this.call.clock.now() - this.start, RpcError.from(error))
    } catch (thrown) {
      failure = thrown
    }
    this.outcome.reject(failure)
  }

  /** @returns the reply for the caller */
  private replied(reply: unknown, now: number): unknown {
    const { call, node } = this
    node.proven()
    const latency = now - this.start
    if (!streamsOut(call.method)) {
      this.ended(latency, undefined)
      return reply
    }
    // The call stays in flight on its node until its stream has ended.
    return new EndingStream(call, reply as AsyncIterable<unknown>, error =>
      this.ended(latency, error === undefined ? undefined : RpcError.from(error)),
    )
  }

  private ended(latency: number, error: RpcError | undefined): void {
    const { call, node, owner } = this
    this.observation?.ended(error)
    owner.attemptEnded(node, latency, error)
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
