import type { Call } from '../core/call.js'
import type { Balancer, BalancerContext, BalancerFactory, Node, Random } from './balancer.js'
import { HashRing } from './hash-ring.js'
import { wasTried } from './untried.js'

export interface ConsistentHashOptions {
  /** The key of a call: calls of one key go to one node. Undefined: any node will do. Default: the header `x-hash-key`. */
  readonly by?: (call: Call) => string | undefined
}

/** The header that holds the key where nothing else is said. */
export const hashKeyHeader = 'x-hash-key'

/** No node takes more than so many times its fair share of the calls in flight. */
const bound = 1.25

/**
 * Calls of one key go to one node, and every client of the same nodes picks the same. A node that leaves moves only its own keys, a node that
 * comes takes its share from all. A pick is O(1) on average; an update is O(n log n).
 *
 * Loads are bounded: a node with 1.25 times its share of the calls in flight (by weight, rounded up) passes calls on to the next one
 * on the ring, so that a popular key cannot overrun its node. Source: V. Mirrokni et al., "Consistent Hashing with Bounded Loads", 2018.
 */
export function consistentHash({ by = keyHeader }: ConsistentHashOptions = {}): BalancerFactory {
  return ({ random }: BalancerContext) => new ConsistentHash(by, random)
}

function keyHeader(call: Call): string | undefined {
  return call.headers.get(hashKeyHeader)
}

class ConsistentHash implements Balancer {
  private readonly ring = new HashRing()
  private nodes: ReadonlySet<Node> = new Set()
  private totalWeight = 0
  private totalInFlight = 0

  constructor(
    private readonly by: (call: Call) => string | undefined,
    private readonly random: Random,
  ) {}

  update(nodes: readonly Node[]): void {
    this.ring.update(nodes)
    this.nodes = new Set(nodes)
    this.totalWeight = nodes.reduce((sum, node) => sum + node.weight, 0)
    this.totalInFlight = nodes.reduce((sum, node) => sum + node.inFlight, 0)
  }

  pick(call: Call): Node | undefined {
    const { size } = this.ring
    if (size === 0) return undefined
    const key = this.by(call)
    const start = key === undefined ? Math.floor(this.random() * size) : this.ring.locate(key)
    let full: Node | undefined
    for (let step = 0; step < size; step++) {
      const node = this.ring.ownerOf(start + step)
      if (wasTried(node, call.tried)) continue
      if (this.hasRoom(node)) return node
      full ??= node
    }
    return full
  }

  started(node: Node): void {
    if (this.nodes.has(node)) this.totalInFlight++
  }

  done(node: Node): void {
    if (this.nodes.has(node)) this.totalInFlight--
  }

  private hasRoom({ inFlight, weight }: Node): boolean {
    return inFlight < Math.ceil((bound * (this.totalInFlight + 1) * weight) / this.totalWeight)
  }
}
