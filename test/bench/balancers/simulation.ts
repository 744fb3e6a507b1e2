import type { Balancer, BalancerFactory } from '../../../src/balancers/balancer.js'
import { callWith, nodes, seededRandom, type TestNode } from '../../balancers/fleet.js'
import { EventQueue } from './event-queue.js'

/** What is simulated; all times are milliseconds of virtual time. */
export interface Scenario {
  readonly servers: number
  readonly clients: number
  /** Servers that each client knows, another set each: nobody connects to all of a thousand. */
  readonly subset: number
  /** Calls that a server works on at once; the others wait in line. */
  readonly slots: number
  /** Mean work of a call on a server of speed 1, exponentially distributed. */
  readonly work: number
  /** The way there and back. */
  readonly network: number
  /** Share of what the whole fleet could bear. */
  readonly load: number
  /** Until measuring begins, and from then on to the end. */
  readonly warmUp: number
  readonly measured: number
  /** Speeds and how common each is. */
  readonly speeds: readonly { readonly speed: number; readonly share: number }[]
  /** After which a server's speed is drawn anew, on average; `Infinity`: never. */
  readonly steady: number
  /** Clients know the speed that each server had at first, as its weight. */
  readonly weighted: boolean
}

export interface Result {
  readonly calls: number
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Share of the time that the idlest and the busiest tenth of the servers' slots worked. */
  readonly idlest: number
  readonly busiest: number
}

interface SimulatedServer {
  speed: number
  busy: number
  worked: number
  readonly line: SimulatedCall[]
  first: number
}

interface Client {
  readonly balancer: Balancer
  readonly servers: readonly SimulatedServer[]
  readonly nodes: readonly TestNode[]
}

interface SimulatedCall {
  readonly client: Client
  readonly node: TestNode
  readonly server: SimulatedServer
  readonly sent: number
  readonly work: number
}

/** So many different keys, for the balancer that goes by them. */
const keys = 4096

/** Calls of many clients to many servers in virtual time, under one balancer. Arrivals, work and speeds are the same for each of them. */
export function simulate(factory: BalancerFactory, scenario: Scenario, seed = 1): Result {
  return new Simulation(factory, scenario, seed).run()
}

class Simulation {
  private now = 0
  private readonly chance: () => number
  private readonly servers: SimulatedServer[]
  private readonly clients: Client[]
  private readonly ends = new EventQueue<SimulatedCall>()
  private readonly latencies: number[] = []
  private readonly requests = Array.from({ length: keys }, (_, at) => callWith({ key: `key-${at}` }))

  constructor(
    factory: BalancerFactory,
    private readonly scenario: Scenario,
    seed: number,
  ) {
    this.chance = seededRandom(seed)
    this.servers = Array.from({ length: scenario.servers }, () => {
      return { speed: this.drawSpeed(), busy: 0, worked: 0, line: [], first: 0 }
    })
    const context = {
      random: seededRandom(seed + 1),
      clock: { now: () => this.now, schedule: noTimers },
      report: console.error,
    }
    this.clients = Array.from({ length: scenario.clients }, () => this.makeClient(factory(context)))
  }

  run(): Result {
    const { warmUp, measured, load, servers, slots, work, steady, speeds } = this.scenario
    const meanSpeed = speeds.reduce((sum, { speed, share }) => sum + speed * share, 0)
    const betweenCalls = work / (load * servers * slots * meanSpeed)
    let nextCall = this.exponential(betweenCalls)
    let nextChange = this.exponential(steady / servers)
    const end = warmUp + measured
    for (;;) {
      this.now = Math.min(nextCall, nextChange, this.ends.next)
      if (this.now >= end) return this.result()
      if (this.now === this.ends.next) this.ended(this.ends.pop())
      else if (this.now === nextCall) {
        this.call()
        nextCall += this.exponential(betweenCalls)
      } else {
        pickFrom(this.servers, this.chance()).speed = this.drawSpeed()
        nextChange += this.exponential(steady / servers)
      }
    }
  }

  private makeClient(balancer: Balancer): Client {
    const { subset, weighted } = this.scenario
    const chosen = new Set<number>()
    while (chosen.size < subset) chosen.add(Math.floor(this.chance() * this.servers.length))
    const servers = [...chosen].map(at => this.servers[at] as SimulatedServer)
    const known = nodes(...servers.map(({ speed }) => (weighted ? speed : 1)))
    balancer.update(known)
    return { balancer, servers, nodes: known }
  }

  private call(): void {
    const client = pickFrom(this.clients, this.chance())
    const request = pickFrom(this.requests, this.chance())
    const work = this.exponential(this.scenario.work)
    const node = client.balancer.pick(request) as TestNode
    const server = client.servers[client.nodes.indexOf(node)] as SimulatedServer
    node.inFlight++
    client.balancer.started?.(node)
    const call = { client, node, server, sent: this.now, work }
    if (server.busy < this.scenario.slots) this.begin(call)
    else server.line.push(call)
  }

  private begin(call: SimulatedCall): void {
    const { server, work } = call
    const time = work / server.speed
    server.busy++
    if (this.now >= this.scenario.warmUp) server.worked += time
    this.ends.push(this.now + time, call)
  }

  private ended({ client, node, server, sent }: SimulatedCall): void {
    const latency = this.now - sent + this.scenario.network
    node.inFlight--
    client.balancer.done?.(node, { latency, failed: false })
    if (sent >= this.scenario.warmUp) this.latencies.push(latency)
    server.busy--
    const next = server.line[server.first]
    if (next === undefined) return
    if (++server.first > 1000) server.line.splice(0, server.first)
    if (server.first > server.line.length) server.first = 0
    this.begin(next)
  }

  private result(): Result {
    const { measured, slots } = this.scenario
    const sorted = Float64Array.from(this.latencies).sort()
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
    const shares = Float64Array.from(this.servers, ({ worked }) => Math.min(1, worked / measured / slots)).sort()
    const tenth = Math.max(1, Math.floor(shares.length / 10))
    return {
      calls: sorted.length,
      mean: mean(sorted),
      p50: at(0.5),
      p99: at(0.99),
      p999: at(0.999),
      idlest: mean(shares.subarray(0, tenth)),
      busiest: mean(shares.subarray(-tenth)),
    }
  }

  private drawSpeed(): number {
    let place = this.chance()
    for (const { speed, share } of this.scenario.speeds) {
      place -= share
      if (place < 0) return speed
    }
    return this.scenario.speeds[0]?.speed ?? 1
  }

  private exponential(average: number): number {
    return -Math.log(1 - this.chance()) * average
  }
}

function pickFrom<T>(list: readonly T[], chance: number): T {
  return list[Math.floor(chance * list.length)] as T
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function noTimers(): never {
  throw new Error('a balancer keeps no timer')
}
