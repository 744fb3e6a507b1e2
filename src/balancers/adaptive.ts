import type { Call } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { AttemptOutcome, Balancer, BalancerContext, Node, Random } from './balancer.js'
import { nextUntried, wasTried } from './untried.js'

/** Milliseconds in which what was measured loses all but 1/e of its weight. */
const decay = 10_000
/** Milliseconds: below this, latencies do not differ. Keeps the calls in flight in the product after a long rest. */
const floor = 0.001
/** Milliseconds that failures alone can make a node seem to take. */
const worstFailure = 10_000

/** A node with so many times the average load is picked only when further pairs have none better. */
const overload = 2
/** Pairs that are drawn for one pick at most. */
const pairs = 3

/**
 * Two nodes at random, and of these the one with the lesser load: its latency * (calls in flight + 1) / weight. A pick is O(1).
 *
 * Where even the better one has more than twice the average load, another pair is drawn, up to three in all: in a fleet with a quarter of
 * slow nodes every sixteenth pair is a slow one, which alone would overrun them.
 *
 * Latency is a moving average by time (decay 10 s) that follows a peak at once and forgets it slowly; unused, a node comes back by itself as its
 * average decays. A new node counts with the average of the pool, so that it gets its share and no rush. A failure counts as at
 * least twice what the node seemed to take, lest a node that fails fast draw the calls to itself.
 *
 * Sources: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996; Finagle's peak EWMA.
 */
export function adaptive({ random, clock }: BalancerContext): Balancer {
  return new Adaptive(random, clock)
}

class Adaptive implements Balancer {
  private nodes: readonly Node[] = []
  private latencies: MovingAverage[] = []
  private known = new Map<Node, MovingAverage>()
  private readonly pool = new MovingAverage()
  private totalWeight = 0
  private totalInFlight = 0

  constructor(
    private readonly random: Random,
    private readonly clock: Clock,
  ) {}

  update(nodes: readonly Node[]): void {
    this.latencies = nodes.map(node => this.known.get(node) ?? new MovingAverage())
    this.known = new Map(nodes.map((node, at) => [node, this.latencies[at] as MovingAverage]))
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
    if (this.known.has(node)) this.totalInFlight++
  }

  done(node: Node, { latency, failed }: AttemptOutcome): void {
    const average = this.known.get(node)
    if (average === undefined) return
    this.totalInFlight--
    const now = this.clock.now()
    if (failed) latency = Math.max(latency, Math.min(2 * this.latencyOf(average, now), worstFailure))
    else this.pool.add(latency, now)
    if (latency > average.value) average.set(latency, now)
    else average.add(latency, now)
  }

  /** Nothing is to be measured where there is no choice. */
  private only({ tried }: Call): Node | undefined {
    const [node] = this.nodes
    return node !== undefined && tried !== undefined && wasTried(node, tried) ? undefined : node
  }

  /** Index of the better of two nodes that the call has not been to; -1 when there is none. */
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

/** An average by time: each value counts for as long as it has been the latest, and what is old fades. */
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

  /** How much of the value is left. */
  private rest(now: number): number {
    return Math.exp(-Math.max(0, now - this.at) / decay)
  }
}
