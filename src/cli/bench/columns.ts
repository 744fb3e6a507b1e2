/** How a column stands: behind so many spaces, to the left or the right of its width. */
export type Column = readonly [gap: number, side: 'left' | 'right']

/** Rows whose columns are as wide as their widest cell. */
export function inColumns(rows: readonly (readonly string[])[], layout: readonly Column[]): string {
  const widths = layout.map((_, at) => Math.max(0, ...rows.map(row => row[at]?.length ?? 0)))
  const lines = rows.map(row =>
    layout.map(([gap, side], at) => {
      const [cell = '', width = 0] = [row[at], widths[at]]
      return ' '.repeat(gap) + (side === 'left' ? cell.padEnd(width) : cell.padStart(width))
    }),
  )
  return lines.map(line => `${line.join('').trimEnd()}\n`).join('')
}
