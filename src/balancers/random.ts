import type { Call } from '../core/call.js'
import type { Balancer, BalancerContext, Node, Random } from './balancer.js'
import { nextUntried, wasTried } from './untried.js'

/**
 * A random node, with a probability by weight. A pick costs O(1): if weights differ, it is one draw from an alias table.
 *
 * Source: M. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991.
 */
export function random({ random }: BalancerContext): Balancer {
  return new RandomChoice(random)
}

/** How often a draw that hit a tried node is repeated before the next untried node is taken. */
const draws = 8

class RandomChoice implements Balancer {
  private nodes: readonly Node[] = []
  /** Undefined while all weights are equal. */
  private table: AliasTable | undefined

  constructor(private readonly random: Random) {}

  update(nodes: readonly Node[]): void {
    this.nodes = nodes
    this.table = nodes.every(node => node.weight === nodes[0]?.weight) ? undefined : aliasTable(nodes)
  }

  pick(call: Call): Node | undefined {
    let at = this.draw()
    if (call.tried !== undefined) {
      for (let again = 1; again < draws && this.triedAt(at, call); again++) at = this.draw()
      at = nextUntried(this.nodes, at, call.tried)
    }
    return this.nodes[at]
  }

  private draw(): number {
    const place = this.random() * this.nodes.length
    const at = Math.floor(place)
    if (this.table === undefined) return at
    return place - at < (this.table.keep[at] as number) ? at : (this.table.alias[at] as number)
  }

  private triedAt(at: number, call: Call): boolean {
    const node = this.nodes[at]
    return node !== undefined && wasTried(node, call.tried)
  }
}

/** Column i is drawn uniformly; it stands for node i with the probability `keep[i]`, else for node `alias[i]`. */
interface AliasTable {
  readonly keep: Float64Array
  readonly alias: Uint32Array
}

function aliasTable(nodes: readonly Node[]): AliasTable {
  const total = nodes.reduce((sum, node) => sum + node.weight, 0)
  const share = Float64Array.from(nodes, node => (node.weight * nodes.length) / total)
  const keep = new Float64Array(nodes.length).fill(1)
  const alias = new Uint32Array(nodes.length)
  const poor: number[] = []
  const rich: number[] = []
  share.forEach((value, at) => {
    if (value < 1) poor.push(at)
    else rich.push(at)
  })
  while (poor.length > 0 && rich.length > 0) {
    const to = poor.pop() as number
    const from = rich.pop() as number
    keep[to] = share[to] as number
    alias[to] = from
    share[from] = (share[from] as number) - (1 - (share[to] as number))
    if ((share[from] as number) < 1) poor.push(from)
    else rich.push(from)
  }
  return { keep, alias }
}
