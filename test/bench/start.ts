import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WorkerProcess } from './harness/processes.js'
import type { Report } from './harness/report.js'
import { printTarget } from './harness/table.js'
import { takeTurns } from './harness/turns.js'
import { protoOf } from './start/proto.js'
import type { Called, Started } from './start/worker.js'

const sizes = [500, 3000]
const wires = ['grpc', 'thrift', 'avro', 'http2', 'http', 'ws']
/** How long `serve` may take, in milliseconds, and how much memory its process may have then, in MB, by the number of methods. */
const targets: ReadonlyMap<number, readonly [number, number]> = new Map([
  [500, [300, 90]],
  [3000, [800, 140]],
])
/** Bytes that `serve` may add to the heap for each of 3,000 methods. */
const mostEach = 11_000
/** Milliseconds from `connect` to the first reply. */
const mostFirst = 25

/** Starting, of the package as it is published. What is measured happens once in a process, so every turn has fresh ones. */
export async function run(report: Report): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { timeout: 300_000 })
  const folder = await mkdtemp(join(tmpdir(), 'polywire-bench-'))
  try {
    for (const size of [1, ...sizes]) await writeFile(join(folder, `${size}.proto`), protoOf(size))
    await hello(report, folder)
    await serving(report, folder)
    await firstCalls(report, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const modules = {
  polywire: new URL('./start/polywire.js', import.meta.url),
  'grpc-js': new URL('./start/grpc-js.js', import.meta.url),
}
type Library = keyof typeof modules

/** A fresh process. @param flags of Node's; without the condition of this repository's own programs, so that it loads what is published */
function start(library: Library, args: readonly string[], flags: readonly string[] = []): WorkerProcess {
  const program = { path: new URL('./start/worker.js', import.meta.url), flags }
  return new WorkerProcess(library, [modules[library].href, ...args], program)
}

const libraries = [{ name: 'polywire' }, { name: 'grpc-js' }] as const

/** A server of one method, from nothing. */
async function hello(report: Report, folder: string): Promise<void> {
  const turn = async ({ name }: { readonly name: Library }) => {
    const { processCpu, resident, up } = await started(name, folder, 1)
    return { startCpu: processCpu, milliseconds: up, serverMemory: resident / 2 ** 20 }
  }
  const measured = await takeTurns(report, libraries, turn, { rounds: roundsOf(report) })
  report.add(
    {
      id: 'start.hello',
      title: 'A process until its server of one method listens',
      reference: 'grpc-js',
    },
    measured.map(({ one: { name }, rounds }) => ({ name, rounds })),
  )
}

/** Servers of many methods. */
async function serving(report: Report, folder: string): Promise<void> {
  const contenders = sizes.flatMap(size =>
    libraries.map(({ name }) => ({ name: named(name, size), library: name, size })),
  )
  const turn = async ({ library, size }: { readonly library: Library; readonly size: number }) => {
    const { serveTime, declareTime, serveCpu, declareCpu, resident, servedHeap, declaredHeap } = await started(
      library,
      folder,
      size,
    )
    return {
      startCpu: declareCpu + serveCpu,
      milliseconds: declareTime + serveTime,
      serving: serveTime,
      serverMemory: resident / 2 ** 20,
      heapEach: (declaredHeap + servedHeap) / size,
      servedHeapEach: servedHeap / size,
    }
  }
  const measured = await takeTurns(report, contenders, turn, { rounds: roundsOf(report) })
  report.add(
    { id: 'start.serve', title: 'Declaring and serving many methods' },
    measured.map(({ one: { name, size }, rounds }) => ({ name, rounds, reference: named('grpc-js', size) })),
  )
  const rows = report.results.at(-1)?.rows ?? []
  for (const [size, [time, memory]] of targets) {
    const figures = rows.find(({ name }) => name === named('polywire', size))?.figures
    if (figures?.serving === undefined || figures.serverMemory === undefined || figures.servedHeapEach === undefined)
      continue
    const [took, held, each] = [figures.serving.median, figures.serverMemory.median, figures.servedHeapEach.median]
    printTarget(`serve() of ${size} methods takes at most ${time} ms`, took, took <= time)
    printTarget(`with ${size} methods the process has at most ${memory} MB`, held, held <= memory)
    if (size === 3000)
      printTarget(`serve() adds at most ${mostEach} bytes to the heap for a method`, each, each <= mostEach)
  }
}

function named(library: string, size: number): string {
  return `${library}, ${size} methods`
}

/** From a fresh client's `connect` to the reply of a fresh server. */
async function firstCalls(report: Report, folder: string): Promise<void> {
  const contenders = [
    ...wires.map(wire => ({ name: `polywire ${wire}`, library: 'polywire' as const, scheme: `${wire}://` })),
    { name: 'grpc-js', library: 'grpc-js' as const, scheme: '' },
  ]
  const turn = async ({ library, scheme }: { readonly library: Library; readonly scheme: string }) => {
    const server = start(library, ['serve', '1', protoFile(folder, 1)])
    let client: WorkerProcess | undefined
    try {
      const { port } = (await server.receive()) as Started
      client = start(library, ['call', `${scheme}127.0.0.1:${port}`, protoFile(folder, 1)])
      const { time, cpu } = (await client.receive()) as Called
      return { firstCall: time, startCpu: cpu }
    } finally {
      client?.end()
      server.end()
    }
  }
  const measured = await takeTurns(report, contenders, turn, { rounds: roundsOf(report) })
  report.add(
    { id: 'start.first', title: "The first call, from the client's connect to the reply", reference: 'grpc-js' },
    measured.map(({ one: { name }, rounds }) => ({ name, rounds })),
  )
  for (const { name, figures } of report.results.at(-1)?.rows ?? []) {
    const time = figures.firstCall?.median
    if (name.startsWith('polywire') && time !== undefined)
      printTarget(`${name}: first call after at most ${mostFirst} ms`, time, time <= mostFirst)
  }
}

async function started(library: Library, folder: string, size: number): Promise<Started> {
  const server = start(library, ['serve', String(size), protoFile(folder, size)], ['--expose-gc'])
  try {
    return (await server.receive()) as Started
  } finally {
    server.end()
  }
}

function protoFile(folder: string, size: number): string {
  return join(folder, `${size}.proto`)
}

/** More than usual, since a turn is short. */
function roundsOf({ settings: { quick, rounds } }: Report): number {
  return quick ? rounds : rounds + 2
}
