import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Contract } from '../../../src/idl/format.js'
import type { SourceModel } from '../../../src/idl/model.js'
import { contractOf } from '../../../src/idl/module-contract.js'
import { writeTypeScript } from '../../../src/idl/typescript/write.js'
import { repository } from './corpus.js'
import { runs } from './programs.js'

/** Files that were imported together. */
export interface ImportedGroup {
  readonly name: string
  readonly models: readonly SourceModel[]
}

/**
 * Compiles the classes of all groups: TypeScript checks them under the strictest flags, and esbuild makes JavaScript of them.
 * @param cwd below the repository
 * @returns loads the classes of a group, as `import` finds them
 */
export async function classesIn(
  cwd: string,
  groups: readonly ImportedGroup[],
): Promise<(group: ImportedGroup) => Promise<Contract>> {
  const entryPoints: string[] = []
  for (const { name, models } of groups)
    for (const { path, text } of writeTypeScript(models, () => '')) {
      const file = join(cwd, name, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      entryPoints.push(file)
    }
  // With this root `polywire` is its source, which has types.
  const compilerOptions = { rootDir: repository, noEmit: true, declaration: true, noUnusedLocals: true }
  const config = { extends: join(repository, 'tsconfig.json'), include: ['.'], exclude: ['js'], compilerOptions }
  await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  await runs(process.execPath, [tsc, '-p', cwd], cwd)
  const tsconfigRaw = { compilerOptions: { target: 'es2022', experimentalDecorators: true } }
  await build({ entryPoints, outdir: join(cwd, 'js'), outbase: cwd, format: 'esm', tsconfigRaw, logLevel: 'error' })
  return async ({ name, models }) => {
    const exported: Record<string, unknown> = {}
    for (const { path } of models) {
      const module = (await import(pathToFileURL(join(cwd, 'js', name, `${path}.js`)).href)) as object
      for (const [key, value] of Object.entries(module)) exported[`${path} ${key}`] = value
    }
    return contractOf(exported)
  }
}
