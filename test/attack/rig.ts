import type { ExecutionContext, TestFn } from 'ava'
import { type LimitOptions } from '../../src/index.js'
import { Child } from './child.js'

/** What the server spent between two looks. */
export interface Cost {
  /** Milliseconds of CPU. */
  readonly cpu: number
  /** Of the event loop's time, from 0 to 1. */
  readonly busy: number
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
}

/** Lets somebody new connect and call over every wire. Resolves when that is under way; how it ends the good client reports. */
export type Arrive = () => Promise<void>

/** One attack. It is a row: everything else is done by `held`. */
export interface Shape {
  readonly name: string
  /** Resolves when it is over. What it asserts by itself goes through `t`. */
  readonly attack: (port: number, t: ExecutionContext, arrive: Arrive) => Promise<void>
  /** The same number of bytes sent by somebody honest: what the attack's cost is held against. */
  readonly ordinary?: (port: number) => Promise<void>
  /** Times the CPU that `ordinary` costs; default 8. */
  readonly cpu?: number
  /** Times the memory that `ordinary` costs; default 8. */
  readonly memory?: number
  /** Bytes of memory that any attack may cost; default 32 MiB, what a heap of Node grows by before it collects. */
  readonly allowance?: number
}

/** Milliseconds for one attack. An attacked server that needs longer is killed. */
const limit = 15_000
/** A good call is late above it; on a machine so busy that it is late without an attack too, above twice what it takes then. */
const latest = 100
/** Milliseconds that the good client is watched at least. */
const watched = 200
const attempts = 3
/** Milliseconds that it is watched while nobody attacks. */
const calmTime = 300
/** Milliseconds of CPU below which a cost is noise. */
const leastCpu = 15
const leastMemory = 4 << 20
const mebibyte = 1 << 20

/**
 * `report`: say what you saw since you were last asked, and go on. `rest`: the same, and call nobody until the next order. `arrive`: call as
 * somebody new, beside everything else.
 */
export type GoodOrder = 'arrive' | 'report' | 'rest'

class Scene {
  /** What the good client sees while nobody attacks. */
  calm: Service = { calls: 0, failures: [], p50: 0, p99: 0 }
  /** Milliseconds of CPU that one good call costs. */
  callCost = 0
  private readonly known = new Map<Shape['ordinary'], Cost>()

  private constructor(
    readonly victim: Child<{ port: number }, 'begin' | 'end', Cost>,
    readonly good: Child<unknown, GoodOrder, Service>,
  ) {}

  static async set(limits: LimitOptions): Promise<Scene> {
    const victim = await Child.start<{ port: number }, 'begin' | 'end', Cost>('./victim.js', [JSON.stringify(limits)])
    const port = String(victim.greeting.port)
    const good = await Child.start<unknown, GoodOrder, Service>('./good-client.js', [port])
    const scene = new Scene(victim, good)
    // Code that has not run yet is slower, and no attack is to blame for it.
    await pause(500)
    await good.ask('report')
    await scene.calmDown()
    return scene
  }

  /** Waits until other work on this machine lets the good client be fast while nobody attacks, and takes down what it sees then. */
  async calmDown(): Promise<void> {
    for (let round = 0; round < 6; round++) {
      await this.victim.ask('begin')
      await pause(calmTime)
      const cost = await this.victim.ask('end')
      const calm = await this.good.ask('report')
      if (cost === undefined || calm === undefined) return
      this.calm = calm
      this.callCost = cost.cpu / calm.calls
      if (calm.p99 < latest / 2) return
    }
  }

  /** What an honest sender costs: the cheaper of two rounds, since code may have to be compiled in the first. */
  async usual(ordinary: (port: number) => Promise<void>): Promise<Cost | undefined> {
    const known = this.known.get(ordinary)
    if (known !== undefined) return known
    const send = () => measured(this, () => ordinary(this.victim.greeting.port))
    await this.good.ask('rest')
    const [first, second] = [await send(), await send()]
    if (first === undefined || second === undefined) return undefined
    const usual = first.cpu < second.cpu ? first : second
    this.known.set(ordinary, usual)
    return usual
  }

  async strike(): Promise<void> {
    await Promise.all([this.victim.kill(), this.good.kill()])
  }
}

/**
 * Attacks of one file share a server, which is started again where an attack has broken it.
 * @returns a macro: `test.serial(shape.name, held, shape)`
 */
export function attacks(test: TestFn, limits: LimitOptions = {}) {
  let scene: Scene | undefined
  test.after.always(() => scene?.strike())

  return async (t: ExecutionContext, shape: Shape): Promise<void> => {
    t.timeout(6 * limit, shape.name)
    for (let attempt = 1; ; attempt++) {
      scene ??= await Scene.set(limits)
      try {
        const service = await play(t, shape, scene)
        const calm = scene.calm.p99
        if (service.p99 < Math.max(latest, 2 * calm)) return
        // Other work on the machine may be to blame.
        if (attempt === attempts)
          t.fail(`p99 of good calls: ${service.p99.toFixed(0)} ms, ${calm.toFixed(0)} when calm`)
        await scene.calmDown()
      } catch (error) {
        await scene.strike()
        scene = undefined
        throw error
      }
    }
  }
}

/** Asserts all but how late good calls were. */
async function play(t: ExecutionContext, shape: Shape, scene: Scene): Promise<Service> {
  const { greeting } = scene.victim
  const usual = shape.ordinary && (await scene.usual(shape.ordinary))
  await scene.good.ask('report')
  const arrive = async () => void (await scene.good.ask('arrive'))
  const whole = await measured(scene, () => shape.attack(greeting.port, t, arrive), watched)
  const service = await within(5000, scene.good.ask('report'))
  if (whole === undefined || service === undefined)
    return t.fail(
      `the server ${scene.victim.isAlive ? `was not done after ${limit} ms` : 'is gone'}: ${scene.victim.stderr}`,
    )
  const seen = { ...whole, cpu: Math.max(0, whole.cpu - service.calls * scene.callCost) }
  t.log(shown(seen, service, scene, usual))
  t.deepEqual(service.failures, [], 'every good call succeeds')
  t.true(service.calls >= 20, `${service.calls} good calls`)
  t.is(scene.victim.stderr, '', 'nothing on stderr')
  t.false(seen.isPolluted, 'Object.prototype is as it was')
  if (usual !== undefined) {
    const cpu = (shape.cpu ?? 8) * Math.max(usual.cpu, leastCpu)
    t.true(seen.cpu <= cpu, `CPU: ${seen.cpu.toFixed(0)} ms, allowed ${cpu.toFixed(0)}`)
  }
  const memory = (shape.allowance ?? 32 * mebibyte) + (shape.memory ?? 8) * Math.max(usual?.peak ?? 0, leastMemory)
  t.true(seen.peak <= memory, `memory: ${mib(seen.peak)} MiB, allowed ${mib(memory)}`)
  t.true(seen.held <= 8 * mebibyte, `memory that is left: ${mib(seen.held)} MiB`)
  return service
}

/** @returns undefined where the server is not done in time, or gone */
async function measured(scene: Scene, run: () => Promise<void>, atLeast = 0): Promise<Cost | undefined> {
  if ((await within(limit, scene.victim.ask('begin'))) === undefined) return undefined
  const began = performance.now()
  const running = run().then(() => true)
  running.catch(() => {})
  if ((await within(limit, running)) === undefined) return undefined
  await pause(atLeast - (performance.now() - began))
  return within(limit, scene.victim.ask('end'))
}

function shown(seen: Cost, service: Service, { calm }: Scene, usual: Cost | undefined): string {
  const ordinary = usual === undefined ? '' : ` (ordinary ${usual.cpu.toFixed(0)} ms, ${mib(usual.peak)} MiB)`
  return (
    `CPU ${seen.cpu.toFixed(0)} ms (loop ${(seen.busy * 100).toFixed(0)} %), peak ${mib(seen.peak)} MiB${ordinary}, left ${mib(seen.held)} MiB in ${seen.sockets} sockets; ` +
    `${service.calls} good calls, p99 ${service.p99.toFixed(0)} ms (calm ${calm.p99.toFixed(0)})`
  )
}

function mib(bytes: number): string {
  return (bytes / mebibyte).toFixed(1)
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
