import type { ExecutionContext, TestFn } from 'ava'
import type { LimitOptions } from '../../src/index.js'
import { type Honest, latest, limit, Scene, type Seen, type Service } from './scene.js'

/** What an attack can do beside attacking. */
export interface Stage {
  /** Lets somebody new connect and call over every wire. Resolves when that is under way; how it ends the good client reports. */
  arrive(): Promise<void>
  /** Asserts that the server spends no more CPU on one part of the attack than so many times what it spends on an honest one. */
  spends(name: string, part: () => Promise<void>, ordinary: Honest, times?: number): Promise<void>
}

/** One attack. It is a row: everything else is done by `held`. */
export interface Shape {
  readonly name: string
  /** Resolves when it is over. What it asserts by itself goes through `t`. */
  readonly attack: (port: number, t: ExecutionContext, stage: Stage) => Promise<void>
  /** The same number of bytes sent by somebody honest: what the attack's cost is held against. */
  readonly ordinary?: Honest
  /** Times the CPU that `ordinary` costs; default 8. */
  readonly cpu?: number
  /** Times the memory that `ordinary` costs; default 8. */
  readonly memory?: number
  /** Bytes of memory that any attack may cost; default 32 MiB, what a heap of Node grows by before it collects. */
  readonly allowance?: number
}

/** Milliseconds that the good client is watched at least. */
const watched = 200
const attempts = 4
/** How many times as late as beside honest messages a good call may be: the attacker's process is on the same two cores. */
const timesHonest = 2.5
/** Milliseconds of CPU below which a cost is noise. */
const leastCpu = 15
const leastMemory = 4 << 20
const leastCalls = 20
/** Bytes: what compiled code and pools take. */
const leftOver = 8 << 20
const mebibyte = 1 << 20

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
        const late = await play(t, shape, scene)
        if (late === undefined) return
        // Other work on the machine may be to blame.
        if (attempt === attempts) t.fail(late)
        await scene.calmDown()
      } catch (error) {
        await scene.strike()
        scene = undefined
        throw error
      }
    }
  }
}

/** Asserts all but how late good calls were. @returns that, where they were too late */
async function play(t: ExecutionContext, shape: Shape, scene: Scene): Promise<string | undefined> {
  const { victim, good, calm } = scene
  const usual = shape.ordinary && (await scene.usual(shape.ordinary))
  const stage: Stage = {
    arrive: async () => void (await good.ask('arrive')),
    spends: async (name, part, ordinary, times = 4) => {
      const allowed = times * Math.max(await scene.usualPrice(ordinary), leastCpu)
      const spent = await scene.price(part)
      t.true(spent <= allowed, `${name}: CPU ${spent.toFixed(0)} ms, allowed ${allowed.toFixed(0)}`)
    },
  }
  const seen = await scene.watch(() => shape.attack(victim.greeting.port, t, stage), watched)
  if (seen === undefined) {
    t.fail(`the server ${victim.isAlive ? `was not done after ${limit} ms` : 'is gone'}: ${victim.stderr}`)
    return
  }
  const { cost, service } = seen
  t.log(shown(seen, calm, usual))
  t.deepEqual(service.failures, [], 'every good call succeeds')
  t.is(victim.stderr, '', 'nothing on stderr')
  t.false(cost.isPolluted, 'Object.prototype is as it was')
  if (usual !== undefined) {
    const cpu = (shape.cpu ?? 8) * Math.max(usual.cost.cpu, leastCpu)
    t.true(cost.cpu <= cpu, `CPU: ${cost.cpu.toFixed(0)} ms, allowed ${cpu.toFixed(0)}`)
  }
  const memory = (shape.allowance ?? 32 * mebibyte) + (shape.memory ?? 8) * Math.max(usual?.cost.peak ?? 0, leastMemory)
  t.true(cost.peak <= memory, `memory: ${mib(cost.peak)} MiB, allowed ${mib(memory)}`)
  t.true(cost.held <= leftOver, `memory that is left: ${mib(cost.held)} MiB`)
  const late = Math.max(latest, 2 * calm.p99, timesHonest * (usual?.service.p99 ?? 0))
  if (service.calls < leastCalls) return `${service.calls} good calls, too few to tell`
  return service.p99 < late ? undefined : `p99 of good calls: ${service.p99.toFixed(0)} ms, allowed ${late.toFixed(0)}`
}

function shown({ cost, service, took }: Seen, calm: Service, usual: Seen | undefined): string {
  const ordinary = usual === undefined ? '' : ` (ordinary ${told(usual)})`
  return (
    `${told({ cost, service, took })}${ordinary}, loop ${(cost.busy * 100).toFixed(0)} %, left ${mib(cost.held)} MiB in ${cost.sockets} sockets; ` +
    `${service.calls} good calls in ${took.toFixed(0)} ms, p99 when calm ${calm.p99.toFixed(0)} ms`
  )
}

function told({ cost, service }: Seen): string {
  return `CPU ${cost.cpu.toFixed(0)} ms, peak ${mib(cost.peak)} MiB, p99 ${service.p99.toFixed(0)} ms`
}

function mib(bytes: number): string {
  return (bytes / mebibyte).toFixed(1)
}
