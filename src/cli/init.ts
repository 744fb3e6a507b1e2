import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { version } from '../server/version.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { filesText } from './init-summary.js'
import { helloCode, starter } from './starter.js'
import { firstSteps, type PackageManager, packageManagers, type Starter, type StarterCode } from './starter-files.js'
import { systemFault } from './system-fault.js'
import type { Terminal } from './terminal.js'
import { writeText } from './write-text.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [folder = '.', ...others] = typed.positionals
  // One that is empty comes from a variable of the shell that is not set.
  if (folder === '') throw new CliError('DIR must not be empty; leave it out for this folder')
  if (others.length > 0) throw new CliError('init takes one DIR', { hint: 'polywire help init' })
  const wanted = await starterOf(folder, typed, terminal)
  const from = typed.valueOf('from')
  const code = from === undefined ? undefined : await codeFrom(from, folder, typed)
  const files = Object.entries(starter(wanted, code)).map(([name, text]) => ({ name, text, path: join(folder, name) }))
  const states = await Promise.all(files.map(stateOf))
  const differs = files.find((_, at) => states[at] === 'differs')
  if (differs !== undefined && !typed.has('force'))
    throw new CliError(`${differs.path} is there already and differs; nothing was written. To replace it: --force`)
  for (const [at, { path, text }] of files.entries()) {
    if (states[at] === 'same') continue
    await writeText(path, text)
  }
  const written = files.filter((_, at) => states[at] !== 'same').map(({ name }) => name)
  const { described } = code ?? helloCode
  await print({ folder, files: written, manager: wanted.manager, described }, terminal)
  return exits.ok
}

async function codeFrom(source: string, folder: string, typed: Typed) {
  const { starterFrom } = await import('./starter-from.js')
  return starterFrom(source, folder, typed.valuesOf('include'))
}

/** What flags say, and on a terminal the answers to two questions. */
async function starterOf(folder: string, typed: Typed, { ask }: Terminal): Promise<Starter> {
  const ci = typed.valueOf('ci')
  if (ci !== undefined && ci !== 'github') throw new CliError(`--ci must be github, got ${JSON.stringify(ci)}`)
  const given = { name: typed.valueOf('name'), manager: typed.valueOf('package') }
  const found = { name: packageName(basename(resolve(folder))), manager: 'npm' }
  const questions = [
    { key: 'name', text: `name        [${found.name}] ` },
    { key: 'manager', text: `package     [npm] ${packageManagers.join(', ')}: ` },
  ] as const
  const open = ask === undefined || typed.has('yes') ? [] : questions.filter(({ key }) => given[key] === undefined)
  const answers = open.length === 0 || ask === undefined ? [] : await ask(open.map(({ text }) => text))
  const answer = (key: keyof typeof given) =>
    given[key] ?? (answers[open.findIndex(one => one.key === key)] || found[key])
  return { name: checkedName(answer('name')), manager: managerNamed(answer('manager')), version: version(), ci }
}

function managerNamed(text: string): PackageManager {
  const manager = packageManagers.find(one => one === text)
  if (manager !== undefined) return manager
  throw new CliError(`--package must be one of ${packageManagers.join(', ')}, got ${JSON.stringify(text)}`)
}

function checkedName(text: string): string {
  if (/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text)) return text
  throw new CliError(`a package cannot be named ${JSON.stringify(text)}; npm allows lower case, digits, - . _ ~`)
}

/** The folder's name, as npm allows it. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._-]+/, '')
  return name === '' ? 'service' : name
}

async function stateOf({ path, text }: { readonly path: string; readonly text: string }) {
  const there = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new CliError(`${path} cannot be read: ${systemFault(error)}`)
  })
  return there === undefined ? 'missing' : there === text ? 'same' : 'differs'
}

async function print(
  {
    folder,
    files,
    manager,
    described,
  }: {
    readonly folder: string
    readonly files: readonly string[]
    readonly manager: PackageManager
    readonly described: StarterCode['described']
  },
  { isJson, isQuiet, out, width }: Terminal,
): Promise<void> {
  if (isJson) return out(`${JSON.stringify({ schema: 'polywire.init/1', folder, files })}\n`)
  if (isQuiet) return
  const enter = folder === '.' ? '' : `cd ${folder} && `
  const list = filesText({ folder, names: files }, described, width)
  await out(files.length === 0 ? 'everything is there already\n' : `${list}\n  ${enter}${firstSteps(manager)}\n`)
}
