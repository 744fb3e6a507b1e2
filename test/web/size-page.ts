import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const path = join(import.meta.dirname, '../../../docs/reference/web.md')
const [start, end] = ['<!-- sizes -->\n', '<!-- /sizes -->']

/** Writes the table of sizes into the page, in kB, unless it says the same within 5 %: every change moves it a little. */
export async function updatePage(rows: readonly (readonly [string, number])[]): Promise<'current' | 'rewritten'> {
  const text = await readFile(path, 'utf8')
  const at = text.indexOf(start) + start.length
  const before = text.slice(at, text.indexOf(end))
  const said = [...before.matchAll(/^\| (.*?) \| ([\d.]+) kB \|$/gm)].map(([, name, size]) => [name, Number(size)])
  const isCurrent =
    said.length === rows.length &&
    rows.every(
      ([name, size], row) => said[row]?.[0] === name && Math.abs(Number(said[row]?.[1]) * 1000 - size) < size / 20,
    )
  if (isCurrent) return 'current'
  const lines = rows.map(([name, size]) => `| ${name} | ${(size / 1000).toFixed(1)} kB |\n`)
  const table = `\n| page | minified, gzip |\n| --- | --- |\n${lines.join('')}\n`
  await writeFile(path, text.slice(0, at) + table + text.slice(text.indexOf(end)))
  return 'rewritten'
}
