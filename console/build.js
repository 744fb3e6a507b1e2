// Builds the page of the console into static files. Usage: node console/build.js FOLDER
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = process.argv[2]
if (folder === undefined) throw new Error('Usage: node console/build.js FOLDER')

await build({
  entryPoints: { console: join(here, 'main.tsx') },
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox120', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfig: join(here, 'tsconfig.json'),
  outdir: folder,
  logLevel: 'warning',
})
await build({ entryPoints: [join(here, 'console.css')], minify: true, outdir: folder, logLevel: 'warning' })
cpSync(join(here, 'index.html'), join(folder, 'index.html'))
