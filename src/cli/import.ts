import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { WrittenFile } from '../idl/format.js'
import type { ReadModel, SourceModel } from '../idl/model.js'
import { generatedBy, writeTypeScript } from '../idl/typescript/write.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { pasted } from './pasted.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const out = typed.valueOf('out')
  if (typed.positionals.length === 0 || out === undefined)
    throw new CliError('import takes FILE... and -o DIR', { hint: 'polywire help import' })
  const read = await readAll(typed)
  const includes = typed.valuesOf('include').map(folder => ` -I ${folder}`)
  const written = writeTypeScript(read.files, ({ source }) => `${source} -o ${out}${includes.join('')}`)
  const results = await Promise.all(written.map(file => compared(file, out)))
  if (typed.has('check')) return check(read, results, { terminal, line: typed.line })
  const foreign = results.find(({ state }) => state === 'foreign')
  if (foreign !== undefined && !typed.has('force'))
    throw new CliError(`${foreign.path} was not written by polywire import; move it away, or replace it by --force`)
  for (const { path, text, state } of results) {
    if (state === 'unchanged') continue
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  await summary(read, results, terminal)
  return exits.ok
}

async function readAll(typed: Typed): Promise<ReadModel> {
  const targets = typed.positionals.filter(name => name.includes('://'))
  const paths = typed.positionals.filter(name => !name.includes('://'))
  for (const path of paths) if (!existsSync(path)) throw new CliError(`there is no file ${path}`)
  const { readSources } = await import('../idl/read-source.js')
  const read = [await readSources(paths, typed.valuesOf('include'))]
  for (const target of targets) {
    const { reflectedModel } = await import('./reflected.js')
    read.push(await reflectedModel(target, typed))
  }
  const files = new Map<string, SourceModel>()
  for (const file of read.flatMap(one => one.files)) {
    const other = files.get(file.path)
    if (other !== undefined) throw new CliError(`${other.source} and ${file.source} would both be ${file.path}.ts`)
    files.set(file.path, file)
  }
  return { files: [...files.values()], notes: read.flatMap(({ notes }) => notes) }
}

interface Result {
  readonly path: string
  readonly text: string
  /** `foreign`: the file that is there has another author. */
  readonly state: 'new' | 'changed' | 'unchanged' | 'reformatted' | 'foreign'
}

async function compared({ path: name, text }: WrittenFile, out: string): Promise<Result> {
  const path = join(out, name)
  const there = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new CliError(`${path} cannot be read: ${error.message}`)
  })
  const state =
    there === undefined
      ? 'new'
      : there === text
        ? 'unchanged'
        : !there.startsWith(generatedBy)
          ? 'foreign'
          : code(there) === code(text)
            ? 'reformatted'
            : 'changed'
  return { path, text, state }
}

/** A file without what a formatter may change. */
function code(text: string): string {
  return text.replace(/[\s;,]/g, '').replaceAll('"', "'")
}

function check(
  read: ReadModel,
  results: readonly Result[],
  { terminal, line }: { readonly terminal: Terminal; readonly line: readonly string[] },
): number {
  const at = results.findIndex(({ state }) => state !== 'unchanged' && state !== 'reformatted')
  if (at < 0) return exits.ok
  const what = results[at]?.state === 'new' ? 'is missing' : `is not what ${read.files[at]?.source} says`
  terminal.err(`polywire: ${results[at]?.path} ${what}\n  ${pasted(line.filter(word => word !== '--check'))}\n`)
  return exits.no
}

async function summary({ files, notes }: ReadModel, results: readonly Result[], terminal: Terminal): Promise<void> {
  if (terminal.isQuiet) return
  for (const note of notes) terminal.err(`note: ${note}\n`)
  if (terminal.isJson) {
    const list = results.map(({ path, state }, at) => {
      const { source, services, messages, enums } = files[at] as SourceModel
      const names = services.map(({ name }) => name)
      return {
        path,
        from: source,
        services: names,
        messages: messages.length,
        enums: enums.length,
        changed: state !== 'unchanged',
      }
    })
    await terminal.out(`${JSON.stringify({ schema: 'polywire.import/1', files: list, refused: [] })}\n`)
    return
  }
  const width = Math.max(0, ...results.map(({ path }) => path.length))
  for (const [at, { path, state }] of results.entries())
    await terminal.out(
      `${path.padEnd(width)}   ${contents(files[at] as SourceModel)}   ${state === 'reformatted' ? 'changed' : state}\n`,
    )
}

function contents({ services, messages, enums }: SourceModel): string {
  const count = (number: number, one: string) => (number === 0 ? [] : [`${number} ${one}${number === 1 ? '' : 's'}`])
  const all = [
    ...services.map(({ name }) => name),
    ...count(messages.length, 'message'),
    ...count(enums.length, 'enum'),
  ]
  return all.join(', ') || 'nothing'
}
