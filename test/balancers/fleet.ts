import type { AttemptOutcome, Balancer, BalancerContext, BalancerFactory, Node } from '../../src/balancers/balancer.js'
import { ActiveCall } from '../../src/core/active-call.js'
import type { Clock } from '../../src/core/clock.js'
import type { Endpoint } from '../../src/core/endpoint.js'

/** A node whose numbers the test keeps, as a channel would. */
export interface TestNode extends Node {
  weight: number
  inFlight: number
}

export function node(name: string, weight = 1): TestNode {
  return { endpoint: { address: `${name}:50051` }, weight, inFlight: 0 }
}

export function nodes(...weights: number[]): TestNode[] {
  return weights.map((weight, at) => node(`node-${at}`, weight))
}

/** Numbers that look like chance and are the same in every run. Source: mulberry32, T. Ettinger. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Time that stands still until the test moves it. */
export class StillClock implements Clock {
  time = 0

  now(): number {
    return this.time
  }

  schedule(): never {
    throw new Error('a balancer keeps no timer')
  }
}

const method = {
  name: 'SayHello',
  serviceName: 'hello.Hello',
  path: '/hello.Hello/SayHello',
  kind: 'unary',
  idempotency: 'unknown',
} as const

export function callWith(options: { key?: string; tried?: Endpoint[] } = {}): ActiveCall {
  const clock = new StillClock()
  const call = new ActiveCall({ method, message: {}, clock, deadline: Number.POSITIVE_INFINITY })
  call.tried = options.tried
  if (options.key !== undefined) call.headers.set('x-hash-key', options.key)
  return call
}

/** A balancer with what a channel does around it. */
export class Fleet {
  readonly clock = new StillClock()
  readonly random: () => number
  readonly balancer: Balancer
  readonly warnings: string[] = []

  constructor(factory: BalancerFactory, seed = 1) {
    this.random = seededRandom(seed)
    const context: BalancerContext = {
      random: this.random,
      clock: this.clock,
      report: error => this.warnings.push(String(error)),
    }
    this.balancer = factory(context)
  }

  update(set: readonly Node[]): void {
    this.balancer.update(set)
  }

  pick(call = callWith()): TestNode | undefined {
    return this.balancer.pick(call) as TestNode | undefined
  }

  /** Picks a node and begins an attempt on it. */
  start(call = callWith()): TestNode {
    const picked = this.pick(call)
    if (picked === undefined) throw new Error('the balancer picked no node')
    picked.inFlight++
    this.balancer.started?.(picked)
    return picked
  }

  end(picked: TestNode, outcome: AttemptOutcome = { latency: 1, failed: false }): void {
    picked.inFlight--
    this.balancer.done?.(picked, outcome)
  }

  /** How often each of the nodes was picked, by one call after another, each with a key of its own. */
  spread(set: readonly Node[], picks: number): number[] {
    const counts = new Map<Node | undefined, number>()
    for (let n = 0; n < picks; n++) {
      const picked = this.start(callWith({ key: `key-${n}` }))
      counts.set(picked, (counts.get(picked) ?? 0) + 1)
      this.end(picked)
    }
    return set.map(one => counts.get(one) ?? 0)
  }
}
