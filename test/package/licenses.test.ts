import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { root } from './installed.js'

const dist = join(root, 'dist')

/** The packages that a text with esbuild's comments, or a list of files, names. */
function packagesIn(text: string): string[] {
  return [...text.matchAll(/^(?:\/\/ )?node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].flatMap(([, name]) => name ?? [])
}

async function inCode(): Promise<string[]> {
  const files = (await readdir(dist, { recursive: true })).filter(file => file.endsWith('.js'))
  return packagesIn((await Promise.all(files.map(file => readFile(join(dist, file), 'utf8')))).join('\n'))
}

/** The page of the console is minified, and so names no files. */
async function inConsole(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['console/main.tsx'],
    outdir: 'build',
    bundle: true,
    write: false,
    metafile: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: 'console/tsconfig.json',
  })
  return packagesIn(Object.keys(metafile.inputs).join('\n'))
}

test('every package whose code is shipped has its licence beside it, and no other has', async t => {
  const [code, page] = [await inCode(), await inConsole()]
  t.true(code.includes('lru-cache'))
  t.true(page.includes('preact'))
  const names = [...new Set([...code, ...page])].map(name => `${name.replace('/', '__')}.txt`)
  t.deepEqual((await readdir(join(dist, 'licenses'))).sort(), names.sort())
  for (const name of names) t.regex(await readFile(join(dist, 'licenses', name), 'utf8'), /license|copyright/i, name)
})
