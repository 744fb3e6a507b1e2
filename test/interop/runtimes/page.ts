import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './programs.js'

/** What was found: it works, or what holds instead. */
export type Cell = { readonly answer: 'yes' | 'no'; readonly note?: string | undefined }

const path = join(root, 'docs/reference/runtimes.md')

/** One of the page's tables: its columns, and what was found by row and column. */
export class Section {
  private readonly rows = new Map<string, Map<string, Cell>>()

  /** @param name of the section's comments in the page */
  constructor(
    private readonly name: string,
    private readonly columns: readonly string[],
  ) {}

  found(row: string, column: string, cell: Cell): void {
    const cells = this.rows.get(row) ?? new Map<string, Cell>()
    this.rows.set(row, cells.set(column, cell))
  }

  /** Writes the table, if the page has another one. */
  async update(): Promise<'current' | 'rewritten'> {
    const text = await readFile(path, 'utf8')
    const [start, end] = [`<!-- ${this.name} -->\n`, `<!-- /${this.name} -->`]
    const after = text.slice(0, text.indexOf(start) + start.length) + this.table() + text.slice(text.indexOf(end))
    if (after === text) return 'current'
    await writeFile(path, after)
    return 'rewritten'
  }

  private table(): string {
    const notes: string[] = []
    const { columns } = this
    const lines = [...this.rows].map(([row, cells]) => {
      const answers = columns.map(column => shown(cells.get(column), notes))
      return `| ${row} | ${answers.join(' | ')} |`
    })
    const noted = notes.map((note, at) => `${at + 1}. ${note}`)
    return [
      '',
      `| | ${columns.join(' | ')} |`,
      `|${' --- |'.repeat(columns.length + 1)}`,
      ...lines,
      '',
      ...(noted.length === 0 ? [] : [...noted, '']),
      '',
    ].join('\n')
  }
}

function shown(cell: Cell | undefined, notes: string[]): string {
  if (cell === undefined) return 'not tested'
  const { answer, note } = cell
  if (note === undefined) return answer
  const at = notes.indexOf(note)
  return `${answer}<sup>${at < 0 ? notes.push(note) : at + 1}</sup>`
}
