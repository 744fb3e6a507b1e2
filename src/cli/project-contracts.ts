import { dirname, relative } from 'node:path'
import { RpcError } from '../core/rpc-error.js'
import type { Contract } from '../idl/format.js'
import { CliError } from './cli-error.js'
import { filesOf } from './glob.js'
import type { Project } from './project.js'
import { documentedContract } from './source-docs.js'

/** A contract of a project, or why it is none. */
export type ProjectContract = { readonly contract: Contract } | Problem

interface Problem {
  readonly problem: string
  /** What to type. */
  readonly fix?: string
}

/** The contracts that a project file names. A module is code and runs. */
export async function contractsIn({ path: file, contracts }: Project): Promise<ProjectContract[]> {
  const folder = dirname(file)
  const found: ProjectContract[] = []
  for (const pattern of contracts) {
    const paths = filesOf(folder, pattern)
    if (paths.length === 0) found.push({ problem: `${pattern} matches no file` })
    for (const path of paths) found.push(await contractAt(path, folder))
  }
  return found
}

async function contractAt(path: string, folder: string): Promise<ProjectContract> {
  try {
    return { contract: await documentedContract(path) }
  } catch (error) {
    if (!(error instanceof CliError) && !(error instanceof RpcError)) throw error
    const name = relative(folder, path)
    const { message } = error
    const fix = error instanceof CliError ? error.hint : undefined
    const problem = message.includes(path) ? message.replaceAll(path, name) : `${name}: ${message}`
    return { problem, ...(fix !== undefined && { fix }) }
  }
}
