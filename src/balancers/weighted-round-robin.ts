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
 * It is smooth: after any number of picks every node has had its exact share to within one pick, so that no node is called several times in
 * a row. Weights may change at any time. If servers report their load (`serve(..., { reportLoad: true })`), it computes the weights from
 * that, once per second. A pick costs O(log n) on average, the one that updates the weights O(n log n).
 *
 * Sources: gRFC A58, for reported weights. P-fair scheduling (S. Baruah et al., "Proportionate Progress", 1996) of one resource: the k-th
 * turn of a node with the share s may begin at k/s picks and must end by (k+1)/s; of the turns that may begin, the one that is due first is
 * next.
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
  private shares = new Map<Node, Share>()
  private totalWeight = 0
  /** Picks since the last update. */
  private picks = 0
  /** Turns that may not begin yet, by when they may. */
  private readonly waiting = new IndexedHeap<Share>()
  /** Turns that may begin, by when they must end. */
  private readonly ready = new IndexedHeap<Share>()

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
    const shares = new Map<Node, Share>()
    let totalWeight = 0
    let ahead = 0
    for (const [at, node] of nodes.entries()) {
      const share = this.shares.get(node) ?? new Share(node, this.random())
      if (this.shares.has(node)) share.count -= (this.picks * share.weight) / this.totalWeight
      share.weight = weights[at] as number
      totalWeight += share.weight
      ahead += share.count
      shares.set(node, share)
    }
    this.shares = shares
    this.totalWeight = totalWeight
    this.picks = 0
    this.waiting.clear()
    this.ready.clear()
    for (const share of shares.values()) {
      // The turns owed to nodes that left are shared among those that stayed.
      share.count -= (ahead * share.weight) / totalWeight
      this.wait(share)
    }
  }

  pick(call: Call): Node | undefined {
    if (this.weights.due) this.update(this.nodes)
    while (this.waiting.top !== undefined && this.waiting.top.key < this.picks + 1) this.admit()
    const share = this.take(call.tried)
    if (share === undefined) return undefined
    share.count++
    this.wait(share)
    if (++this.picks === longestRun) this.update(this.nodes)
    return share.node
  }

  /** The first turn of a node that the call has not tried, even before its time if there is no other. */
  private take(tried: readonly Endpoint[] | undefined): Share | undefined {
    let skipped: Share[] | undefined
    let share = this.next()
    while (share !== undefined && wasTried(share.node, tried)) {
      skipped ??= []
      skipped.push(share)
      share = this.next()
    }
    if (skipped !== undefined) for (const one of skipped) this.wait(one)
    return share
  }

  private next(): Share | undefined {
    return this.ready.pop() ?? this.waiting.pop()
  }

  private wait(share: Share): void {
    share.key = (share.count * this.totalWeight) / share.weight
    this.waiting.push(share)
  }

  private admit(): void {
    const share = this.waiting.pop() as Share
    share.key = ((share.count + 1) * this.totalWeight) / share.weight
    this.ready.push(share)
  }
}

class Share implements HeapItem {
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
