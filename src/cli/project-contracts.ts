import { readdir } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { RpcError } from '../core/rpc-error.js'
import type { Contract } from '../idl/format.js'
import { contractOf } from '../idl/module-contract.js'
import { CliError } from './cli-error.js'
import { loadModule } from './load-module.js'
import type { Project } from './project.js'

/** A contract of a project, or why it is none. */
export type ProjectContract = { readonly contract: Contract } | { readonly problem: string }

/** The contracts that a project file names. A module is code and runs. */
export async function contractsIn({ path: file, contracts }: Project): Promise<ProjectContract[]> {
  const folder = dirname(file)
  const found: ProjectContract[] = []
  for (const pattern of contracts) {
    const paths = await matching(pattern, folder)
    if (paths.length === 0) found.push({ problem: `${pattern} matches no file` })
    for (const path of paths) found.push(await contractAt(path, folder))
  }
  return found
}

async function contractAt(path: string, folder: string): Promise<ProjectContract> {
  try {
    return { contract: contractOf(await loadModule(path)) }
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
    const name = relative(folder, path)
    const { message } = error
    return { problem: message.includes(path) ? message.replaceAll(path, name) : `${name}: ${message}` }
  }
}

/** The files of a path, in which a star stands for a part of a name, and two stars for folders. */
async function matching(pattern: string, folder: string): Promise<string[]> {
  if (!pattern.includes('*')) return [resolve(folder, pattern)]
  const fixed = pattern.slice(0, pattern.indexOf('*'))
  const base = fixed.slice(0, fixed.lastIndexOf('/') + 1)
  const source = pattern
    .slice(base.length)
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*/g, stars => (stars === '*' ? '[^/]*' : '(?:.*/)?'))
  const expression = new RegExp(`^${source}$`)
  const names = await readdir(resolve(folder, base), { recursive: true }).catch((): string[] => [])
  return names
    .filter(name => expression.test(name.replaceAll('\\', '/')))
    .sort()
    .map(name => resolve(folder, base, name))
}
