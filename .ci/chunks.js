// What makes `import 'polywire'` fast: few files, and no package that Node would have to find, read and compile by itself. The reasons and
// figures are in docs/decisions/bundled-dist.md.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { build } from 'esbuild'

/** Packages whose code goes into the chunks, by what the source imports. */
const inlined = {
  // The one of pages uses nothing of Node, so that the chunks run in workers, too.
  'lru-cache': 'node_modules/lru-cache/dist/esm/browser/index.min.js',
  'reflect-metadata/lite': 'node_modules/reflect-metadata/ReflectLite.js',
}

/** Puts the code of these packages into the bundle. */
export const inlinePackages = {
  name: 'inline-packages',
  setup({ onResolve }) {
    for (const [name, file] of Object.entries(inlined))
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: resolve(file), sideEffects: name !== 'lru-cache' }))
  },
}

/** Bytes, before they are minified. */
const smallChunk = 31_000

/**
 * Merges the small chunks that `entry` needs into one. esbuild makes a chunk for each set of entries that share a module, and reading a
 * file costs Node as much as compiling 40 KB. So every entry that needs one of these modules is made to need all of them.
 */
export async function mergeSmallChunks(options, entry) {
  const { metafile } = await build({ ...options, write: false, metafile: true, sourcemap: false })
  const { outputs } = metafile
  const needed = new Set()
  const need = file => {
    if (needed.has(file) || outputs[file] === undefined) return
    needed.add(file)
    for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement') need(path)
  }
  const start = Object.keys(outputs).find(file => outputs[file].entryPoint === entry)
  if (start === undefined) throw new Error(`${entry} is not an entry: ${Object.keys(outputs).join(', ')}`)
  need(start)
  let merged = [...needed].filter(file => outputs[file].entryPoint === undefined && outputs[file].bytes < smallChunk)
  // One that needs a large chunk would bring that along.
  const isLow = file => outputs[file].imports.every(({ path, external }) => external || merged.includes(path))
  while (!merged.every(isLow)) merged = merged.filter(isLow)
  if (merged.length < 2) throw new Error(`${entry} needs ${merged.length} small chunks, so there is nothing to merge`)
  const modules = merged.flatMap(file => Object.keys(outputs[file].inputs)).filter(file => file.startsWith('src/'))
  const needing = Object.values(outputs)
    .filter(({ entryPoint, imports }) => entryPoint !== undefined && imports.some(({ path }) => merged.includes(path)))
    .map(({ entryPoint }) => resolve(entryPoint))
  const imports = modules.map(file => `import 'merged:${file}'`).join('\n')
  return {
    name: 'merge-small-chunks',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^merged:/ }, ({ path }) => ({
        path: resolve(path.slice('merged:'.length)),
        sideEffects: true,
      }))
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!needing.includes(path)) return undefined
        return { contents: `${await readFile(path, 'utf8')}\n${imports}`, loader: 'ts', resolveDir: dirname(path) }
      })
    },
  }
}
