import type { ExecutionContext } from 'ava'
import { type Fleet, Replica } from './fleet.js'
import { Clients } from './load.js'
import { surviving } from './work.js'

/** Calls a second: enough that each fault meets calls in flight, few enough for two cores and nine processes. */
const rate = 300
/** Milliseconds after the end of a fault whose calls count for nothing but failures. */
const aftermath = 1000
/**
 * Milliseconds that p99 may take in any case. Nine processes share two cores here, and the gate's machine may be busy besides: what shows below
 * this is for the log to tell; what goes beyond it is a client that goes on calling what does not answer.
 */
const floor = 2000

/** Causes a fault, or ends one; the second after it counts for nothing but failures. */
export type Fault = (cause: () => unknown) => Promise<void>

/**
 * Faults under load, and what has to hold. Beside the fleet one more replica is called that nothing happens to: its p99 says in the same
 * seconds what "calm" means on this machine, however busy it is.
 */
export class Trial {
  private constructor(
    private readonly bystander: Replica,
    private readonly witness: Clients,
  ) {}

  static async prepare(): Promise<Trial> {
    const bystander = new Replica()
    await bystander.start()
    return new Trial(bystander, new Clients(`grpc://${bystander.address}`, [], 1))
  }

  /** Runs the script under load: no call fails, p99 stays, and the replicas see at most 1.2 attempts a call. */
  async survives(
    t: ExecutionContext,
    { clients, fleet }: { readonly clients: Clients; readonly fleet: Fleet },
    script: (fault: Fault) => Promise<void>,
  ): Promise<void> {
    const before = fleet.attempts
    const load = clients.load(rate)
    const calm = this.witness.load(rate / 3)
    const windows: [number, number][] = []
    try {
      await script(async cause => {
        const from = performance.now() - 100
        await cause()
        windows.push([from, performance.now() + aftermath])
      })
    } finally {
      await Promise.all([load.end(), calm.end()])
    }
    await fleet.told()
    const attempts = fleet.attempts - before
    const latencies = load.latenciesOutside(windows)
    const p99 = quantile(latencies, 0.99)
    const calmP99 = quantile(calm.latenciesOutside(windows), 0.99)
    t.log(
      `${load.calls} calls, ${load.failures.length} failed, ${attempts} attempts; p99 ${p99.toFixed(1)} ms of ${latencies.length} calls, ${calmP99.toFixed(1)} ms beside it`,
    )
    t.deepEqual([...new Set([...load.failures, ...calm.failures].map(String))], [])
    t.true(latencies.length > 100, 'p99 was taken from enough calls')
    t.true(p99 <= Math.max(3 * calmP99, floor), `p99 ${p99} ms, where nothing happened ${calmP99} ms`)
    t.true(attempts >= load.calls && attempts <= load.calls * 1.2, `${attempts} attempts of ${load.calls} calls`)
  }

  async end(): Promise<void> {
    await this.witness.close()
    await this.bystander.drain()
  }
}

/** Clients as users configure them whose calls shall survive everything. */
export function survivors(target: string): Clients {
  return new Clients(target, surviving)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0
}
