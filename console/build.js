// Builds the page of the console into static files, and copies the licences of the packages within them to a second folder, if one is named.
// Usage: node console/build.js FOLDER [LICENSES]
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { copyLicenses } from '../.ci/licenses.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const [folder, licenses] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: node console/build.js FOLDER [LICENSES]')

const { metafile } = await build({
  entryPoints: { console: join(here, 'main.tsx') },
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome123', 'firefox120', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  tsconfig: join(here, 'tsconfig.json'),
  outdir: folder,
  metafile: true,
  logLevel: 'warning',
})
if (licenses !== undefined) copyLicenses(metafile, licenses)
await build({ entryPoints: [join(here, 'console.css')], minify: true, outdir: folder, logLevel: 'warning' })
cpSync(join(here, 'index.html'), join(folder, 'index.html'))
