import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const guides = join(root, 'docs/guide')
const folder = join(root, 'build/guide')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/**
 * The blocks of a guide that begin with their imports, so that a reader can copy them. A block is the file that the paragraph before it names
 * last, such as `hello.ts`, which other guides import.
 */
function filesOf(guide: string, text: string): [name: string, code: string][] {
  return [...text.matchAll(/(?:`(?:src\/)?([\w.-]+\.ts)`:\n\n)?^```ts\n(import .*?)^```$/gms)].map(
    ([, name, code = ''], at) => [name ?? `${guide.replace('.md', '')}-${at + 1}.ts`, code],
  )
}

test('every example of the guides that begins with its imports compiles', async t => {
  const names = (await readdir(guides)).filter(name => name.endsWith('.md'))
  const files = await Promise.all(names.map(async name => filesOf(name, await readFile(join(guides, name), 'utf8'))))
  const opening = files.filter(([first]) => first !== undefined).length
  t.is(opening, names.length - 1, 'every guide but that to bundling opens with one')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, code] of files.flat()) await writeFile(join(folder, name), code)
  const options = { noEmit: true, rootDir: '../..', emitDecoratorMetadata: false }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: options, include: ['*.ts'], exclude: [] }),
  )
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  )
  t.is(stdout, '')
})
