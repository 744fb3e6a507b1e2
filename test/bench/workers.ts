import type { Load, Sample } from './harness/contender.js'
import { WorkerProcess } from './harness/processes.js'
import type { Report } from './harness/report.js'
import { printTarget } from './harness/table.js'
import { takeTurns } from './harness/turns.js'
import { UsageMeter } from './harness/usage-meter.js'
import type { WorkersStarted } from './workers/server.js'

const counts = [1, 2]
/** Many more than workers, so that each of them gets its share of connections. */
const connections = 64
/** Of the calls that one worker answers. */
const target = 1.8

/**
 * gRPC calls that a server with workers answers, from a client outside of it. The client has the same cores, so calls per second of the
 * clock would say what is left of them. What counts is CPU: calls for each second of the busiest worker are what the workers answer if each
 * has a core.
 */
export async function run(report: Report): Promise<void> {
  const servers: WorkersServer[] = []
  try {
    for (const count of counts) {
      const started = await report.attempt(nameOf(count), () => WorkersServer.start(count))
      if (started !== undefined) servers.push(started)
    }
    const { duration } = report.settings
    const load = { inFlight: connections, warmUp: duration / 3, duration }
    const measured = await takeTurns(report, servers, one => one.round(load))
    report.add(
      { id: 'workers.grpc', title: `Workers: gRPC, unary, ${connections} connections`, reference: nameOf(1) },
      measured.map(({ one: { name }, rounds }) => ({ name, rounds })),
    )
    const ratio = report.results.find(({ id }) => id === 'workers.grpc')?.rows.find(({ name }) => name === nameOf(2))
      ?.ratios.capacity?.median
    if (ratio !== undefined)
      printTarget(
        `calls per CPU second of the busiest of 2 workers, of 1 worker, at least ${target}`,
        ratio,
        ratio >= target,
      )
  } finally {
    for (const one of servers) one.end()
  }
}

function nameOf(count: number): string {
  return `polywire, ${count} ${count === 1 ? 'worker' : 'workers'}`
}

class WorkersServer {
  private constructor(
    readonly name: string,
    private readonly server: WorkerProcess,
    private readonly client: WorkerProcess,
    private readonly pids: readonly number[],
  ) {}

  static async start(count: number): Promise<WorkersServer> {
    const path = new URL('./workers/server.js', import.meta.url)
    const server = new WorkerProcess('its server', [String(count)], { path, flags: process.execArgv })
    let client: WorkerProcess | undefined
    try {
      const { port, pids } = (await server.receive()) as WorkersStarted
      if (pids.length !== count) throw new Error(`${pids.length} workers run`)
      const module = new URL('./workers/client.js', import.meta.url).href
      client = new WorkerProcess('its client', [module, 'call', String(connections), String(port)])
      await client.receive()
      return new WorkersServer(nameOf(count), server, client, pids)
    } catch (error) {
      client?.end()
      server.end()
      throw error
    }
  }

  async round(load: Load) {
    const busy = load.warmUp + load.duration
    await this.client.ask(load, busy)
    const meters = this.pids.map(pid => new UsageMeter(pid))
    const { calls, elapsed, p50, p99, usage } = (await this.client.receive(busy)) as Sample
    const readings = meters.map(meter => meter.read())
    const all = readings.reduce((sum, { cpu }) => sum + cpu, 0)
    return {
      capacity: (calls / Math.max(...readings.map(({ cpu }) => cpu))) * 1e6,
      callsPerSecond: (calls / elapsed) * 1000,
      p50,
      p99,
      clientCpu: usage.cpu / calls,
      serverCpu: all / calls,
      serverMemory: readings.reduce((sum, { memory }) => sum + memory, 0) / 2 ** 20,
    }
  }

  end(): void {
    this.client.end()
    this.server.end()
  }
}
