import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../installed.js'
import type { Cell, Decorators } from './cell.js'
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
  /** The columns that run, and those that are refused with the number of the sentence. */
  const inMode = (cells: readonly Found[], decorators: Decorators) => {
    const ones = cells.filter(({ cell }) => cell.decorators === decorators)
    const runs = ones.filter(({ refused }) => refused === undefined).map(({ cell }) => cell.column)
    const refusals = ones.flatMap(({ cell, refused }) => {
      if (refused === undefined) return []
      if (!notes.has(refused)) notes.set(refused, notes.size + 1)
      return [`${cell.column}: refused (${notes.get(refused)})`]
    })
    return [...runs, ...refusals].join(' · ')
  }
  const lines = rows.map(([row, tool]) => {
    const cells = found.filter(({ cell }) => cell.row === row)
    return `| ${row} | ${tools.version(tool)} | ${inMode(cells, 'standard')} | ${inMode(cells, 'legacy')} |`
  })
  return `${[
    '# Toolchains',
    '',
    '`npm run test:package` packs polywire, installs it in an empty folder and runs one program in each of these toolchains: a service with',
    'messages, a declared error, a policy and a container, and a call over each wire. It also fails if this page is not what it found;',
    '`npm run toolchains` writes it.',
    '',
    '| toolchain | version | standard decorators | with `experimentalDecorators` |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
    ...(notes.size === 0 ? [] : ['| | what it says |', '| --- | --- |']),
    ...[...notes].map(([sentence, n]) => `| ${n} | \`${sentence}\` |`),
    ...(notes.size === 0 ? [] : ['']),
    'Decorators are standard ones if `experimentalDecorators` is not set. Tools other than Node itself run on Node 22.',
    '',
    '- **CommonJS** means that your code is compiled to `require`: polywire is an ES module, which Node 20.19 and later can require. With',
    '  `module: node16` TypeScript refuses that; write `nodenext`. jest cannot require an ES module either, so its CommonJS configuration',
    '  translates polywire with `transformIgnorePatterns`.',
    '- **esbuild** leaves standard decorators as they are unless it has a target, and Node cannot run them: pass `--target=node20`.',
    '- **TypeScript** needs a `target` below `esnext` for the same reason. `esnext` is the default of `module: nodenext`.',
    '- **vite 8 and vitest 5** leave them as they are, too, and have no setting for it. A plugin of eight lines lets esbuild translate them',
    '  ([Bundling](../guide/bundling.md#vite)); or set `experimentalDecorators`, which they read from `tsconfig.json`.',
    '- **swc** has the option `decoratorVersion: "2022-03"` for standard decorators.',
    '',
    '[Bundling](../guide/bundling.md) has the settings of bundlers.',
  ].join('\n')}\n`
}
