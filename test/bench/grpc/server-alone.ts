import { median } from '../harness/compare.js'
import { h2loadRate } from '../harness/h2load.js'
import { WorkerProcess } from '../harness/processes.js'
import { machine, printTable, printTarget } from '../harness/table.js'
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

export interface Timing {
  readonly rounds: number
  /** Milliseconds of a turn. */
  readonly duration: number
}

/** Servers in turn under one client that is faster than all of them. */
export async function serverAlone(timing: Timing): Promise<void> {
  console.log(`\nserver alone, h2load -c 1 -m ${inFlight}`)
  const servers: Server[] = []
  try {
    servers.push(await started('polywire grpc', 'polywire'), await started('grpc-js', 'grpc-js'))
    const cpp = await startCppServer()
    if (typeof cpp === 'string') console.log(`gRPC C++ is left out: ${cpp}`)
    else servers.push({ name: 'gRPC C++', port: cpp.port, end: () => void cpp.end(), rates: [] })
    if (await measured(servers, timing)) print(servers)
    else console.log('left out: no h2load')
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
async function measured(servers: readonly Server[], { rounds, duration }: Timing): Promise<boolean> {
  for (let round = -1; round < rounds; round++) {
    for (const { port, rates } of servers) {
      const rate = await h2loadRate({ port, path: '/bench.Echo/Unary', body, inFlight, duration })
      if (rate === undefined) return false
      if (round >= 0) rates.push(rate)
    }
  }
  return true
}

function print(servers: readonly Server[]): void {
  const [own, ...others] = servers
  if (own === undefined) return
  console.log(machine())
  const ratio = (one: Server, other: Server) => median(one.rates.map((rate, at) => rate / (other.rates[at] ?? 0)))
  printTable([
    ['', 'requests/s', 'polywire is'],
    ...servers.map(server => [server.name, median(server.rates).toFixed(0), `${ratio(own, server).toFixed(2)} x`]),
  ])
  const least: Readonly<Record<string, number>> = { 'grpc-js': 7, 'gRPC C++': 2 }
  for (const other of others) {
    const target = least[other.name] ?? 1
    printTarget(
      `requests a second, of ${other.name}, at least ${target}`,
      ratio(own, other),
      ratio(own, other) >= target,
    )
  }
}
