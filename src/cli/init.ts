import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { starter } from './starter.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [folder = '.', ...others] = typed.positionals
  if (others.length > 0) throw new CliError('init takes one DIR', { hint: 'polywire help init' })
  const files = Object.entries(starter(packageName(folder), version())).map(([name, text]) => ({
    name,
    text,
    path: join(folder, name),
  }))
  const states = await Promise.all(files.map(stateOf))
  const differs = files.find((_, at) => states[at] === 'differs')
  if (differs !== undefined && !typed.has('force'))
    throw new CliError(`${differs.path} is there already and differs; nothing was written. To replace it: --force`)
  for (const [at, { path, text }] of files.entries()) {
    if (states[at] === 'same') continue
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  await print({ folder, files: files.filter((_, at) => states[at] !== 'same').map(({ name }) => name) }, terminal)
  return exits.ok
}

/** The folder's name, as npm allows it. */
function packageName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._-]+/, '')
  return name === '' ? 'service' : name
}

async function stateOf({ path, text }: { readonly path: string; readonly text: string }) {
  const there = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new CliError(`${path} cannot be read: ${error.message}`)
  })
  return there === undefined ? 'missing' : there === text ? 'same' : 'differs'
}

async function print(
  { folder, files }: { readonly folder: string; readonly files: readonly string[] },
  { isJson, isQuiet, out }: Terminal,
): Promise<void> {
  if (isJson) return out(`${JSON.stringify({ schema: 'polywire.init/1', folder, files })}\n`)
  if (isQuiet) return
  const enter = folder === '.' ? '' : `cd ${folder} && `
  const list = files.map(name => `  ${join(folder, name)}\n`).join('')
  await out(
    files.length === 0 ? 'everything is there already\n' : `${list}\n  ${enter}npm install && npm test && npm start\n`,
  )
}
