import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { isObject } from '../codecs/values/fault.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { filesOf } from './glob.js'
import type { Project } from './project.js'

/** Sources that are imported together. Paths are as the first line of the result has them: relative to `folder`. */
export interface ImportSources {
  /** Files, and servers with reflection. */
  readonly from: readonly string[]
  readonly include: readonly string[]
  readonly to: string
  readonly folder: string
}

/** What to import: what was typed, or else all that the project file lists. @throws CliError if neither says */
export function importSources(typed: Typed, project: () => Project | undefined): ImportSources[] {
  const to = typed.valueOf('out')
  const from = typed.positionals
  if (from.length > 0 && to !== undefined)
    return [{ from: checked(from, '.'), include: typed.valuesOf('include'), to, folder: '.' }]
  const found = from.length > 0 || to !== undefined ? undefined : project()
  if (found?.settings.import !== undefined) return entriesOf(found)
  throw new CliError('import takes FILE... and -o DIR, or the key import of polywire.json', {
    hint: 'polywire help import',
  })
}

function entriesOf({ path, settings }: Project): ImportSources[] {
  const folder = relative(process.cwd(), dirname(path)) || '.'
  const fail = (key: string, why: string) => new CliError(`${path}: ${key} ${why}`)
  const entries = settings.import
  if (!Array.isArray(entries) || entries.length === 0) throw fail('import', 'must be a list of { from, include, to }')
  return entries.map((entry: unknown, at) => {
    const key = `import[${at}]`
    if (!isObject(entry)) throw fail(key, `must be an object, got ${JSON.stringify(entry)}`)
    const unknown = Object.keys(entry).find(name => !['from', 'include', 'to'].includes(name))
    if (unknown !== undefined) throw fail(key, `has no setting ${unknown}; it has from, include and to`)
    const { from, include = [], to } = entry
    const patterns = typeof from === 'string' ? [from] : from
    if (!isTexts(patterns) || patterns.length === 0) throw fail(`${key}.from`, 'must be a path, or a list of paths')
    if (!isTexts(include)) throw fail(`${key}.include`, 'must be a list of folders')
    if (typeof to !== 'string' || to === '') throw fail(`${key}.to`, 'must be a folder')
    const files = patterns.flatMap(pattern => {
      if (pattern.includes('://')) return [pattern]
      const matched = filesOf(folder, pattern).map(file => relative(folder, file))
      if (matched.length === 0) throw fail(`${key}.from`, `matches no file: ${pattern}`)
      return matched
    })
    return { from: checked(files, folder), include, to, folder }
  })
}

/** A path as it is written, from where the command runs. */
export function within(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string')
}

function checked(from: readonly string[], folder: string): readonly string[] {
  const missing = from.find(name => !name.includes('://') && !existsSync(resolve(folder, name)))
  if (missing !== undefined)
    throw new CliError(`there is no file ${within(folder, missing)}`, { hint: serverHint(missing) })
  return from
}

/** Of an address without a scheme, which could be a file's name. */
function serverHint(name: string): string | undefined {
  const [, host, port] = /^([\w.-]*):(\d+)$/.exec(name) ?? []
  return port === undefined ? undefined : `a server needs its scheme: grpc://${host || '127.0.0.1'}:${port}`
}
