import type { Call } from '../core/call.js'
import { callback, type OptionReaders, readOptions } from '../core/options.js'
import type { Balancer, BalancerContext, BalancerFactory, Node, Random } from './balancer.js'
import { HashRing } from './hash-ring.js'
import { wasTried } from './untried.js'

/** Options of `consistentHash`. */
export interface ConsistentHashOptions {
  /** The key of a call; undefined sends the call to a random node. Default: the header `x-hash-key`. */
  readonly by?: (call: Call) => string | undefined
}

const readers = {
  by: callback<NonNullable<ConsistentHashOptions['by']>>('call => a text, or undefined'),
} satisfies OptionReaders<ConsistentHashOptions>

/** The header that holds the key by default. */
export const hashKeyHeader = 'x-hash-key'

/** No node takes more than this many times its fair share of the calls in flight. */
const bound = 1.25

/**
 * A balancer that sends calls of one key to one node, the same one from every client.
 *
 * A node that leaves moves only its own keys; a node that joins takes its share from all. A node with 1.25 times its share of the calls in
 * flight (by weight, rounded up) passes calls on to the next one on the ring, so that a popular key cannot overload its node. A pick costs
 * O(1) on average, an update O(n log n).
 *
 * Source: V. Mirrokni et al., "Consistent Hashing with Bounded Loads", 2018.
 *
 * @example
 * connect(Users, target, { policies: [balanced(consistentHash({ by: call => call.headers.get('x-tenant') }))] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`) if `by` is not a function
 * @see docs/guide/balancing.md
 */
export function consistentHash(options: ConsistentHashOptions = {}): BalancerFactory {
  const { by = keyHeader } = readOptions('consistentHash', options, readers)
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
