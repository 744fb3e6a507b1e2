import { join } from 'node:path'
import { carried, type NotCarried } from '../idl/carried.js'
import type { ExportFormat, WrittenFile } from '../idl/format.js'
import { exportFormats, type FormatName } from '../idl/formats.js'
import { isSource } from '../idl/read-source.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { pasted } from './pasted.js'
import { documentedContract } from './source-docs.js'
import type { Terminal } from './terminal.js'
import { writeText } from './write-text.js'

const names = Object.keys(exportFormats) as FormatName[]

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [name, ...others] = typed.positionals
  if (name === undefined || others.length > 0)
    throw new CliError('export takes one MODULE', { hint: 'polywire help export' })
  const format = formatOf(typed)
  if (isSource(name)) throw notExported(name)
  const whole = await documentedContract(name)
  if (Object.values(whole).every(declared => declared.length === 0))
    throw new CliError(`${name} exports no @Service and no @Message class`)
  const { contract, refused } = carried(whole, format)
  const [first] = refused
  if (first !== undefined && !typed.has('skip'))
    throw new CliError(`${first.construct}: ${first.why}. To export the rest: --skip`)
  if (!terminal.isJson) for (const { construct, why } of refused) terminal.err(`left out: ${construct}: ${why}\n`)
  await deliver({ files: format.write(contract), refused }, typed, terminal)
  return refused.length === 0 ? exits.ok : exits.no
}

/** Of an interface definition, which other commands turn into classes and into other formats. */
function notExported(name: string): CliError {
  const other = names.find(one => !name.endsWith(`.${one}`)) ?? 'proto'
  return new CliError(`${name} is an interface definition, and export takes a module of classes`, {
    hint: [
      `its classes: ${pasted(['import', name, '-o', 'src/contracts'])}`,
      `in another format: ${pasted(['describe', '-c', name, '--as', other])}`,
    ].join('\n'),
  })
}

function formatOf(typed: Typed): ExportFormat {
  const chosen = names.filter(name => typed.has(name))
  if (chosen.length !== 1)
    throw new CliError(`name one format: ${names.map(name => `--${name}`).join(' ')}`, { hint: 'polywire help export' })
  return exportFormats[chosen[0] as FormatName]
}

interface Result {
  readonly files: readonly WrittenFile[]
  readonly refused: readonly NotCarried[]
}

async function deliver({ files, refused }: Result, typed: Typed, terminal: Terminal): Promise<void> {
  const to = typed.valueOf('out')
  const [file, ...others] = files
  if (file === undefined) throw new CliError('there is no service that this format can describe')
  const isFolder = to?.endsWith('/') === true
  checkPaths(files)
  if (!isFolder && others.length > 0 && !(terminal.isJson && to === undefined))
    throw new CliError(
      `the result is ${files.length} files: ${files.map(({ path }) => path).join(', ')}. Name a folder: -o idl/`,
    )
  const placed = files.map(({ path, text }) => ({
    path: to === undefined || !isFolder ? (to ?? path) : join(to, path),
    text,
  }))
  const hint = to && `for a folder, write a slash behind it: -o ${to}/`
  if (to !== undefined) for (const { path, text } of placed) await writeText(path, text, hint)
  if (terminal.isJson) {
    const list = placed.map(({ path, text }) => (to === undefined ? { path, text } : { path }))
    await terminal.out(`${JSON.stringify({ schema: 'polywire.export/1', files: list, refused })}\n`)
  } else if (to === undefined) await terminal.out(file.text)
}

/** @throws CliError for two files that are one on a disk that ignores case */
function checkPaths(files: readonly WrittenFile[]): void {
  const known = new Map<string, string>()
  for (const { path } of files) {
    const other = known.get(path.toLowerCase())
    if (other !== undefined)
      throw new CliError(
        `${other} and ${path} would be one file on a disk that ignores case; rename a package or service`,
      )
    known.set(path.toLowerCase(), path)
  }
}
