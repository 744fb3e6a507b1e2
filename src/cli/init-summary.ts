import { dirname, join, relative } from 'node:path'
import { tabbed, table } from './table.js'

/** Files that share a line on a terminal. All others share the last one. */
const lines = [
  /^(?:package|tsconfig)\.json$/,
  /^polywire\.json$|^src\/contract/,
  /^src\/(?:service|server)\.ts$/,
  /^src\/client\.ts$/,
  /^test\//,
]

/** Of files that every service has. */
const notes: Readonly<Record<string, string>> = {
  'package.json': 'scripts start, test, build',
  'tsconfig.json': 'strict, no decorator flag',
  'polywire.json': 'target dev',
}

/**
 * What `init` wrote: on a terminal a line for each group of files, with what they are; in a pipe a line for each file.
 * @param names from the root of the project
 * @param described what files of the sources are
 * @param width of the terminal; undefined: it is a pipe
 */
export function filesText(
  { folder, names }: { readonly folder: string; readonly names: readonly string[] },
  described: Readonly<Record<string, string>>,
  width: number | undefined,
): string {
  const noteOf = (name: string) => notes[name] ?? described[name] ?? folderNote(name, described)
  if (width === undefined) return tabbed(names.map(name => [join(folder, name), noteOf(name)]))
  const rest = names.filter(name => !lines.some(line => line.test(name)))
  const groups = [...lines.map(line => names.filter(name => line.test(name))), rest]
  const rows = groups.flatMap(group => {
    const [first, ...others] = group
    if (first === undefined) return []
    const paths = [join(folder, first), ...others.map(name => relative(dirname(first), name))]
    const said = new Set(group.map(noteOf).filter(note => note !== ''))
    return [[`  ${paths.join('  ')}`, ...(said.size === 0 ? [] : [[...said].join('; ')])]]
  })
  return table(rows, { gaps: [4], width })
}

/** Of the folder that a file is in: `the classes of zoo.thrift`. */
function folderNote(name: string, described: Readonly<Record<string, string>>): string {
  const [, text = ''] = Object.entries(described).find(([folder]) => name.startsWith(`${folder}/`)) ?? []
  return text.replace(/;.*$/s, '').replaceAll('`', '')
}
