import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TransformConfig } from '@swc/core'
import { transform as transformByEsbuild } from 'esbuild'
import { transformBySwc } from './swc.js'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
export const run = promisify(execFile)
export const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** A folder in `build/`, where `polywire` is this package itself. */
export async function compiledFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(root, 'build', 'compiled-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Compiles TypeScript files of one folder into another, without checking them. */
export type Compiler = (files: readonly string[], out: string) => Promise<void>

function each(compile: (source: string) => Promise<string>): Compiler {
  return async (files, out) => {
    await mkdir(out, { recursive: true })
    for (const file of files) {
      const code = await compile(await readFile(file, 'utf8'))
      await writeFile(join(out, file.replace(/^.*[\\/]/, '').replace(/ts$/, 'js')), code)
    }
  }
}

function esbuild(experimentalDecorators: boolean): Compiler {
  const options = {
    loader: 'ts',
    target: 'es2022',
    tsconfigRaw: { compilerOptions: { experimentalDecorators } },
  } as const
  return each(async source => (await transformByEsbuild(source, options)).code)
}

function swc(transform: TransformConfig): Compiler {
  const parser = { syntax: 'typescript', decorators: true } as const
  const jsc = { target: 'es2022', parser, transform } as const
  return each(source => transformBySwc(source, { swcrc: false, module: { type: 'es6' }, jsc }))
}

function byTsc(experimentalDecorators: boolean): Compiler {
  return async (files, out) => {
    const sources = join(out, 'src')
    await mkdir(sources, { recursive: true })
    for (const file of files) await copyFile(file, join(sources, file.replace(/^.*[\\/]/, '')))
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      experimentalDecorators,
      verbatimModuleSyntax: true,
      types: [],
      noCheck: true,
      noResolve: true,
      rootDir: 'src',
      outDir: '.',
    }
    await writeFile(join(out, 'package.json'), JSON.stringify({ type: 'module' }))
    await writeFile(
      join(out, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: files.map(file => file.replace(/^.*[\\/]/, 'src/')) }),
    )
    await run(process.execPath, [tsc, '-p', out])
    await rm(join(out, 'package.json'))
  }
}

/** By the mode of decorators that they emit. */
export const compilers = {
  legacy: { tsc: byTsc(true), esbuild: esbuild(true), swc: swc({ legacyDecorator: true }), 'swc by default': swc({}) },
  standard: {
    tsc: byTsc(false),
    esbuild: esbuild(false),
    'swc 2022-03': swc({ decoratorVersion: '2022-03' }),
    'swc 2023-11': swc({ decoratorVersion: '2023-11' as '2022-03' }),
  },
} satisfies Record<string, Record<string, Compiler>>
