import type { ExecutionContext, TestFn } from 'ava'
import type { LimitOptions } from '../../src/index.js'
import { type Honest, latest, limit, Scene, type Seen, type Service } from './scene.js'

/** What an attack can do beside attacking. */
export interface Stage {
  /** Lets somebody new connect and call over every wire. Resolves when that is under way; how it ends the good client reports. */
  arrive(): Promise<void>
  /** Holds that the server spends no more CPU on one part of the attack than so many times what it spends on an honest one. */
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
const attempts = 3
/** How many times as long as honest messages of as many bytes an attack may keep the thread in one turn. */
const timesHonest = 1.5
/** Milliseconds of CPU below which a cost is noise. */
const leastCpu = 15
const leastMemory = 4 << 20
const leastCalls = 20
/** MiB: what compiled code and pools take. */
const leftOver = 8
const mebibyte = 1 << 20

/**
 * Attacks of one file share a server, which is started again where an attack has broken it.
 * @returns a macro: `test.serial(shape.name, held, shape)`
 */
export function attacks(test: TestFn, limits: LimitOptions = {}) {
  let scene: Scene | undefined
  const all = { calls: 0, late: 0 }
  test.after(t => {
    // On two quiet cores it is less than one in a hundred: then the p99 over all attacks is under 100 ms.
    t.log(`of ${all.calls} good calls, ${all.late} took longer than ${latest} ms`)
    t.true(all.late <= all.calls / 50, `${all.late} of ${all.calls} good calls took longer than ${latest} ms`)
  })
  test.after.always(() => scene?.strike())

  return async (t: ExecutionContext, shape: Shape): Promise<void> => {
    t.timeout(6 * limit, shape.name)
    for (let attempt = 1; ; attempt++) {
      scene ??= await Scene.set(limits)
      try {
        const { dear, service } = await play(t, shape, scene)
        all.calls += service?.calls ?? 0
        all.late += service?.late ?? 0
        if (dear.length === 0) return
        // Other work on the machine may be to blame.
        if (attempt === attempts) t.fail(dear.join('; '))
        scene.forget()
        await scene.calmDown()
      } catch (error) {
        await scene.strike()
        scene = undefined
        throw error
      }
    }
  }
}

interface Played {
  /** What cost too much, which is measured and may have to be measured again. */
  readonly dear: readonly string[]
  readonly service?: Service
}

/** Asserts what a server does. */
async function play(t: ExecutionContext, shape: Shape, scene: Scene): Promise<Played> {
  const { victim, good, calm } = scene
  const usual = shape.ordinary && (await scene.usual(shape.ordinary))
  const dear: string[] = []
  const hold = (what: string, actual: number, allowed: number, unit: string) => {
    if (actual > allowed) dear.push(`${what}: ${actual.toFixed(0)} ${unit}, allowed ${allowed.toFixed(0)}`)
  }
  const stage: Stage = {
    arrive: async () => void (await good.ask('arrive')),
    spends: async (name, part, ordinary, times = 4) => {
      const allowed = times * Math.max(await scene.usualPrice(ordinary), leastCpu)
      hold(`CPU of ${name}`, await scene.price(part), allowed, 'ms')
    },
  }
  const seen = await scene.watch(() => shape.attack(victim.greeting.port, t, stage), watched)
  if (seen === undefined) {
    t.fail(`the server ${victim.isAlive ? `was not done after ${limit} ms` : 'is gone'}: ${victim.stderr}`)
    return { dear }
  }
  const { cost, service } = seen
  t.log(shown(seen, calm, usual))
  t.deepEqual(service.failures, [], 'every good call succeeds')
  t.is(victim.stderr, '', 'nothing on stderr')
  t.false(cost.isPolluted, 'Object.prototype is as it was')
  if (usual !== undefined) hold('CPU', cost.cpu, (shape.cpu ?? 8) * Math.max(usual.cost.cpu, leastCpu), 'ms')
  const memory = (shape.allowance ?? 32 * mebibyte) + (shape.memory ?? 8) * Math.max(usual?.cost.peak ?? 0, leastMemory)
  hold('memory', cost.peak / mebibyte, memory / mebibyte, 'MiB')
  hold('memory that is left', cost.held / mebibyte, leftOver, 'MiB')
  if (service.calls < leastCalls) dear.push(`${service.calls} good calls, too few to tell`)
  if (service.p99 > Math.max(latest, 2 * calm.p99)) {
    // Late calls are the server's fault where one turn of its thread took long, by its own CPU: the attacker's process is on the same cores.
    hold(`p99 of good calls is ${service.p99.toFixed(0)} ms, and one turn`, cost.taken, longestTurn(usual), 'ms')
  }
  return { dear, service }
}

/** Milliseconds of CPU. A message of 4 MB takes its time whoever has sent it. */
function longestTurn(usual: Seen | undefined): number {
  return Math.max(latest, timesHonest * (usual?.cost.taken ?? 0))
}

function shown({ cost, service, took }: Seen, calm: Service, usual: Seen | undefined): string {
  const ordinary = usual === undefined ? '' : ` (ordinary ${told(usual)})`
  return (
    `${told({ cost, service, took })}${ordinary}, loop ${(cost.busy * 100).toFixed(0)} %, left ${mib(cost.held)} MiB in ${cost.sockets} sockets; ` +
    `${service.calls} good calls in ${took.toFixed(0)} ms, p99 when calm ${calm.p99.toFixed(0)} ms`
  )
}

function told({ cost, service }: Seen): string {
  return `CPU ${cost.cpu.toFixed(0)} ms, peak ${mib(cost.peak)} MiB, p99 ${service.p99.toFixed(0)} ms, longest turn ${cost.taken.toFixed(0)} ms`
}

function mib(bytes: number): string {
  return (bytes / mebibyte).toFixed(1)
}
