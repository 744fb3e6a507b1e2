import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { jsonMistake } from '../config/parse-config.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { markedAt } from './json-place.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import { systemFault } from './system-fault.js'

/** A target of a project file: an address, or one with what its calls need. */
export interface NamedTarget {
  readonly at: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tls?: Readonly<Record<'ca' | 'cert' | 'key' | 'serverName', string>>
  readonly contracts?: readonly string[]
}

export interface Project {
  /** Of the file. Paths in it are relative to its folder. */
  readonly path: string
  readonly contracts: readonly string[]
  readonly targets: Readonly<Record<string, NamedTarget>>
  /** All that the file has. */
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * Reads `polywire.json`, or the key `polywire` of a package.json: the nearest one, up to the root of the repository.
 * @param given the value of `--project`
 * @throws CliError for a file that is not there, not JSON or malformed
 */
export function projectOf(given: string | undefined, env: NodeJS.ProcessEnv): Project | undefined {
  const named = given ?? env.POLYWIRE_PROJECT
  if (named !== undefined) return read(resolve(named))
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const found = readIn(folder)
    if (found !== undefined) return found
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return undefined
  }
}

function readIn(folder: string): Project | undefined {
  const own = join(folder, 'polywire.json')
  if (existsSync(own)) return read(own)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return undefined
  const { polywire } = json(manifest) as { readonly polywire?: unknown }
  return polywire === undefined ? undefined : checked(manifest, polywire)
}

function read(path: string): Project {
  return checked(path, json(path))
}

function json(path: string): object {
  const text = textOf(path)
  try {
    return JSON.parse(text) as object
  } catch {
    const { at, what } = jsonMistake(text)
    const { where, hint } = markedAt(text, at, { line: 1, column: 1 })
    throw new CliError(`${path}, ${where}: ${what}`, { hint })
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${systemFault(error)}`)
  }
}

function checked(path: string, value: unknown): Project {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CliError(`${path}: ${path.endsWith('package.json') ? 'polywire' : 'it'} must be an object`)
  const { contracts = [], targets = {} } = value as { contracts?: unknown; targets?: unknown }
  if (!isList(contracts)) throw new CliError(`${path}: contracts must be a list of paths`)
  if (typeof targets !== 'object' || targets === null) throw new CliError(`${path}: targets must be an object`)
  const entries = Object.entries(targets).map(([name, target]): [string, NamedTarget] => {
    const whole = (typeof target === 'string' ? { at: target } : target) as NamedTarget | null
    if (typeof whole?.at !== 'string')
      throw new CliError(`${path}: targets.${name} must be an address, or an object with the address as "at"`)
    return [name, whole]
  })
  return { path, contracts, targets: Object.fromEntries(entries), settings: value as Project['settings'] }
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string')
}

/**
 * The command line with a target's name replaced by what the project file has of it. Flags that were typed win.
 * @throws CliError for a name that no target has
 */
export function namedTarget(typed: Typed, env: NodeJS.ProcessEnv): Typed {
  const [name = '', ...rest] = typed.positionals
  const project = projectOf(typed.valueOf('project'), env)
  const target = project?.targets[name]
  // With a contract the first word may be a method.
  if (target === undefined && typed.valuesOf('contract').length > 0) return typed
  if (project === undefined || target === undefined) throw unknownTarget(name, project, typed.line)
  const folder = dirname(project.path)
  const filled = (text: string) => fromEnvironment(text, `${project.path}: targets.${name}`, env)
  const path = (file: string | undefined) => (file === undefined ? [] : [resolve(folder, filled(file))])
  const { tls, headers = {}, contracts = [] } = target
  const flags: Readonly<Record<string, readonly string[]>> = {
    header: Object.entries(headers).map(([header, value]) => `${header}: ${filled(value)}`),
    cacert: path(tls?.ca),
    cert: path(tls?.cert),
    key: path(tls?.key),
    'server-name': tls?.serverName === undefined ? [] : [tls.serverName],
    contract: typed.valuesOf('contract').length > 0 ? [] : contracts.flatMap(path),
  }
  const valuesOf = (flag: string) => [...(flags[flag] ?? []), ...typed.valuesOf(flag)]
  return {
    ...typed,
    positionals: [target.at, ...rest],
    valuesOf,
    valueOf: flag => valuesOf(flag).at(-1),
  }
}

function unknownTarget(name: string, project: Project | undefined, line: readonly string[]): CliError {
  const names = Object.keys(project?.targets ?? {})
  if (project === undefined || names.length === 0)
    return new CliError(
      `${name} is not a target; write :8080, host:8080 or grpc://host:8080, or name it in polywire.json`,
    )
  const close = nearest(name, names)
  return new CliError(
    `${project.path} has no target ${name}${close === undefined ? `; it has ${names.join(', ')}` : `. Did you mean ${close}?`}`,
    { hint: mended(line, name, close) },
  )
}

/** @throws CliError for a variable that is not set */
function fromEnvironment(text: string, where: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = env[name]
    if (value === undefined) throw new CliError(`${where} needs the environment variable ${name}, which is not set`)
    return value
  })
}
