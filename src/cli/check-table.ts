import type { Verdict } from '../idl/check/compare.js'
import type { Wire } from '../idl/check/finding.js'
import type { Paint, Tone } from './color.js'
import { wordsIn } from './table.js'

/** A change, with a verdict for each wire. */
export interface VerdictRow {
  readonly name: string
  readonly what: string
  readonly verdicts: readonly (Verdict | 'allowed')[]
}

export interface Shown {
  readonly paint: Paint
  /** Columns of the terminal; undefined: any width fits. */
  readonly width: number | undefined
}

/** Widths of the columns, with the space behind each. */
interface Columns {
  /** Undefined: a name stands on a line of its own. */
  readonly name: number | undefined
  readonly what: number
  readonly wires: readonly number[]
}

/** Changes with their verdicts below the names of the wires. What a change is folds where the terminal is narrow. */
export function verdictTable(rows: readonly VerdictRow[], wires: readonly Wire[], { paint, width }: Shown): string {
  const columns = columnsFor(rows, wires, width ?? Number.POSITIVE_INFINITY)
  const before = ' '.repeat(indent + (columns.name ?? stacked - indent) + columns.what)
  const head = before + wires.map((wire, at) => wire.padEnd(columns.wires[at] ?? 0)).join('')
  return [`${head.trimEnd()}\n`, ...rows.map(row => rowText(row, columns, paint))].join('')
}

/** Of a row. */
const indent = 2
/** Of what changed, below a name. */
const stacked = 4
/** What changed is not folded to fewer columns: then its name stands above it. */
const leastWhat = 16

function columnsFor(rows: readonly VerdictRow[], wires: readonly Wire[], width: number): Columns {
  const longest = (texts: readonly string[]) => Math.max(0, ...texts.map(text => text.length))
  const [name, what] = [longest(rows.map(row => row.name)), longest(rows.map(row => row.what))]
  const wide = { name: name + 1, what: what + 5, wires: wires.map(wire => wire.length + 4) }
  if (indent + wide.name + wide.what + sum(wide.wires) - 4 <= width) return wide
  const close = wires.map((wire, at) => longest([wire, ...rows.map(({ verdicts }) => verdicts[at] ?? '')]) + 2)
  const room = width - sum(close) + 2 - indent
  if (room - name - 1 - 2 >= Math.min(what, leastWhat))
    return { name: name + 1, what: Math.min(what + 2, room - name - 1), wires: close }
  const below = width - sum(close) + 2 - stacked
  return { name: undefined, what: Math.min(what + 2, Math.max(below, leastWhat)), wires: close }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

const tones: Readonly<Record<Verdict | 'allowed', Tone | undefined>> = {
  ok: 'good',
  warn: 'warn',
  BREAK: 'bad',
  allowed: undefined,
}

function rowText({ name, what, verdicts }: VerdictRow, columns: Columns, paint: Paint): string {
  const own = columns.name === undefined ? `${' '.repeat(indent)}${name}\n${' '.repeat(stacked)}` : ''
  const beside = columns.name === undefined ? '' : ' '.repeat(indent) + name.padEnd(columns.name)
  const [first = '', ...others] = wordsIn(what, columns.what - 2)
  const cells = verdicts.map((verdict, at) => {
    const tone = tones[verdict]
    const gap = at === verdicts.length - 1 ? 0 : (columns.wires[at] ?? 0) - verdict.length
    return (tone === undefined ? verdict : paint(tone, verdict)) + ' '.repeat(Math.max(0, gap))
  })
  const start = ' '.repeat(columns.name === undefined ? stacked : indent + columns.name)
  return [
    `${own}${beside}${first.padEnd(columns.what)}${cells.join('')}\n`,
    ...others.map(line => `${start}${line}\n`),
  ].join('')
}
