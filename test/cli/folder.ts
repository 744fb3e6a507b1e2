import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** A folder that is gone when the test ends. */
export async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'polywire-cli-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A project of some files, beside its package.json. */
export async function projectWith(t: ExecutionContext, files: Readonly<Record<string, unknown>>): Promise<string> {
  const cwd = await folder(t)
  for (const [name, text] of Object.entries({ 'package.json': { name: 'shop' }, ...files })) {
    const path = join(cwd, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, typeof text === 'string' ? text : JSON.stringify(text))
  }
  return cwd
}
