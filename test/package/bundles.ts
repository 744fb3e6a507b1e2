import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { type BuildOptions, build } from 'esbuild'
import { type Plugin, rollup } from 'rollup'

const program = fileURLToPath(new URL('program.js', import.meta.url))

/** Puts the program into a folder in which the package is installed. @returns its file */
export async function placeProgram(folder: string): Promise<string> {
  const file = join(folder, 'program.js')
  await copyFile(program, file)
  return file
}

/** Each bundles a program and returns the file to run. */
export const bundlers: Readonly<Record<string, (file: string) => Promise<string>>> = {
  'esbuild, ES module': file => byEsbuild(file, 'esm.mjs', { format: 'esm' }),
  'esbuild, minified ES module': file => byEsbuild(file, 'min.mjs', { format: 'esm', minify: true }),
  'esbuild, ES module in chunks': async file => {
    const outdir = join(dirname(file), 'chunks')
    await byEsbuild(file, undefined, { format: 'esm', splitting: true, outdir })
    return join(outdir, 'program.js')
  },
  'esbuild, CommonJS': file => byEsbuild(file, 'common.cjs', {}),
  'esbuild, minified CommonJS': file => byEsbuild(file, 'min.cjs', { minify: true }),
  rollup: byRollup,
}

export async function byEsbuild(file: string, output: string | undefined, options: BuildOptions): Promise<string> {
  const outfile = join(dirname(file), output ?? '')
  const { warnings } = await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    ...(output !== undefined && { outfile }),
    ...options,
  })
  if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join('; ')}`)
  return outfile
}

/** Their declarations are of CommonJS and their code is not. */
type MakePlugin = (options?: object) => Plugin
const [readCommonJs, readJson] = [commonjs, json] as unknown as [MakePlugin, MakePlugin]

async function byRollup(file: string): Promise<string> {
  const dir = join(dirname(file), 'rolled')
  const bundle = await rollup({
    input: file,
    plugins: [nodeResolve({ preferBuiltins: true }), readCommonJs(), readJson()],
    onwarn: () => {},
  })
  await bundle.write({ dir, format: 'es' })
  await bundle.close()
  return join(dir, 'program.js')
}
