import type { Call } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { AttemptOutcome, Balancer, BalancerContext, Node, Random } from './balancer.js'
import { nextUntried, wasTried } from './untried.js'

/** Milliseconds in which a measurement decays to 1/e of its weight. */
const decay = 10_000
/** Milliseconds. Lower latencies count as this, so that the calls in flight still count after a long idle time. */
const floor = 0.001
/** Milliseconds; the latency that failures alone can give a node. */
const worstFailure = 10_000

/** A node with more than this many times the average load is picked only if further pairs have no better one. */
const overload = 2
/** The most pairs that are drawn for one pick. */
const pairs = 3

/**
 * The better of two random nodes: the one with the lower load, latency * (calls in flight + 1) / weight. A pick costs O(1).
 *
 * If even the better one has more than twice the average load, another pair is drawn, up to three in total: if a quarter of the nodes is
 * slow, every sixteenth pair consists of slow nodes, which alone would overload them.
 *
 * Latency is a moving average by time (decay 10 s) that follows a peak at once and forgets it slowly; the average of an unused node decays,
 * so that the node is used again. A new node starts with the average of the pool, so that it gets its share and no rush. A failure counts
 * as at least twice the node's latency, so that a node that fails fast does not attract calls.
 *
 * Sources: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996; Finagle's peak EWMA.
 */
export function adaptive({ random, clock }: BalancerContext): Balancer {
  return new Adaptive(random, clock)
}

class Adaptive implements Balancer {
  private nodes: readonly Node[] = []
  private latencies: MovingAverage[] = []
  private averages = new Map<Node, MovingAverage>()
  private readonly pool = new MovingAverage()
  private totalWeight = 0
  private totalInFlight = 0

  constructor(
    private readonly random: Random,
    private readonly clock: Clock,
  ) {}

  update(nodes: readonly Node[]): void {
    this.latencies = nodes.map(node => this.averages.get(node) ?? new MovingAverage())
    this.averages = new Map(nodes.map((node, at) => [node, this.latencies[at] as MovingAverage]))
    this.totalWeight = nodes.reduce((sum, node) => sum + node.weight, 0)
    this.totalInFlight = nodes.reduce((sum, node) => sum + node.inFlight, 0)
    this.nodes = nodes
  }

  pick(call: Call): Node | undefined {
    if (this.nodes.length < 2) return this.only(call)
    const now = this.clock.now()
    const tooMuch = overload * this.averageLoad(now)
    let best = this.betterOfTwo(call, now)
    for (let drawn = 1; drawn < pairs && best >= 0 && this.load(best, now) > tooMuch; drawn++) {
      const other = this.betterOfTwo(call, now)
      if (this.load(other, now) < this.load(best, now)) best = other
    }
    return this.nodes[best]
  }

  started(node: Node): void {
    if (this.averages.has(node)) this.totalInFlight++
  }

  done(node: Node, { latency, failed, now = this.clock.now() }: AttemptOutcome): void {
    const average = this.averages.get(node)
    if (average === undefined) return
    this.totalInFlight--
    if (failed) latency = Math.max(latency, Math.min(2 * this.latencyOf(average, now), worstFailure))
    else this.pool.add(latency, now)
    if (latency > average.value) average.set(latency, now)
    else average.add(latency, now)
  }

  /** Without a choice nothing is measured. */
  private only({ tried }: Call): Node | undefined {
    const [node] = this.nodes
    return node !== undefined && tried !== undefined && wasTried(node, tried) ? undefined : node
  }

  /** Index of the better of two nodes that the call has not tried; -1 if there is none. */
  private betterOfTwo(call: Call, now: number): number {
    const { length } = this.nodes
    const one = Math.floor(this.random() * length)
    const other = length > 1 ? (one + 1 + Math.floor(this.random() * (length - 1))) % length : one
    if (call.tried !== undefined) {
      if (wasTried(this.nodes[one] as Node, call.tried)) return nextUntried(this.nodes, other, call.tried)
      if (wasTried(this.nodes[other] as Node, call.tried)) return one
    }
    return this.load(other, now) < this.load(one, now) ? other : one
  }

  private load(at: number, now: number): number {
    const { inFlight, weight } = this.nodes[at] as Node
    return (this.latencyOf(this.latencies[at] as MovingAverage, now) * (inFlight + 1)) / weight
  }

  private averageLoad(now: number): number {
    return (this.latencyOf(this.pool, now) * (this.totalInFlight + this.nodes.length)) / this.totalWeight
  }

  private latencyOf(average: MovingAverage, now: number): number {
    return Math.max(floor, (average.measured ? average : this.pool).decayed(now))
  }
}

/** An average by time: each value counts for as long as it was the latest, and old values fade. */
class MovingAverage {
  value = 0
  private at = Number.NEGATIVE_INFINITY

  get measured(): boolean {
    return this.at !== Number.NEGATIVE_INFINITY
  }

  set(value: number, now: number): void {
    this.value = value
    this.at = now
  }

  add(value: number, now: number): void {
    const old = this.rest(now)
    this.set(this.value * old + value * (1 - old), now)
  }

  decayed(now: number): number {
    return this.value * this.rest(now)
  }

  /** The share of the value that is left. */
  private rest(now: number): number {
    return Math.exp(-Math.max(0, now - this.at) / decay)
  }
}
