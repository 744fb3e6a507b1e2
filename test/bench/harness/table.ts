import { cpus } from 'node:os'
import { type Comparison, medianOf, type RoundFigures } from './compare.js'
import { type Measure, measures } from './measures.js'
import type { Result, Spread } from './result.js'

/**
 * Medians of all rounds as a Markdown table. Behind a measure with a reference stands its ratio; behind the first one, the middle half of its
 * rounds as a share of the median, if there are several.
 */
export function resultTable({ rows }: Result): string {
  const shown = (Object.keys(measures) as Measure[]).filter(one =>
    rows.some(({ figures }) => figures[one] !== undefined),
  )
  const compared = shown.filter(one => rows.some(({ ratios }) => ratios[one] !== undefined))
  const columns = shown.flatMap(measure => {
    const { title, digits } = measures[measure]
    const plain = { title, cell: (at: number) => rows[at]?.figures[measure]?.median.toFixed(digits) ?? '' }
    const spread = { title: 'spread', cell: (at: number) => spreadText(rows[at]?.figures[measure]) }
    const ratio = { title: 'ratio', cell: (at: number) => ratioText(rows[at]?.ratios[measure]?.median) }
    const isSpread = measure === shown[0] && rows.some((_, at) => spread.cell(at) !== '')
    return [plain, ...(isSpread ? [spread] : []), ...(compared.includes(measure) ? [ratio] : [])]
  })
  return tableOf([
    ['', ...columns.map(({ title }) => title)],
    ...rows.map(({ name }, at) => [name, ...columns.map(({ cell }) => cell(at))]),
  ])
}

/** Empty for a figure that was measured once. */
function spreadText(spread: Spread | undefined): string {
  return spread === undefined || spread.low === spread.high
    ? ''
    : `±${(((spread.high - spread.low) / 2 / spread.median) * 100).toFixed(0)} %`
}

/** Two digits behind the point up to ten, none from there. */
export function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio.toFixed(ratio < 9.995 ? 2 : 0)
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
