import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { LeftOut, type LeftOutPart } from '../idl/left-out.js'
import type { SourceModel } from '../idl/model.js'
import { generatedBy, writeTypeScript } from '../idl/typescript/write.js'
import { CliError, exits, type RefusedPart } from './cli-error.js'
import type { Typed } from './command.js'
import { type ImportSources, importSources, within } from './import-sources.js'
import { pasted } from './pasted.js'
import { projectOf } from './project.js'
import { systemFault } from './system-fault.js'
import { tabbed, table } from './table.js'
import type { Terminal } from './terminal.js'
import { writeText } from './write-text.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const all = importSources(typed, () => projectOf(typed.valueOf('project'), process.env))
  const leftOut = new LeftOut()
  const results: Result[] = []
  const notes: string[] = []
  for (const sources of all) results.push(...(await importAll(sources, { typed, leftOut, notes })))
  checkPaths(results)
  const refused = leftOut.parts
  const [first] = refused
  if (first !== undefined && !typed.has('skip')) {
    // What is refused for what it uses is no fault of its own.
    const more = refused.filter(({ file }) => file !== undefined).length - 1
    const rest = more === 0 ? '' : `and ${more} more, which --json lists\n`
    const hint = `${rest}to import the rest: ${pasted([...typed.line, '--skip'])}`
    throw new CliError(first.text, { hint, refused: refused.map(withoutText) })
  }
  if (!terminal.isJson) for (const { text } of refused) terminal.err(`left out: ${text}\n`)
  if (typed.has('check')) return check(results, { notes, refused, terminal }, typed.line)
  const foreign = results.find(({ state }) => state === 'foreign')
  if (foreign !== undefined && !typed.has('force'))
    throw new CliError(`${foreign.path} was not written by polywire import; move it away, or replace it by --force`)
  for (const { path, text, state } of results) {
    if (state === 'unchanged') continue
    await writeText(path, text)
  }
  await summary(results, { notes, refused, terminal })
  return refused.length === 0 ? exits.ok : exits.no
}

interface Context {
  readonly typed: Typed
  /** Grows. */
  readonly leftOut: LeftOut
  /** Grows. */
  readonly notes: string[]
}

async function importAll({ from, include, to, folder }: ImportSources, context: Context): Promise<Result[]> {
  const { typed, leftOut, notes } = context
  const { readSources } = await import('../idl/read-source.js')
  const paths = from.filter(name => !name.includes('://')).map(name => within(folder, name))
  const includes = include.map(one => within(folder, one))
  const read = [await readSources(paths, includes, leftOut)]
  for (const target of from.filter(name => name.includes('://'))) {
    const { reflectedModel } = await import('./reflected.js')
    read.push(await reflectedModel(target, typed, leftOut))
  }
  notes.push(...read.flatMap(one => one.notes))
  const files = read.flatMap(one => one.files)
  const flags = [...include.map(one => ` -I ${one}`), ...(typed.has('skip') ? [' --skip'] : [])].join('')
  const nameOf = (source: string) => (folder === '.' || source.includes('://') ? source : relative(folder, source))
  const written = writeTypeScript(files, ({ source }) => `${nameOf(source)} -o ${to}${flags}`)
  const made = written.map(({ path, text }, at) => ({
    path: join(within(folder, to), path),
    text,
    file: files[at] as SourceModel,
  }))
  return Promise.all(made.map(compared))
}

/** @throws CliError for two sources of one file, or of two that are one on a disk that ignores case */
function checkPaths(results: readonly Result[]): void {
  const known = new Map<string, Result>()
  for (const result of results) {
    const { path, file } = result
    const other = known.get(path.toLowerCase())
    if (other !== undefined && other.file.source !== file.source) {
      const both = `${other.file.source} and ${file.source} would both be ${path}`
      throw new CliError(other.path === path ? both : `${both} on a disk that ignores case; rename one`)
    }
    known.set(path.toLowerCase(), result)
  }
}

interface Made {
  readonly path: string
  readonly text: string
  readonly file: SourceModel
}

interface Result extends Made {
  /** `foreign`: the file that is there has another author. */
  readonly state: 'new' | 'changed' | 'unchanged' | 'reformatted' | 'foreign'
}

async function compared({ path, text, file }: Made): Promise<Result> {
  const there = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new CliError(`${path} cannot be read: ${systemFault(error)}`)
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
  return { path, text, file, state }
}

/** A file without what a formatter may change. */
function code(text: string): string {
  return text.replace(/[\s;,]/g, '').replaceAll('"', "'")
}

async function check(results: readonly Result[], summary: Summary, line: readonly string[]): Promise<number> {
  const { terminal } = summary
  const wrong = results.find(isWrong)
  if (terminal.isJson) await printJson(results, summary, isWrong)
  if (wrong === undefined) return exits.ok
  if (terminal.isJson) return exits.no
  const what = wrong.state === 'new' ? 'is missing' : `is not what ${wrong.file.source} says`
  const hint = pasted(line.filter(word => word !== '--check'))
  throw new CliError(`${wrong.path} ${what}`, { hint, exit: exits.no })
}

/** A file that is not what its source says. White space is the formatter's. */
function isWrong({ state }: Result): boolean {
  return state !== 'unchanged' && state !== 'reformatted'
}

interface Summary {
  readonly notes: readonly string[]
  readonly refused: readonly LeftOutPart[]
  readonly terminal: Terminal
}

function withoutText({ text: _, ...part }: LeftOutPart): RefusedPart {
  return part
}

/** @param isChanged whether a file was written, or with `--check` would have to be */
async function printJson(
  results: readonly Result[],
  { refused, terminal }: Summary,
  isChanged: (result: Result) => boolean,
): Promise<void> {
  const files = results.map(result => {
    const { services, messages, enums, source } = result.file
    const counts = { messages: messages.length, enums: enums.length }
    const names = services.map(({ name }) => name)
    return { path: result.path, from: source, services: names, ...counts, changed: isChanged(result) }
  })
  const parts = refused.map(withoutText)
  await terminal.out(`${JSON.stringify({ schema: 'polywire.import/1', files, refused: parts })}\n`)
}

async function summary(results: readonly Result[], all: Summary): Promise<void> {
  const { notes, terminal } = all
  if (terminal.isQuiet) return
  for (const note of notes) terminal.err(`note: ${note}\n`)
  if (terminal.isJson) return printJson(results, all, ({ state }) => state !== 'unchanged')
  const rows = results.map(({ path, state, file }) => [
    path,
    contents(file),
    state === 'reformatted' ? 'changed' : state,
    ...(file.source.includes('://') && !isDescribed(file) ? ['(reflection tells no comments)'] : []),
  ])
  await terminal.out(terminal.width === undefined ? tabbed(rows) : table(rows, { gaps: [3], width: terminal.width }))
}

/** Whether its source describes a service, a method, a message or a field. */
function isDescribed({ services, messages }: SourceModel): boolean {
  return (
    services.some(({ doc, methods }) => doc !== undefined || methods.some(one => one.doc !== undefined)) ||
    messages.some(({ doc, fields }) => doc !== undefined || fields.some(one => one.doc !== undefined))
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
