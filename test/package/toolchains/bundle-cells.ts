import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cell, inBothModes, type Place } from './cell.js'
import { place } from './project.js'
import { placePlugin, untranslated } from './vite-plugin.js'

const esm = { type: 'module', options: { module: 'nodenext' } } as const

/** The program as JavaScript, for bundlers that read no TypeScript. */
async function translated(at: Place): Promise<void> {
  await place(at, esm)
  const flags = ['--target=node20', '--outfile=main.js', '--log-level=warning']
  await at.node(at.tools.path('esbuild/bin/esbuild'), 'main.ts', ...flags)
}

async function byEsbuild(at: Place, format: 'esm' | 'cjs', output: string): Promise<string> {
  await place(at, esm)
  const to = [`--format=${format}`, `--outfile=${output}`]
  const flags = ['--bundle', '--platform=node', '--target=node20', ...to, '--log-level=warning']
  await at.node(at.tools.path('esbuild/bin/esbuild'), 'main.ts', ...flags)
  return at.node(output)
}

async function byVite(at: Place): Promise<string> {
  await place(at, esm)
  await at.node(at.tools.path('vite/bin/vite.js'), 'build', '--ssr', 'main.ts', '--outDir', 'built')
  return at.node('built/main.js')
}

/** A script of a bundler in which `tool(name)` imports a tool. */
async function scripted(at: Place, script: string): Promise<void> {
  const file = join(at.folder, 'bundle.mjs')
  const head = `const tool = async file => (await import(${JSON.stringify(`file://${at.tools.path('')}/`)} + file)).default\n`
  await writeFile(file, `${head}${script}`)
  await at.node(file)
}

export const bundleCells: readonly Cell[] = [
  ...inBothModes({
    row: 'esbuild, bundle',
    column: 'ES module',
    tool: 'esbuild',
    run: at => byEsbuild(at, 'esm', 'bundle.mjs'),
  }),
  ...inBothModes({
    row: 'esbuild, bundle',
    column: 'CommonJS',
    tool: 'esbuild',
    run: at => byEsbuild(at, 'cjs', 'bundle.cjs'),
  }),
  ...inBothModes({
    row: 'rollup',
    column: 'ES module',
    tool: 'rollup',
    run: async at => {
      await translated(at)
      await scripted(
        at,
        `
        const { rollup } = await tool('rollup/dist/rollup.js')
        const resolve = await tool('@rollup/plugin-node-resolve/dist/es/index.js')
        const commonjs = await tool('@rollup/plugin-commonjs/dist/es/index.js')
        const json = await tool('@rollup/plugin-json/dist/es/index.js')
        const plugins = [resolve({ preferBuiltins: true }), commonjs(), json()]
        const bundle = await rollup({ input: 'main.js', plugins, onwarn: () => {} })
        await bundle.write({ dir: 'rolled', format: 'es' })
        await bundle.close()`,
      )
      return at.node('rolled/main.js')
    },
  }),
  ...(['ES module', 'CommonJS'] as const).flatMap(column =>
    inBothModes({
      row: 'webpack',
      column,
      tool: 'webpack',
      run: async at => {
        await translated(at)
        const isModule = column === 'ES module'
        const output = isModule ? { filename: 'bundle.mjs', module: true } : { filename: 'bundle.cjs' }
        await scripted(
          at,
          `
          const webpack = await tool('webpack/lib/index.js')
          const stats = await new Promise((resolve, reject) => webpack({
            mode: 'none',
            target: 'node20',
            entry: './main.js',
            context: process.cwd(),
            output: { path: process.cwd() + '/packed', ...${JSON.stringify(output)} },
            ${isModule ? 'experiments: { outputModule: true },' : ''}
          }, (error, stats) => error ? reject(error) : resolve(stats)))
          if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }))`,
        )
        return at.node(`packed/${output.filename}`)
      },
    }),
  ),
  ...inBothModes({ row: 'vite', column: 'ES module', tool: 'vite', run: byVite }, untranslated),
  {
    row: 'vite',
    column: 'ES module, esbuild as a plugin',
    decorators: 'standard',
    tool: 'vite',
    run: async at => {
      await placePlugin(at)
      return byVite(at)
    },
  },
]
