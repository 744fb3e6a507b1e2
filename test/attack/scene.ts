import type { LimitOptions } from '../../src/index.js'
import { Child } from './child.js'

/** What the server spent between two looks. */
export interface Cost {
  /** Milliseconds of CPU. */
  readonly cpu: number
  /** Of the event loop's time, from 0 to 1. */
  readonly busy: number
  /** The longest that the server's thread ran in one turn, in milliseconds of its own CPU: what other work on the machine cannot lengthen. */
  readonly taken: number
  /** Bytes of resident memory above what it began with, at the worst moment. */
  readonly peak: number
  /** Bytes of heap and buffers that are left once garbage has gone. */
  readonly held: number
  /** Connections that are left, the good client's among them. */
  readonly sockets: number
  /** A key of a message became one of every object. */
  readonly isPolluted: boolean
}

/** What the good client saw since it was last asked; times in milliseconds. */
export interface Service {
  readonly calls: number
  readonly failures: readonly string[]
  readonly p50: number
  readonly p99: number
  /** Calls that took longer than `latest`. */
  readonly late: number
}

/** What somebody honest sends. */
export type Honest = (port: number) => Promise<void>

/** Milliseconds for one attack. An attacked server that needs longer is killed. */
export const limit = 15_000
/** A good call is late above it, in milliseconds. */
export const latest = 100
/** Milliseconds that it is watched while nobody attacks. */
const calmTime = 250

/** `report`: say what you saw since you were last asked. `arrive`: call as somebody new, beside everything else. */
export type GoodOrder = 'arrive' | 'report'

/** `begin` and `end` bound what a cost is of; `look` is what it is so far. */
export type VictimOrder = 'begin' | 'look' | 'end'

/** What an attack, or anything else, was to both. */
export interface Seen {
  readonly cost: Cost
  readonly service: Service
  /** Milliseconds. */
  readonly took: number
}

/** An attacked server and a good client. */
export class Scene {
  /** What the good client sees while nobody attacks. */
  calm: Service = { calls: 0, failures: [], p50: 0, p99: 0, late: 0 }
  /** Of a processor: what the good client costs. */
  private load = 1
  private readonly known = new Map<Honest, Seen>()
  private readonly prices = new Map<Honest, number>()

  private constructor(
    readonly victim: Child<{ port: number }, VictimOrder, Cost>,
    readonly good: Child<unknown, GoodOrder, Service>,
  ) {}

  static async set(limits: LimitOptions): Promise<Scene> {
    const victim = await Child.start<{ port: number }, VictimOrder, Cost>('./victim.js', [JSON.stringify(limits)])
    const port = String(victim.greeting.port)
    const good = await Child.start<unknown, GoodOrder, Service>('./good-client.js', [port])
    const scene = new Scene(victim, good)
    // Code that has not run yet is slower, and no attack is to blame for it.
    await pause(300)
    await scene.calmDown()
    return scene
  }

  /** What honest senders cost is measured again: other work may have made it look small. */
  forget(): void {
    this.known.clear()
    this.prices.clear()
  }

  /** Waits until other work on this machine lets the good client be fast while nobody attacks, and takes down what it sees then. */
  async calmDown(): Promise<void> {
    for (let round = 1; round <= 6; round++) {
      const load = this.load
      this.load = 0
      const seen = await this.watch(() => pause(calmTime))
      if (seen === undefined) return
      this.calm = seen.service
      // It falls while code is compiled.
      this.load = Math.min(load, seen.cost.cpu / seen.took)
      if (round > 1 && this.calm.p99 < latest / 2) return
    }
  }

  /** What an honest sender costs: the cheaper of two rounds, since code may have to be compiled in the first. */
  async usual(ordinary: Honest): Promise<Seen | undefined> {
    const known = this.known.get(ordinary)
    if (known !== undefined) return known
    const send = () => this.watch(() => ordinary(this.victim.greeting.port))
    const [first, second] = [await send(), await send()]
    if (first === undefined || second === undefined) return undefined
    const usual = first.cost.cpu < second.cost.cpu ? first : second
    this.known.set(ordinary, usual)
    return usual
  }

  /** @returns undefined where the server is not done in time, or gone */
  async watch(run: () => Promise<void>, atLeast = 0): Promise<Seen | undefined> {
    if ((await within(limit, this.victim.ask('begin'))) === undefined) return undefined
    // Collecting garbage, which the server has done now, holds the calls up too.
    await this.good.ask('report')
    const began = performance.now()
    const running = run().then(() => true)
    running.catch(() => {})
    if ((await within(limit, running)) === undefined) return undefined
    await pause(atLeast - (performance.now() - began))
    const service = await within(5000, this.good.ask('report'))
    const took = performance.now() - began
    const cost = await within(limit, this.victim.ask('end'))
    if (service === undefined || cost === undefined) return undefined
    return { service, cost: { ...cost, cpu: Math.max(0, cost.cpu - took * this.load) }, took }
  }

  /** Milliseconds of CPU, the good client's share left out. */
  async price(run: () => Promise<void>): Promise<number> {
    const before = await this.victim.ask('look')
    const began = performance.now()
    await run()
    const after = await this.victim.ask('look')
    return Math.max(0, (after?.cpu ?? 0) - (before?.cpu ?? 0) - (performance.now() - began) * this.load)
  }

  async usualPrice(ordinary: Honest): Promise<number> {
    const known = this.prices.get(ordinary)
    if (known !== undefined) return known
    const send = () => this.price(() => ordinary(this.victim.greeting.port))
    const price = Math.min(await send(), await send())
    this.prices.set(ordinary, price)
    return price
  }

  async strike(): Promise<void> {
    await Promise.all([this.victim.kill(), this.good.kill()])
  }
}

/** @returns undefined where it takes longer */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
