// Builds what is published into dist/: declarations, the entries, the command line and the console's page. Usage: node .ci/build.js
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { inlinePackages, mergeSmallChunks } from './chunks.js'
import { copyLicenses } from './licenses.js'
import { buildUndici, importUndici } from './undici.js'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const entries = [
  'index',
  'bundler/index',
  'extend',
  'fetch/index',
  'inversify/index',
  'opentelemetry/index',
  'tanstack/index',
  'testing/index',
  'web/index',
]
const licenses = 'dist/licenses'
const programs = ['main', 'protoc-gen-polywire', 'typescript-hooks', 'bench-worker']

const nodeBuild = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  external: ['#class-transformer'],
  sourcemap: true,
  tsconfig: 'tsconfig.dist.json',
  metafile: true,
  logLevel: 'warning',
  // The imports that merge chunks are bare.
  logOverride: { 'ignored-bare-import': 'silent' },
  plugins: [inlinePackages, importUndici],
}

/** Modules and their chunks, with the licences of the packages that are in them. */
async function bundle(options, ...plugins) {
  const { metafile } = await build({ ...nodeBuild, ...options, plugins: [...nodeBuild.plugins, ...plugins] })
  for (const file of Object.keys(metafile.outputs)) if (file.endsWith('.js')) dropBareImports(file)
  copyLicenses(metafile, licenses)
}

/**
 * Pages get a file for each module. Of a chunk, bundlers keep every class with decorators, because decorators run when the class is defined;
 * a module that nobody imports is left out whole. Node loads the chunks: it would have to read a hundred files.
 */
async function buildPages(entryPoints) {
  const options = {
    outbase: 'src',
    outdir: 'dist/page',
    format: 'esm',
    target: 'es2022',
    tsconfig: 'tsconfig.dist.json',
  }
  const { metafile } = await build({
    ...options,
    entryPoints,
    bundle: true,
    packages: 'external',
    metafile: true,
    write: false,
  })
  await build({ ...options, entryPoints: Object.keys(metafile.inputs) })
}

/**
 * esbuild imports a chunk for its side effects wherever an entry reaches it. No chunk has any that its importers by name do not load
 * (`sideEffects: false`), so bundlers drop these imports, and esbuild warns of each. Lines stay, for the source map.
 */
function dropBareImports(file) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^import "\.[^"\n]*";$/gm, ''))
}

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.dist.json'], { stdio: 'inherit' })
const library = { entryPoints: entries.map(name => `src/${name}.ts`), outbase: 'src', outdir: 'dist' }
await bundle(library, await mergeSmallChunks({ ...nodeBuild, ...library }, 'src/index.ts'))
copyLicenses(await buildUndici('dist/undici.js'), licenses)
await buildPages(['src/tanstack/index.ts', 'src/web/index.ts'])
// Without source maps: Node reads them only if it is told to, and nobody debugs their program through the command.
await bundle({ entryPoints: programs.map(name => `src/cli/${name}.ts`), outdir: 'dist/cli', sourcemap: false })
await bundle({ entryPoints: ['src/decorators/unbundled.ts'], outdir: 'dist/decorators', sourcemap: false })
copyFileSync('docs/reference/errors.md', 'dist/cli/errors.md')
execFileSync(process.execPath, ['console/build.js', 'dist/console-page', licenses], { stdio: 'inherit' })
