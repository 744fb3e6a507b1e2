import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
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

/** A TypeScript that has the compiler API, which this repository's own, 7, has not. */
export const compiler = dirname(
  createRequire(createRequire(import.meta.url).resolve('@bufbuild/protoplugin')).resolve('typescript/package.json'),
)

/** Installs polywire, esbuild and other packages in a project. */
export async function install(
  cwd: string,
  root: string,
  packages: Readonly<Record<string, string>> = {},
): Promise<void> {
  const links = { esbuild: join(root, 'node_modules/esbuild'), polywire: root, ...packages }
  for (const [name, from] of Object.entries(links)) {
    const path = join(cwd, 'node_modules', name)
    await mkdir(dirname(path), { recursive: true })
    await symlink(from, path)
  }
}
