import { h2loadRate } from '../harness/h2load.js'
import { WorkerProcess } from '../harness/processes.js'
import type { Report } from '../harness/report.js'
import type { Settings } from '../harness/settings.js'
import { startCppServer } from './cpp-server.js'

const inFlight = 64
/** Unary's request: five bytes of prefix, and "hello world" as field 1. */
const body = Buffer.concat([Buffer.from([0, 0, 0, 0, 13, 0x0a, 11]), Buffer.from('hello world')])

interface Server {
  readonly name: string
  readonly port: number
  readonly end: () => void
  /** Requests a second, by round. */
  readonly rates: number[]
}

/** Servers in turn under one client that is faster than all of them. */
export async function serverAlone(report: Report, withCpp: boolean): Promise<void> {
  const servers: Server[] = []
  try {
    servers.push(await started('polywire grpc', 'polywire'), await started('grpc-js', 'grpc-js'))
    if (withCpp) {
      const cpp = await startCppServer()
      servers.push({ name: 'gRPC C++', port: cpp.port, end: () => void cpp.end(), rates: [] })
    }
    if (!(await measured(servers, report.settings))) return console.log('gRPC server alone is left out: no h2load')
    report.add(
      { id: 'grpc.server', title: `gRPC, server alone, h2load -c 1 -m ${inFlight}`, reference: 'grpc-js' },
      servers.map(({ name, rates }) => ({ name, rounds: rates.map(requestsPerSecond => ({ requestsPerSecond })) })),
    )
  } finally {
    for (const server of servers) server.end()
  }
}

async function started(name: string, module: string): Promise<Server> {
  const worker = new WorkerProcess(name, [new URL(`./${module}.js`, import.meta.url).href, 'serve', 'unary'])
  const address = (await worker.receive()) as string
  return { name, port: Number(address.split(':').at(-1)), end: () => worker.end(), rates: [] }
}

/** The first turn of each only makes its code hot. */
async function measured(servers: readonly Server[], { rounds, duration }: Settings): Promise<boolean> {
  for (let round = -1; round < rounds; round++) {
    for (const { port, rates } of servers) {
      const rate = await h2loadRate({ port, path: '/bench.Echo/Unary', body, inFlight, duration })
      if (rate === undefined) return false
      if (round >= 0) rates.push(rate)
    }
  }
  return true
}
