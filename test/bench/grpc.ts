import { idleConnections } from './grpc/idle.js'
import { serverAlone } from './grpc/server-alone.js'
import { type Comparison, compare, medianOf, medianRatio, type RoundFigures } from './harness/compare.js'
import { printBottleneck, printComparison, printTarget } from './harness/table.js'

const own = 'polywire grpc'
const grpcJs = 'grpc-js'
const connect = 'connect-node (gRPC)'
const modules = { [own]: 'polywire', [grpcJs]: 'grpc-js', [connect]: 'connect' }

/** Short, since there are many: all of them take about two minutes. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
const duration = Number(process.env.BENCH_MS ?? 900)

/** gRPC against others; every client and every server is a process of its own. BENCH_WORK=unary,server keeps some of it. */
export async function run(): Promise<void> {
  const only = process.env.BENCH_WORK?.split(',')
  const wanted = (work: string) => only === undefined || only.includes(work)
  if (wanted('unary')) {
    const results = await work('unary, 64 in flight', 'unary', 64)
    target(results, 'calls a second, of grpc-js, at least 15', grpcJs, rate, 15)
    target(results, 'calls a second, of connect-node, at least 60', connect, rate, 60)
    target(results, 'CPU a call, of grpc-js, client and server', grpcJs, cpu)
  }
  if (wanted('latency')) {
    const results = await work('unary, one at a time', 'unary', 1)
    const ratio = ratioOf(results, grpcJs, figures => figures.p50)
    printTarget('p50 latency, of grpc-js, at most 0.5', ratio, ratio <= 0.5)
  }
  if (wanted('server')) await serverAlone({ rounds, duration })
  if (wanted('stream')) {
    const results = await work('server streaming, 5,000 messages of 100 bytes a call', 'stream', 1)
    target(results, 'messages a second, of grpc-js, at least 10', grpcJs, rate, 10)
    target(results, 'CPU a message, of grpc-js, client and server', grpcJs, cpu)
  }
  if (wanted('large')) {
    const results = await work('echo of 1 MiB, 4 in flight', 'large', 4)
    target(results, 'bytes a second, of grpc-js, at least 2', grpcJs, rate, 2)
    target(results, 'CPU a call, of grpc-js, client and server', grpcJs, cpu)
  }
  if (wanted('many')) {
    const few = await work('unary, 64 in flight', 'unary', 64, [own])
    const many = await work('unary, 10,000 in flight', 'unary', 10_000, [own])
    const ratio = medianOf(many[0] as Comparison, rate) / medianOf(few[0] as Comparison, rate)
    printTarget('calls a second with 10,000 in flight, of those with 64, at least 0.8', ratio, ratio >= 0.8)
  }
  if (wanted('idle')) await idleConnections()
}

async function work(
  title: string,
  variant: string,
  inFlight: number,
  names: readonly (keyof typeof modules)[] = [own, grpcJs, connect],
): Promise<readonly Comparison[]> {
  console.log(`\n${title}`)
  const contenders = names.map(name => ({
    name: String(name),
    module: new URL(`./grpc/${modules[name]}.js`, import.meta.url).href,
    variant,
  }))
  const results = await compare(contenders, { inFlight, rounds, duration })
  printComparison(results, names.includes(grpcJs) ? grpcJs : own)
  printBottleneck(results, own)
  return results
}

function target(
  results: readonly Comparison[],
  title: string,
  other: string,
  figure: (of: RoundFigures) => number,
  least?: number,
): void {
  const ratio = ratioOf(results, other, figure)
  // BENCH_ONLY left one of the two out.
  if (Number.isNaN(ratio)) return
  printTarget(title, ratio, least === undefined ? ratio <= 1 : ratio >= least)
}

function ratioOf(results: readonly Comparison[], other: string, figure: (of: RoundFigures) => number): number {
  const [one, two] = [own, other].map(name => results.find(result => result.name === name))
  return one === undefined || two === undefined ? Number.NaN : medianRatio(one, two, figure)
}

function rate({ callsPerSecond }: RoundFigures): number {
  return callsPerSecond
}

function cpu({ clientCpu, serverCpu }: RoundFigures): number {
  return clientCpu + serverCpu
}
