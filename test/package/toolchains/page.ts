import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../installed.js'
import type { Cell } from './cell.js'
import type { Tools } from './tools.js'

const file = join(root, 'docs/reference/toolchains.md')

/** A cell and what was found: it runs, or the tool refuses it with a sentence. */
export interface Found {
  readonly cell: Cell
  readonly refused: string | undefined
}

/** Writes the page if it says something else. @returns whether it did */
export async function updatePage(text: string): Promise<boolean> {
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return false
  await writeFile(file, text)
  return true
}

export function page(found: readonly Found[], tools: Tools): string {
  const rows = [...new Map(found.map(({ cell }) => [cell.row, cell.tool]))]
  const notes = new Map<string, number>()
  const lines = rows.map(([row, tool]) => {
    const cells = found.filter(({ cell }) => cell.row === row)
    const runs = cells.filter(({ refused }) => refused === undefined).map(({ cell }) => cell.column)
    const refused = cells.filter(one => one.refused !== undefined)
    const refusals = refused.map(one => {
      const sentence = one.refused as string
      if (!notes.has(sentence)) notes.set(sentence, notes.size + 1)
      return `${one.cell.column} (${notes.get(sentence)})`
    })
    return `| ${row} | ${tools.version(tool)} | ${runs.join(' · ')} | ${refusals.join(' · ')} |`
  })
  return `${[
    '# Toolchains',
    '',
    '`npm run test:package` packs polywire, installs it in an empty folder and runs one program in each of these toolchains: a service with',
    'messages, a declared error, a policy and a container, and a call over each wire. It also fails if this page is not what it found;',
    '`npm run toolchains` writes it.',
    '',
    '| toolchain | version | runs | refused |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
    ...(notes.size === 0 ? [] : ['| | what the tool says |', '| --- | --- |']),
    ...[...notes].map(([sentence, n]) => `| ${n} | \`${sentence}\` |`),
    ...(notes.size === 0 ? [] : ['']),
    'Every compiler has `experimentalDecorators: true`, or its equivalent. Tools other than Node itself run on Node 22. CommonJS means that',
    'your code is compiled to `require`: polywire is an ES module, which Node 20.19 and later can require. With `module: node16` TypeScript',
    'refuses that; write `nodenext`. jest cannot require an ES module either, so its CommonJS configuration translates polywire with',
    '`transformIgnorePatterns`. [Bundling](../guide/bundling.md) has the settings of bundlers.',
  ].join('\n')}\n`
}
