import type { Call } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { LoadReport } from '../core/load-report.js'

/** An endpoint as a balancer sees it: the channel keeps the numbers, the balancer reads them. */
export interface Node {
  /** The address. */
  readonly endpoint: Endpoint
  /** Above 0, finite. It changes only right before an `update`. */
  readonly weight: number
  /** Calls in flight from this channel, whichever balancer picked the node. */
  readonly inFlight: number
}

/** How an attempt ended. */
export interface AttemptOutcome {
  /** Milliseconds until the reply, or until a stream of replies was accepted. */
  readonly latency: number
  /** Whether its code says that the server is unhealthy, such as `unavailable`. `not_found` is not a failure. */
  readonly failed: boolean
  /** The time in monotonic milliseconds of the channel's clock, if it is known. Default: read the clock. */
  readonly now?: number | undefined
}

/**
 * Chooses the node of each attempt.
 *
 * It gets whole sets, never a difference, and keeps no call and no timer. A pick costs O(1) or O(log n), or its documentation says
 * otherwise.
 *
 * @example
 * const first: BalancerFactory = () => {
 *   let nodes: readonly Node[] = []
 *   return {
 *     update: next => void (nodes = next),
 *     pick: ({ tried = [] }) => nodes.find(node => !tried.includes(node.endpoint)),
 *   }
 * }
 *
 * @see docs/guide/balancing.md
 */
export interface Balancer {
  /**
   * Replaces the nodes that may be picked, each endpoint once; empty if there are none. An endpoint that stays keeps its node object, so
   * that state per node is kept.
   */
  update(nodes: readonly Node[]): void
  /** Picks a node whose endpoint is not in `call.tried`; undefined only if there is none. */
  pick(call: Call): Node | undefined
  /** An attempt on this node began, whichever balancer of the channel picked it. Its `inFlight` counts it already. */
  started?(node: Node): void
  /** An attempt on this node ended, whichever balancer of the channel picked it. Its `inFlight` counts it no longer. */
  done?(node: Node, outcome: AttemptOutcome): void
  /** The server of this node reported its load with a reply. The figures are unchecked. */
  reported?(node: Node, load: LoadReport): void
}

/** A source of random numbers from 0 up to but not including 1. */
export type Random = () => number

/** What a balancer's factory receives. */
export interface BalancerContext {
  /** The channel's source of random numbers. */
  readonly random: Random
  /** The channel's clock. */
  readonly clock: Clock
  /** Receives warnings that are not the error of a call. */
  readonly report: (error: unknown) => void
}

/** Makes a balancer. A channel calls each factory once; all methods that name the factory share the balancer. */
export type BalancerFactory = (context: BalancerContext) => Balancer
