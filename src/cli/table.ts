/** How the columns of a table stand. */
export interface Layout {
  /** Spaces behind each column; the last number holds for all that follow. Default 2. */
  readonly gaps?: readonly number[]
  /** The least width of each column, so that tables which are printed one after another stand alike. */
  readonly widths?: readonly number[]
  /** Columns of the terminal. A table that is wider moves together, and then folds the last cell of a row. Default: any width fits. */
  readonly width?: number | undefined
}

type Rows = readonly (readonly string[])[]

/** A table that is aligned. The last text of a row is as long as it is: it widens no column. */
export function table(rows: Rows, layout: Layout = {}): string {
  return tableRows(rows, layout).join('')
}

/** The same, a text for each row. One that is folded has several lines. */
export function tableRows(
  cells: Rows,
  { gaps = [2], widths = [], width = Number.POSITIVE_INFINITY }: Layout,
): string[] {
  const rows = cells.map(row => row.slice(0, row.findLastIndex(cell => cell !== '') + 1))
  const wide = columnStarts(rows, gaps, widths)
  if (rows.every(row => widthOf(row, wide) <= width)) return rows.map(row => lineOf(row, wide))
  const close = columnStarts(rows, [2], [])
  return rows.map(row => (widthOf(row, close) <= width ? lineOf(row, close) : foldedLine(row, close, width)))
}

/** A table for programs: cells with a tab between. */
export function tabbed(rows: Rows): string {
  return rows.map(row => `${row.map(cell => cell.trim()).join('\t')}\n`).join('')
}

/** Words in lines of a width. A word that is longer has a line of its own. */
export function wordsIn(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Where each column begins. */
function columnStarts(rows: Rows, gaps: readonly number[], least: readonly number[]): number[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, cell] of row.slice(0, -1).entries())
      widths[at] = Math.max(widths[at] ?? least[at] ?? 0, cell.length)
  const starts = [0]
  for (const [at, width] of widths.entries()) starts.push((starts[at] ?? 0) + width + (gaps[at] ?? gaps.at(-1) ?? 2))
  return starts
}

function widthOf(row: readonly string[], starts: readonly number[]): number {
  return (starts[row.length - 1] ?? 0) + (row.at(-1)?.length ?? 0)
}

function lineOf(row: readonly string[], starts: readonly number[]): string {
  const line = row.reduce((text, cell, at) => text.padEnd(starts[at] ?? 0) + cell, '')
  return `${line.trimEnd()}\n`
}

/** Below this there is no use in lines beside each other. */
const leastColumn = 24

/** The last cell goes on below itself, or below the first one where that is too narrow. */
function foldedLine(row: readonly string[], starts: readonly number[], width: number): string {
  const start = starts[row.length - 1] ?? 0
  const last = row.at(-1) ?? ''
  if (width - start >= leastColumn) {
    const [first = '', ...others] = wordsIn(last, width - start)
    return [lineOf([...row.slice(0, -1), first], starts), ...others.map(line => `${' '.repeat(start)}${line}\n`)].join(
      '',
    )
  }
  const indent = starts[1] ?? 0
  const below = wordsIn(last, Math.max(leastColumn, width - indent)).map(line => `${' '.repeat(indent)}${line}\n`)
  return [lineOf(row.slice(0, -1), starts), ...below].join('')
}
