import type { Result, ResultRow } from '../harness/result.js'
import type { ResultsFile } from '../harness/results-file.js'
import { ratioText, resultTable } from '../harness/table.js'
import { peersAhead } from './ahead.js'
import { barChart } from './bar-chart.js'
import { fillBlocks, wrapped } from './blocks.js'

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
  return new Map(results.map(result => [chartName(result), barChart(result)]))
}

function chartName({ id }: Result): string {
  return `${id}.svg`
}

/** Where and when, without which figures mean nothing. */
function run({ date, commit, machine, rounds, duration, versions }: ResultsFile): string {
  const { cpu, cores, memoryGiB, system, node } = machine
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const beside = peers.length === 0 ? '' : ` Versions: ${peers.join(', ')}.`
  return wrapped(
    `Measured on ${date} at commit \`${commit}\` with Node ${node.slice(1)} on ${cores} cores (${cpu}), ${memoryGiB} GiB, ${system}: ` +
      `${rounds} rounds of ${duration} ms.${beside}`,
  )
}

/** README's bullet. */
function summary(results: readonly Result[]): string {
  const ratio = (id: string, own: string, peer: string) =>
    ratioText(callsOf(results, id, own) / callsOf(results, id, peer))
  const thrift = ratio('thrift.unary', 'polywire thrift, binary', 'npm thrift, binary')
  const trpc = ratio('http.unary', 'polywire, four policies', 'tRPC httpBatchLink')
  return wrapped(
    `- **Fast.** Unary calls per second, in one run on one machine: ${ratio('grpc.unary', 'polywire grpc', 'grpc-js')} times grpc-js, ` +
      `${ratio('grpc.unary', 'polywire grpc', 'connect-node (gRPC)')} times connect-node, ${thrift} times npm's thrift, ` +
      `${ratio('avro.unary', 'polywire avro', 'avsc')} times avsc's RPC, ${trpc} times tRPC's batching link, and ` +
      `${ratio('http.unary', 'polywire, four policies', 'fastify + undici')} of fastify with undici (\`npm run bench\`; ` +
      `[tables, charts, and where a peer is better][performance]).`,
    '  ',
  )
}

/** Calls a second, of the contender that the result compares with. */
function callsOf(results: readonly Result[], id: string, name: string): number {
  const ratio = rowNamed(resultNamed(results, id), name).ratios.callsPerSecond?.median
  if (ratio === undefined) throw new Error(`docs/performance/results.json: ${id} has no ratio of ${name}`)
  return ratio
}

function resultNamed(results: readonly Result[], id: string): Result {
  const result = results.find(one => one.id === id)
  if (result === undefined) throw new Error(`docs/performance/results.json has no result ${id}`)
  return result
}

function rowNamed({ id, rows }: Result, name: string): ResultRow {
  const row = rows.find(one => one.name === name)
  if (row === undefined) throw new Error(`docs/performance/results.json: ${id} has no contender ${name}`)
  return row
}
