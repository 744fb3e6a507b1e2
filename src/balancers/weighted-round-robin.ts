import type { Call } from '../core/call.js'
import type { Endpoint } from '../core/endpoint.js'
import type { LoadReport } from '../core/load-report.js'
import type { Balancer, BalancerFactory, Node, Random } from './balancer.js'
import { type HeapItem, IndexedHeap } from './indexed-heap.js'
import { type ReportedWeightOptions, ReportedWeights, reportedWeightSettings } from './reported-weights.js'
import { wasTried } from './untried.js'

export type { ReportedWeightOptions }

/**
 * A balancer that picks the nodes in turn, as often as their weights say.
 *
 * It is smooth: after any number of picks every node has had its exact share to within one pick, so that no node is called several times in a
 * row. Weights may change at any time. If servers report their load (`serve(..., { reportLoad: true })`), it computes the weights from that,
 * once per second. A pick costs O(log n) on average, the one that updates the weights O(n log n).
 *
 * Sources: gRFC A58, for reported weights. P-fair scheduling (S. Baruah et al., "Proportionate Progress", 1996) of one resource: the k-th turn
 * of a node with the share s may begin at k/s picks and must end by (k+1)/s; of the turns that may begin, the one that is due first is next.
 *
 * @example
 * connect(Hello, target, { policies: [balanced(weightedRoundRobin({ blackoutTime: '5s', errorPenalty: 2 }))] })
 *
 * @throws RpcError `failed_precondition` (`invalid_policy`, `invalid_duration`) if an option is out of range
 * @see docs/guide/balancing.md#weights-that-servers-report
 */
export function weightedRoundRobin(options: ReportedWeightOptions = {}): BalancerFactory {
  const settings = reportedWeightSettings(options)
  return context => new WeightedRoundRobin(context.random, new ReportedWeights(settings, context))
}

/** For this many picks the arithmetic of turns is precise enough. */
const longestRun = 2 ** 32

class WeightedRoundRobin implements Balancer {
  private nodes: readonly Node[] = []
  private turns = new Map<Node, Turn>()
  private totalWeight = 0
  /** Picks since the last update. */
  private picks = 0
  /** Turns that may not begin yet, by when they may. */
  private readonly waiting = new IndexedHeap<Turn>()
  /** Turns that may begin, by when they must end. */
  private readonly ready = new IndexedHeap<Turn>()

  constructor(
    private readonly random: Random,
    private readonly weights: ReportedWeights,
  ) {}

  reported(node: Node, load: LoadReport): void {
    this.weights.take(node, load)
  }

  update(nodes: readonly Node[]): void {
    this.nodes = nodes
    const weights = this.weights.of(nodes)
    const turns = new Map<Node, Turn>()
    let totalWeight = 0
    let ahead = 0
    for (const [at, node] of nodes.entries()) {
      const turn = this.turns.get(node) ?? new Turn(node, this.random())
      if (this.turns.has(node)) turn.count -= (this.picks * turn.weight) / this.totalWeight
      turn.weight = weights[at] as number
      totalWeight += turn.weight
      ahead += turn.count
      turns.set(node, turn)
    }
    this.turns = turns
    this.totalWeight = totalWeight
    this.picks = 0
    this.waiting.clear()
    this.ready.clear()
    for (const turn of turns.values()) {
      // The turns owed to nodes that left are shared among those that stayed.
      turn.count -= (ahead * turn.weight) / totalWeight
      this.wait(turn)
    }
  }

  pick(call: Call): Node | undefined {
    if (this.weights.due) this.update(this.nodes)
    while (this.waiting.top !== undefined && this.waiting.top.key < this.picks + 1) this.admit()
    const turn = this.take(call.tried)
    if (turn === undefined) return undefined
    turn.count++
    this.wait(turn)
    if (++this.picks === longestRun) this.update(this.nodes)
    return turn.node
  }

  /** The first turn of a node that the call has not tried, even before its time if there is no other. */
  private take(tried: readonly Endpoint[] | undefined): Turn | undefined {
    let skipped: Turn[] | undefined
    let turn = this.next()
    while (turn !== undefined && wasTried(turn.node, tried)) {
      skipped ??= []
      skipped.push(turn)
      turn = this.next()
    }
    if (skipped !== undefined) for (const one of skipped) this.wait(one)
    return turn
  }

  private next(): Turn | undefined {
    return this.ready.pop() ?? this.waiting.pop()
  }

  private wait(turn: Turn): void {
    turn.key = (turn.count * this.totalWeight) / turn.weight
    this.waiting.push(turn)
  }

  private admit(): void {
    const turn = this.waiting.pop() as Turn
    turn.key = ((turn.count + 1) * this.totalWeight) / turn.weight
    this.ready.push(turn)
  }
}

class Turn implements HeapItem {
  /** Turns since the last update, minus the turns that the node was owed then. */
  count = 0
  weight = 0
  key = 0
  position = 0

  constructor(
    readonly node: Node,
    /** Random, so that clients do not all begin with the same node. */
    readonly tie: number,
  ) {}
}
