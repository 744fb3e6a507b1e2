import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError } from './cli-error.js'
import { systemFault } from './system-fault.js'

/** Writes a file, and the folders that it is in. @param hint for a path that is a folder @throws CliError if it cannot be written */
export async function writeText(path: string, text: string, hint?: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR')
      throw new CliError(`${path} is a folder, and a file was to be written`, { hint, cause: error })
    throw new CliError(`${path} cannot be written: ${faultOf(error)}`, { cause: error })
  }
}

/** A folder above the file may be a file. */
function faultOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOTDIR' || code === 'EEXIST' ? 'a folder of its path is a file' : systemFault(error)
}
