import type { Call } from '../core/call.js'
import type { Balancer, BalancerContext, Node, Random } from './balancer.js'
import { nextUntried } from './untried.js'

/**
 * Each node in turn. Weights do not count. A pick is O(1).
 *
 * It starts at random, so that clients do not all begin with the same node, and continues across updates: the next node stays the next.
 */
export function roundRobin({ random }: BalancerContext): Balancer {
  return new RoundRobin(random)
}

class RoundRobin implements Balancer {
  private nodes: readonly Node[] = []
  /** Index of the node whose turn it is. */
  private next = 0

  constructor(private readonly random: Random) {}

  update(nodes: readonly Node[]): void {
    this.next = this.resume(nodes)
    this.nodes = nodes
  }

  pick(call: Call): Node | undefined {
    const at = nextUntried(this.nodes, this.next, call.tried)
    if (at < 0) return undefined
    this.next = (at + 1) % this.nodes.length
    return this.nodes[at]
  }

  /** Where the turn goes on in the new set: at the first node, from the one whose turn it was, that is still there. */
  private resume(nodes: readonly Node[]): number {
    const places = new Map(nodes.map((node, at) => [node, at]))
    for (let step = 0; step < this.nodes.length; step++) {
      const place = places.get(this.nodes[(this.next + step) % this.nodes.length] as Node)
      if (place !== undefined) return place
    }
    return Math.floor(this.random() * nodes.length)
  }
}
