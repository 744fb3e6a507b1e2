import { foreignServer } from '../harness/foreign.js'
import { h2loadRate } from '../harness/h2load.js'
import { WorkerProcess } from '../harness/processes.js'
import { programPath } from '../harness/program-path.js'
import type { Report } from '../harness/report.js'
import { takeTurns } from '../harness/turns.js'

const inFlight = 64
/** Unary's request: five bytes of prefix, and "hello world" as field 1. */
const body = Buffer.concat([Buffer.from([0, 0, 0, 0, 13, 0x0a, 11]), Buffer.from('hello world')])

interface Server {
  readonly name: string
  readonly port: number
  readonly end: () => void
}

/**
 * Servers in turn under one client that is faster than all of them.
 *
 * @param programs in other languages, by name
 */
export async function serverAlone(report: Report, programs: ReadonlyMap<string, string>): Promise<void> {
  if ((await programPath('h2load')) === undefined)
    return report.leaveOut('gRPC server alone', 'no h2load: apt-get install nghttp2-client')
  const servers: Server[] = []
  try {
    const start = async (name: string, server: () => Promise<Omit<Server, 'name'>>) => {
      const started = await report.attempt(`${name} alone`, server)
      if (started !== undefined) servers.push({ ...started, name })
    }
    await start('polywire grpc', () => serverOf('polywire'))
    await start('grpc-js', () => serverOf('grpc-js'))
    for (const [name, program] of programs)
      await start(name, async () => {
        const { address, end } = await foreignServer(program)
        return { port: portOf(address), end }
      })
    const { duration } = report.settings
    const measured = await takeTurns(report, servers, async ({ port }) => ({
      requestsPerSecond: await h2loadRate({ port, path: '/bench.Echo/Unary', body, inFlight, duration }),
    }))
    report.add(
      { id: 'grpc.server', title: `gRPC, server alone, h2load -c 1 -m ${inFlight}`, reference: 'grpc-js' },
      measured.map(({ one, rounds }) => ({ name: one.name, rounds })),
    )
  } finally {
    for (const server of servers) server.end()
  }
}

async function serverOf(module: string): Promise<Omit<Server, 'name'>> {
  const worker = new WorkerProcess(module, [new URL(`./${module}.js`, import.meta.url).href, 'serve', 'unary'])
  return { port: portOf((await worker.receive()) as string), end: () => worker.end() }
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1))
}
