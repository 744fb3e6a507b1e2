import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { type Snapshot, snapshotOf, snapshotOfModels } from '../idl/check/snapshot.js'
import type { Contract } from '../idl/format.js'
import { contractOf } from '../idl/module-contract.js'
import { isLock, isSource } from '../idl/read-source.js'
import { CliError } from './cli-error.js'
import type { Typed } from './command.js'
import { readContractFiles } from './contract-files.js'
import { filesOf } from './glob.js'
import { loadModule } from './load-module.js'
import type { Project } from './project.js'

/** The contracts that a command works on: what was typed, `--contract`, or those of the project. @throws CliError if there are none */
export function sourcesFor(typed: Typed, project: Project | undefined, command: string): string[] {
  const given = [...typed.positionals, ...typed.valuesOf('contract')]
  if (given.length > 0) return given
  const found = (project?.contracts ?? []).flatMap(pattern => filesOf(dirname(project?.path ?? '.'), pattern))
  if (found.length > 0) return found.map(path => relative(process.cwd(), path))
  const where = project === undefined ? 'there is no polywire.json' : `${project.path} names no file by contracts`
  throw new CliError(`say where the contract is; ${where}`, { hint: `polywire ${command} src/contract.ts` })
}

/** @throws CliError or Refusal if one cannot be read */
export async function snapshotFrom(names: readonly string[], includes: readonly string[]): Promise<Snapshot> {
  const sources = names.filter(isSource)
  const modules = names.filter(name => !isSource(name))
  if (modules.length === 0) return snapshotOfModels(await readContractFiles(sources, includes))
  if (sources.length > 0) throw new CliError(`${modules[0]} is a module and ${sources[0]} is not; check them apart`)
  const contracts: Contract[] = []
  for (const name of modules) contracts.push(contractOf(await loadModule(name)))
  const services = new Map(contracts.flatMap(one => one.services).map(one => [one.name, one]))
  const messages = new Map(contracts.flatMap(one => one.messages).map(one => [one.name, one]))
  if (services.size + messages.size === 0)
    throw new CliError(`${modules.join(', ')}: no @Service and no @Message class is exported`)
  return snapshotOf({ services: [...services.values()], messages: [...messages.values()] })
}

/** Where things are declared, in the sources that are text. */
export class Places {
  private readonly texts: readonly { readonly path: string; readonly text: string }[]

  constructor(sources: readonly string[]) {
    this.texts = sources
      .filter(path => !isLock(path) && existsSync(path))
      .map(path => ({ path, text: withoutComments(readFileSync(path, 'utf8')) }))
  }

  /** The first line with the last of these names behind the others: `['Order', 'count']`. */
  find(names: readonly string[]): { readonly file: string; readonly line: number } | undefined {
    for (const { path, text } of this.texts) {
      let at = -1
      const isThere = names.every(name => {
        const form = new RegExp(`(?<![\\w])${name.replace(/[^\w]/g, '\\$&')}(?![\\w])`, 'g')
        form.lastIndex = at + 1
        const found = form.exec(text)
        at = found?.index ?? at
        return found !== null
      })
      if (isThere && at >= 0) return { file: path, line: text.slice(0, at).split('\n').length }
    }
    return undefined
  }
}

/** A source whose comments are blank, so that each line stays where it is. What looks like a comment in a string is none. */
function withoutComments(text: string): string {
  const stringOrComment = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/.*|\/\*[\s\S]*?\*\//g
  return text.replace(stringOrComment, part => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part))
}
