import { statSync } from 'node:fs'
import { RpcError } from '../core/rpc-error.js'
import type { ReadModel } from '../idl/model.js'
import { readSources } from '../idl/read-source.js'
import { CliError } from './cli-error.js'

/**
 * Reads contracts that are not modules.
 * @param includes folders in which their imports are looked for
 * @throws CliError for one that is not a file or not of its format; Refusal for what it says
 */
export async function readContractFiles(paths: readonly string[], includes: readonly string[]): Promise<ReadModel> {
  for (const path of paths) checkFile(path)
  try {
    return await readSources(paths, includes)
  } catch (error) {
    // The bytes of a descriptor set.
    if (error instanceof RpcError) throw new CliError(`${paths.join(', ')}: ${error.message}`, { cause: error })
    throw error
  }
}

function checkFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new CliError(`there is no file ${path}`)
  if (found.isDirectory()) throw new CliError(`${path} is a folder, not a contract`)
}
