import { setTimeout as wait } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import type { ConnectOptions } from '../../src/index.js'
import type { Fleet } from './fleet.js'
import { Clients, type Load } from './load.js'
import { surviving } from './work.js'

/** Calls a second to either fleet: enough that each fault meets calls in flight, few enough for two cores and a dozen processes. */
const rate = 300
/** Milliseconds after the end of a fault whose calls count for nothing but failures. */
const aftermath = 1000
/** How many times longer than in calm p99 may be. */
const slowdown = 3
/** A busy machine may stop one process of a fleet for a moment. That does not happen in each of these; a client that does not survive fails all. */
const runs = 3

/** Causes a fault, or ends one; the second after it counts for nothing but failures. */
export type Fault = (cause: () => unknown) => Promise<void>

export interface TrialOptions {
  readonly fleet: Fleet
  /** As large and called as often by as many clients in the same seconds, and nothing happens to it: its p99 is what "calm" means meanwhile. */
  readonly control: Fleet
  /** How clients find the fleet; default: by a static list. */
  readonly target?: string
  readonly controlTarget?: string
  /** Of the clients of both, beside those of `surviving`. */
  readonly policies?: ConnectOptions['policies']
}

/** Faults under load, and what has to hold. */
export class Trial {
  constructor(private readonly options: TrialOptions) {}

  /**
   * Runs the script under load, with clients of its own. In every run no call fails, and the replicas see at most 1.2 attempts a call; in one of
   * them p99 stays within 3 times that of the control, whose clients share process, machine and second with those of the fleet.
   */
  async survives(t: ExecutionContext, script: (fault: Fault) => Promise<void>): Promise<void> {
    const seen: string[] = []
    for (let run = 1; run <= runs; run++) {
      const { p99, calm, calls } = await this.run(t, script)
      seen.push(`${p99.toFixed(1)} ms of ${calls} calls, ${calm.toFixed(1)} ms in the control`)
      t.log(`p99 ${seen.at(-1)}`)
      if (p99 <= slowdown * calm) return
    }
    t.fail(`p99 was more than ${slowdown} times that of the control in ${runs} of ${runs} runs: ${seen.join('; ')}`)
  }

  private async run(t: ExecutionContext, script: (fault: Fault) => Promise<void>) {
    const { fleet, control, target, controlTarget, policies = [] } = this.options
    const clients = [target ?? targetOf(fleet), controlTarget ?? targetOf(control)].map(
      // As users configure them whose calls shall survive everything.
      to => new Clients(to, [...surviving, ...policies]),
    )
    try {
      const [load, calm] = (await warm(clients)).map(one => one.load(rate)) as [Load, Load]
      const before = fleet.attempts
      const windows: [number, number][] = []
      try {
        await script(async cause => {
          const from = performance.now() - 100
          await cause()
          windows.push([from, performance.now() + aftermath])
        })
      } finally {
        await Promise.all([load.end(), calm.end()])
        fleet.heal()
      }
      await fleet.told()
      const attempts = fleet.attempts - before
      const latencies = load.latenciesOutside(windows)
      t.log(`${load.calls} calls, ${load.failures.length} failed, ${attempts} attempts`)
      t.deepEqual([...new Set([...load.failures, ...calm.failures].map(String))], [])
      t.true(latencies.length >= 300, `p99 was taken from enough calls: ${latencies.length}`)
      // A replica that is killed has not told of its last milliseconds.
      const told = attempts >= load.calls * 0.99
      t.true(told && attempts <= load.calls * 1.2, `${attempts} attempts of ${load.calls} calls`)
      const p99 = quantile(latencies, 0.99)
      return { p99, calm: quantile(calm.latenciesOutside(windows), 0.99), calls: latencies.length }
    } finally {
      await Promise.all(clients.map(one => one.close()))
    }
  }
}

/** Connections stand, and code is compiled. */
async function warm(clients: readonly Clients[]): Promise<readonly Clients[]> {
  const loads = clients.map(one => one.load(rate))
  await wait(500)
  await Promise.all(loads.map(load => load.end()))
  return clients
}

function targetOf(fleet: Fleet): string {
  return `grpc://${fleet.addresses}`
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0
}
