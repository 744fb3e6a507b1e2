export interface DiffLine {
  /** The class of the line; empty if it is in both texts. */
  readonly way: '' | 'add' | 'del'
  readonly text: string
}

/** Lines beyond which a text is shown without its differences: they cost the product of both lengths. */
const mostLines = 1000

/** The lines of two texts, with what the longest common subsequence leaves out. */
export function diffOf(before: string, after: string): readonly DiffLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  if (before === after || Math.max(old.length, now.length) > mostLines) return now.map(text => ({ way: '', text }))
  const common = lengthsOf(old, now)
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    const [gone, come] = [old[i], now[j]]
    if (gone !== undefined && gone === come) {
      lines.push({ way: '', text: gone })
      i++
      j++
    } else if (come === undefined || (gone !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ way: 'del', text: gone ?? '' })
      i++
    } else {
      lines.push({ way: 'add', text: come })
      j++
    }
  }
  return lines
}

/** How many lines the texts have in common from each pair of places on. */
function lengthsOf(old: readonly string[], now: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1))
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--) {
      const row = rows[i]
      if (row !== undefined)
        row[j] = old[i] === now[j] ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1))
    }
  return rows
}

function at(rows: readonly Uint16Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0
}
