import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Check } from './check.js'
import { compilerOf, typescriptIn } from './tsconfig.js'

const id = 'decorators'
/** The most configurations that are read, since each runs the compiler. */
const most = 8

/** Whether all configurations of the project compile decorators in the same mode. */
export const checkDecorators: Check = async ({ folder }) => {
  const tool = typescriptIn(folder)
  const configs = tool === undefined ? [] : (await configsIn(folder)).slice(0, most)
  const modes = await Promise.all(
    configs.map(async config => {
      const options = await compilerOf(tool?.path ?? '', config)
      if (typeof options === 'string') return []
      const mode = options.experimentalDecorators ? 'experimental' : 'standard'
      return [{ mode, config: relative(folder, config) }]
    }),
  )
  const all = modes.flat()
  const [first] = all
  const other = all.find(({ mode }) => mode !== first?.mode)
  if (first === undefined) return []
  if (other === undefined) return [{ id, state: 'ok', message: `${first.mode} ones in ${list(all)}` }]
  return [
    {
      id,
      state: 'warn',
      message: `${first.mode} ones in ${first.config}, and ${other.mode} ones in ${other.config}`,
      why:
        'polywire reads both, but class-validator, class-transformer, inversify and @Arg need experimental ones: ' +
        'a class that runs in one build fails in the other',
      fix: 'set experimentalDecorators in one tsconfig.json, which the others extend',
    },
  ]
}

function list(all: readonly { readonly config: string }[]): string {
  return all.map(({ config }) => config).join(', ')
}

/** `tsconfig*.json` in the folder, and in the folders in it. */
async function configsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const inner = await Promise.all(
    entries
      .filter(entry => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      .map(async entry => {
        const path = join(folder, entry.name)
        return tsconfigs(path, await readdir(path, { withFileTypes: true }).catch((): Dirent[] => []))
      }),
  )
  return [...tsconfigs(folder, entries), ...inner.flat()]
}

function tsconfigs(folder: string, entries: readonly Dirent[]): string[] {
  return entries
    .filter(entry => entry.isFile() && /^tsconfig(?:\.\w+)?\.json$/.test(entry.name))
    .map(({ name }) => join(folder, name))
    .sort()
}
