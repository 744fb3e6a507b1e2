import type { Result } from '../harness/result.js'
import type { ResultsFile } from '../harness/results-file.js'
import { ratioText, resultTable } from '../harness/table.js'
import { peersAhead } from './ahead.js'
import { barChart } from './bar-chart.js'
import { fillBlocks, wrapped } from './blocks.js'
import { lineChart } from './line-chart.js'

/** The content of the named block. */
export function renderBlock(file: ResultsFile, name: string): string {
  if (name === 'run') return run(file)
  if (name === 'summary') return summary(file.results)
  if (name === 'ahead') return peersAhead(file.results)
  const result = file.results.find(one => one.id === name)
  // A machine may lack what a benchmark needs, such as h2load.
  if (result === undefined) return 'Not measured in this run.\n'
  return `![${result.title}](${chartName(result)})\n\n${resultTable(result)}`
}

export function renderPage(file: ResultsFile, page: string): string {
  return fillBlocks(page, name => renderBlock(file, name))
}

/** The charts by the names of their files. */
export function charts({ results }: ResultsFile): ReadonlyMap<string, string> {
  return new Map(
    results.map(result => [
      chartName(result),
      result.axis === undefined ? barChart(result) : lineChart(result, result.axis),
    ]),
  )
}

function chartName({ id }: Result): string {
  return `${id}.svg`
}

/** Where and when, without which figures mean nothing. */
function run({ date, commit, machine, rounds, duration, versions, leftOut }: ResultsFile): string {
  const { cpu, cores, memoryGiB, system, node } = machine
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const beside = peers.length === 0 ? '' : ` Versions: ${peers.join(', ')}.`
  const missing = leftOut.length === 0 ? '' : ` Not measured: ${leftOut.join(', ')}.`
  return wrapped(
    `Measured on ${date} at commit \`${commit}\` with Node ${node.slice(1)} on ${cores} cores (${cpu}), ${memoryGiB} GiB, ${system}: ` +
      `${rounds} rounds of ${duration} ms.${beside}${missing}`,
  )
}

/** What README's bullet compares, in its order, and how it words a ratio. */
const quoted = [
  { id: 'grpc.unary', own: 'polywire grpc', peer: 'grpc-js', as: 'times grpc-js' },
  { id: 'grpc.unary', own: 'polywire grpc', peer: 'connect-node (gRPC)', as: 'times connect-node' },
  { id: 'thrift.unary', own: 'polywire thrift, binary', peer: 'npm thrift, binary', as: "times npm's thrift" },
  { id: 'avro.unary', own: 'polywire avro', peer: 'avsc', as: "times avsc's RPC" },
  { id: 'http.unary', own: 'polywire, four policies', peer: 'tRPC httpBatchLink', as: "times tRPC's batching link" },
  { id: 'http.unary', own: 'polywire, four policies', peer: 'fastify + undici', as: 'times fastify with undici' },
]

/** README's bullet, of what the run has measured. */
function summary(results: readonly Result[]): string {
  const ratios = quoted.flatMap(({ id, own, peer, as }) => {
    const [ours, theirs] = [own, peer].map(name => callsOf(results, id, name))
    return ours === undefined || theirs === undefined ? [] : [`${ratioText(ours / theirs)} ${as}`]
  })
  const list = new Intl.ListFormat('en').format(ratios)
  const figures =
    ratios.length === 0 ? '' : ` Unary calls per second, in one run of \`npm run performance\` on one machine: ${list}.`
  return wrapped(`- **Fast.**${figures} [Tables, charts, and where a peer is better][performance].`, '  ')
}

/** Calls a second, of the contender that the result compares with. */
function callsOf(results: readonly Result[], id: string, name: string): number | undefined {
  const row = results.find(one => one.id === id)?.rows.find(one => one.name === name)
  return row?.ratios.callsPerSecond?.median
}
