import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { root } from './installed.js'

const compiled = join(root, 'build')
const entries = {
  polywire: 'src/index.js',
  'polywire/bundler': 'src/bundler/index.js',
  'polywire/extend': 'src/extend.js',
  'polywire/fetch': 'src/fetch/index.js',
  'polywire/inversify': 'src/inversify/index.js',
  'polywire/opentelemetry': 'src/opentelemetry/index.js',
  'polywire/tanstack': 'src/tanstack/index.js',
  'polywire/testing': 'src/testing/index.js',
  'polywire/web': 'src/web/index.js',
}

/** Tests of folders that need more than Node, and of the sources themselves. */
const elsewhere = /^(?:(?:interop|chaos|attack|bench|browser|package|docs)\/|web\/graph\.)/

/**
 * Copies every test that uses nothing but what the package exports to a folder in which the package is installed, so that it tests that one.
 * What a test shares with others is copied into it; what it does not use of that is left out before its imports are looked at.
 * @param room the tests of which folder, `browser`. Default: those that need only Node
 * @returns their paths
 */
export async function copyPublicTests(folder: string, room?: string): Promise<readonly string[]> {
  const names = (await readdir(join(compiled, 'test'), { recursive: true })).filter(name => name.endsWith('.test.js'))
  const exported = await publicNames()
  const copied: string[] = []
  const isWanted = (name: string) => (room === undefined ? !elsewhere.test(name) : name.startsWith(`${room}/`))
  for (const name of names.filter(isWanted)) {
    const code = await rewritten(await bundled(join(compiled, 'test', name)), exported)
    if (code === undefined) continue
    const path = join('tests', name)
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), code)
    await linkPackages(code, folder)
    copied.push(path)
  }
  return copied
}

/** The entry point that exports what a module, `src/core/code.js`, exports by that name. */
type EntryOf = (module: string, name: string) => Promise<string | undefined>

async function publicNames(): Promise<EntryOf> {
  const load = (path: string) => import(pathToFileURL(join(compiled, path)).href) as Promise<Record<string, unknown>>
  const exports = await Promise.all(
    Object.entries(entries).map(async ([entry, path]) => ({ entry, values: await load(path) })),
  )
  return async (module, name) => {
    const value = (await load(module))[name]
    return exports.find(({ values }) => name in values && values[name] === value)?.entry
  }
}

/** One file, without what a test imports and does not use. Modules of the sources are imported as `src/...`. */
async function bundled(path: string): Promise<string> {
  const built = await build({
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'esm',
    keepNames: true,
    write: false,
    logLevel: 'silent',
    plugins: [outside],
  })
  return built.outputFiles[0]?.text ?? ''
}

const outside: Plugin = {
  name: 'outside',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined
      if (!path.startsWith('.')) return { path, external: true }
      const file = relative(compiled, join(resolveDir, path))
      return file.startsWith('test/') ? undefined : { path: file, external: true, sideEffects: false }
    })
    // Fixtures stay where they are.
    build.onLoad({ filter: /\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }))
  },
}

/** Imports the package in place of its sources. Undefined where it does not export all that is used, or where programs are run, which import the sources. */
async function rewritten(code: string, entryOf: EntryOf): Promise<string | undefined> {
  if (/^import .*"node:(?:child_process|cluster)";$/m.test(code)) return undefined
  let text = code
  for (const [statement, names = '', module = ''] of code.matchAll(/^import \{([^}]*)\} from "(src\/[^"]+)";$/gm)) {
    const imports = await Promise.all(
      names.split(',').map(async clause => {
        const entry = await entryOf(module, clause.trim().split(' as ')[0] ?? '')
        return entry && `import {${clause}} from ${JSON.stringify(entry)};`
      }),
    )
    if (imports.includes(undefined)) return undefined
    text = text.replace(statement, imports.join('\n'))
  }
  return /(?:from|import\() ?"(?:src|\.\.)\//.test(text) ? undefined : text
}

/** Packages that only tests need are those of the checkout. */
async function linkPackages(code: string, folder: string): Promise<void> {
  for (const [, name = ''] of code.matchAll(/(?:from |import |import\()"((?:@[^/"]+\/)?[^/"]+)/g)) {
    const installed = join(folder, 'node_modules', name)
    if (name.startsWith('node:') || existsSync(installed)) continue
    await mkdir(dirname(installed), { recursive: true })
    await symlink(join(root, 'node_modules', name), installed, 'junction')
  }
}
