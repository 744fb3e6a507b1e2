import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { ResultsFile } from '../harness/results-file.js'
import { charts, renderPage } from './render.js'

const root = new URL('../../../../', import.meta.url)
const folder = new URL('docs/performance/', root)

/** Writes what is made of docs/performance/results.json: the charts beside it, and the blocks of README and of docs/performance. */
export async function writePages(): Promise<void> {
  const results = JSON.parse(await readFile(new URL('results.json', folder), 'utf8')) as ResultsFile
  const files = await readdir(folder)
  const pages = [
    new URL('README.md', root),
    ...files.filter(name => name.endsWith('.md')).map(name => new URL(name, folder)),
  ]
  for (const page of pages) await writeFile(page, renderPage(results, await readFile(page, 'utf8')))
  for (const name of files.filter(name => name.endsWith('.svg'))) await rm(new URL(name, folder))
  for (const [name, chart] of charts(results)) await writeFile(new URL(name, folder), chart)
}
