// Writes what is made of docs/performance/results.json: the charts beside it, and the blocks of README and of docs/performance.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { ResultsFile } from '../harness/results-file.js'
import { charts, renderPage } from './render.js'

const root = new URL('../../../../', import.meta.url)
const folder = new URL('docs/performance/', root)

const results = JSON.parse(await readFile(new URL('results.json', folder), 'utf8')) as ResultsFile
const files = await readdir(folder)
for (const name of files.filter(name => name.endsWith('.svg'))) await rm(new URL(name, folder))
for (const [name, chart] of charts(results)) await writeFile(new URL(name, folder), chart)
const pages = files.filter(name => name.endsWith('.md')).map(name => new URL(name, folder))
for (const page of [new URL('README.md', root), ...pages]) {
  await writeFile(page, renderPage(results, await readFile(page, 'utf8')))
}
