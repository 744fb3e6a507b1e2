import type { Call } from '../core/call.js'
import type { Endpoint } from '../core/endpoint.js'

/** An endpoint as a balancer sees it: the channel keeps the numbers, the balancer reads them. */
export interface Node {
  readonly endpoint: Endpoint
  /** Above 0. */
  readonly weight: number
  /** Calls in flight from this channel. */
  readonly inFlight: number
}

/**
 * Chooses the node of each attempt. It gets whole sets and never a difference; it keeps no call and no timer. A pick is O(1) or O(log n);
 * where its rule forbids that, its documentation says so.
 */
export interface Balancer {
  /** The nodes that may be picked from now on; empty when there is none. The same node object stands for the same endpoint throughout. */
  update(nodes: readonly Node[]): void
  /** Undefined only when there is no node. */
  pick(call: Call): Node | undefined
  /** An attempt that this balancer's pick began has ended. `latency` in milliseconds. */
  done?(node: Node, outcome: { readonly latency: number; readonly failed: boolean }): void
}

/** Where chance comes from: a number from 0 up to but not including 1. */
export type Random = () => number

/** Makes a balancer for one method of one channel. */
export type BalancerFactory = (random: Random) => Balancer
