import { access } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a program is installed, as a shell would find it. */
export async function programPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, program)
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
