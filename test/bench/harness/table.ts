import { cpus } from 'node:os'
import { type Comparison, medianOf, medianRatio, type RoundFigures } from './compare.js'

/** Prints medians of all rounds as a Markdown table; ratios are to the reference, and medians of the ratios in each round. */
export function printComparison(results: readonly Comparison[], referenceName: string): void {
  const reference = results.find(({ name }) => name === referenceName) ?? results[0]
  if (reference === undefined) return
  console.log(machine())
  const rows = results.map(result => [
    result.name,
    medianOf(result, of => of.callsPerSecond).toFixed(0),
    medianRatio(result, reference, of => of.callsPerSecond).toFixed(2),
    medianOf(result, of => of.p50).toFixed(2),
    medianOf(result, of => of.p99).toFixed(2),
    medianOf(result, of => of.clientCpu).toFixed(1),
    medianOf(result, of => of.serverCpu).toFixed(1),
    medianRatio(result, reference, of => of.clientCpu + of.serverCpu).toFixed(2),
    megabytes(medianOf(result, of => of.clientMemory)),
    megabytes(medianOf(result, of => of.serverMemory)),
  ])
  printTable([
    ['', 'calls/s', 'ratio', 'p50 ms', 'p99 ms', 'client us', 'server us', 'CPU ratio', 'client MB', 'server MB'],
    ...rows,
  ])
}

/** Whether a target holds, in one line. */
export function printTarget(claim: string, figure: number, holds: boolean): void {
  console.log(`${holds ? 'holds ' : 'MISSED'}  ${claim}: ${figure.toFixed(2)}`)
}

/**
 * What limits a contender: how much of a core each of its processes used. Where both are well below one, calls wait for each other and not for
 * the CPU, or other work has it.
 */
export function printBottleneck(results: readonly Comparison[], name: string): void {
  const result = results.find(one => one.name === name)
  if (result === undefined) return
  const share = (cpu: (of: RoundFigures) => number) => medianOf(result, of => (cpu(of) * of.callsPerSecond) / 1e6)
  const client = share(of => of.clientCpu)
  const server = share(of => of.serverCpu)
  const limit = Math.max(client, server) < 0.75 ? 'neither' : client > server ? 'the client' : 'the server'
  const percent = (of: number) => `${(of * 100).toFixed(0)} %`
  console.log(`${name}: client ${percent(client)} of a core, server ${percent(server)}: ${limit} limits it\n`)
}

/** Where and when: figures mean nothing without it. */
export function machine(): string {
  const day = new Date().toISOString().slice(0, 10)
  return `\n${day}, Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${process.platform} ${process.arch}\n`
}

/** Prints rows of cells as Markdown, the first row as the head; all columns but the first are numbers. */
export function printTable(rows: readonly (readonly string[])[]): void {
  console.log(tableOf(rows))
}

/** The same as text that ends with a line break. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const widths = head.map((_, column) => Math.max(4, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return `${[line(head), rule, ...body.map(line)].join('\n')}\n`
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}
