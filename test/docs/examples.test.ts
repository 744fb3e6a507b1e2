import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { build } from 'esbuild'
import { authority, orders, server } from '../fixtures/certificates.js'
import { type Example, examplesOf, readPages } from './examples.js'
import type { Outcome } from './run-examples.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(root, 'build/examples')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const exec = promisify(execFile)

const pages = await readPages(root)
const examples = pages.flatMap(([page, text]) => examplesOf(page, text))
const programs = examples.filter(({ name }) => name.endsWith('.ts'))
/** The files that other pages import: `hello.ts`, `calculator.ts`. */
const shared = programs.filter(one => one.folder === 'guide/services-and-messages' && !/-\d+\.ts$/.test(one.name))
/** Files that decorate parameters, or use a library of legacy decorators, and files that import those. Others need no flag. */
const flagged = new Set(programs.filter(({ code }) => /[(,] ?@\w+\(|from '(inversify|@nestjs|class-)/.test(code)))
for (const one of programs)
  for (const other of flagged) if (one.folder === other.folder && imports(one, other)) flagged.add(one)
const hello = shared.find(({ name }) => name === 'hello.ts') as Example

function imports({ setup, code }: Example, { name }: Example): boolean {
  return `${setup}${code}`.includes(`'./${name.replace(/\.ts$/, '.js')}'`)
}

function pathOf({ folder: page, name }: Example): string {
  return join(folder, page, name)
}

async function write(file: string, code: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, code)
}

test.before(async () => {
  await rm(folder, { recursive: true, force: true })
  // Code that a page has its reader generate.
  await cp(join(root, 'test/fixtures/docs'), folder, { recursive: true })
  const certificates = { authority: { cert: authority, key: '' }, server, client: orders }
  for (const [name, { cert, key }] of Object.entries(certificates)) {
    await write(join(folder, `guide/tls/${name}.crt`), cert)
    await write(join(folder, `guide/tls/${name}.key`), key)
  }
  for (const one of examples) {
    await write(pathOf(one), `${one.name.endsWith('.ts') ? `// ${one.where}\n` : ''}${one.setup}${one.code}`)
    for (const other of shared)
      if (one.folder !== other.folder && imports(one, other))
        await write(pathOf({ ...other, folder: one.folder }), other.code)
  }
  const options = { outdir: folder, outbase: folder, format: 'esm', target: 'node20', sourcemap: 'inline' } as const
  const legacy = { compilerOptions: { experimentalDecorators: true } }
  await build({ ...options, entryPoints: [join(folder, '**/*.ts')], tsconfigRaw: legacy })
  const standard = programs.filter(one => !flagged.has(one)).map(pathOf)
  await build({ ...options, entryPoints: standard, tsconfigRaw: {} })
})

test.serial('there are examples, and no page has two files of one name', t => {
  const fences = pages.flatMap(([, text]) => text.match(/^ *```ts$/gm) ?? [])
  t.true(fences.length > 90)
  t.is(programs.length, fences.length)
  t.is(new Set(examples.map(pathOf)).size, examples.length)
})

test.serial('a block shows everything that it imports from polywire', t => {
  const hidden = programs.flatMap(({ where, setup, code }) =>
    [...setup.matchAll(/^import (?:type )?\{([^}]*)\} from '(polywire[^']*|inversify|node:[^']*)'/gm)]
      .flatMap(([, names = '']) => names.split(',').map(name => name.trim().replace(/^type /, '')))
      .filter(name => new RegExp(`\\b${name}\\b`).test(code))
      .map(name => `${where}: ${name}`),
  )
  t.deepEqual(hidden, [])
})

for (const experimentalDecorators of [false, true])
  test.serial(`every block in TypeScript compiles, experimentalDecorators: ${experimentalDecorators}`, async t => {
    t.timeout(120_000)
    const files = programs.filter(one => experimentalDecorators || !flagged.has(one)).map(pathOf)
    const compilerOptions = { noEmit: true, rootDir: '../..', experimentalDecorators, emitDecoratorMetadata: false }
    const config = join(folder, `tsconfig.${experimentalDecorators}.json`)
    await writeFile(config, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [] }))
    const { stdout } = await exec(process.execPath, [tsc, '-p', config]).catch((error: { stdout: string }) => error)
    t.is(stdout, '')
  })

test.serial('every block that can run runs, and prints what the page says', async t => {
  t.timeout(120_000)
  const running = programs.filter(({ notRun, name }) => notRun === undefined && !name.endsWith('.test.ts'))
  const [first, ...files] = [hello, ...running].map(one => pathOf(one).replace(/\.ts$/, '.js')) as [string, ...string[]]
  const runner = join(import.meta.dirname, 'run-examples.js')
  const report = join(folder, 'outcomes.json')
  await exec(process.execPath, ['--conditions=polywire-development', runner, report, first, ...files])
  const outcomes = JSON.parse(await readFile(report, 'utf8')) as Outcome[]
  t.deepEqual(
    outcomes.flatMap(({ error }, at) => (error === undefined ? [] : `${running[at]?.where}: ${error}`)),
    [],
  )
  t.is(outcomes.length, running.length)
  for (const [at, { where, output }] of running.entries())
    if (output !== undefined) t.is(outcomes[at]?.output, output, where)
})

test.serial('the tests that pages show pass', async t => {
  t.timeout(120_000)
  const files = programs.filter(({ name }) => name.endsWith('.test.ts')).map(pathOf)
  t.true(files.length > 0)
  for (const file of files) {
    const args = ['--conditions=polywire-development', '--test', file.replace(/\.ts$/, '.js')]
    await t.notThrowsAsync(exec(process.execPath, args, { cwd: dirname(file) }), file)
  }
})
