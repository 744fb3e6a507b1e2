import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What each runtime answered, by row and then by runtime. */
export type Cells = Record<string, Record<string, string>>

const path = join(import.meta.dirname, '../../../../docs/reference/runtimes.md')
const [start, end] = ['<!-- runtimes -->\n', '<!-- /runtimes -->']
const columns = ['Bun', 'Deno', 'workerd']

export async function updatePage(cells: Cells): Promise<'current' | 'rewritten'> {
  const text = await readFile(path, 'utf8')
  const rows = Object.entries(cells).map(
    ([what, answers]) => `| ${what} | ${columns.map(name => answers[name] ?? 'not tested').join(' | ')} |\n`,
  )
  const table = `\n| | ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length + 1)}\n${rows.join('')}\n`
  const after = text.slice(0, text.indexOf(start) + start.length) + table + text.slice(text.indexOf(end))
  if (after === text) return 'current'
  await writeFile(path, after)
  return 'rewritten'
}
