import type { Call } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { Endpoint } from '../core/endpoint.js'
import type { LoadReport } from '../core/load-report.js'

/** An endpoint as a balancer sees it: the channel keeps the numbers, the balancer reads them. */
export interface Node {
  readonly endpoint: Endpoint
  /** Above 0, finite. It changes only right before an `update`. */
  readonly weight: number
  /** Calls in flight from this channel, whichever balancer picked the node. */
  readonly inFlight: number
}

/** How an attempt ended. */
export interface AttemptOutcome {
  /** Milliseconds until the reply, or until its first message where it streams. */
  readonly latency: number
  /** It ended in a code that speaks of the server's health, such as `unavailable`; `not_found` is no failure. */
  readonly failed: boolean
}

/**
 * Chooses the node of each attempt. It gets whole sets and never a difference; it keeps no call and no timer. A pick is O(1) or O(log n);
 * where its rule forbids that, its documentation says so.
 */
export interface Balancer {
  /**
   * The nodes that may be picked from now on, each endpoint once; empty when there is none. The same node object stands for the same endpoint
   * throughout, and what the balancer knows of a node that stays is kept.
   */
  update(nodes: readonly Node[]): void
  /** Never a node whose endpoint is in `call.tried`; undefined only when there is no other. */
  pick(call: Call): Node | undefined
  /** An attempt on this node began, whichever balancer of the channel picked it. Its `inFlight` counts it already. */
  started?(node: Node): void
  /** An attempt on this node ended, whichever balancer of the channel picked it. Its `inFlight` counts it no longer. */
  done?(node: Node, outcome: AttemptOutcome): void
  /** The server of this node has said with a reply how loaded it is. What it says is its own word: it may be nonsense. */
  reported?(node: Node, load: LoadReport): void
}

/** Where chance comes from: a number from 0 up to but not including 1. */
export type Random = () => number

/** What a balancer is made with. */
export interface BalancerContext {
  readonly random: Random
  readonly clock: Clock
  /** Told of what is worth a warning and no call's error. */
  readonly report: (error: unknown) => void
}

/** Makes a balancer. A channel makes one of each factory that its methods name, and those methods share it. */
export type BalancerFactory = (context: BalancerContext) => Balancer
