import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywireIn, root } from './cli.js'
import { folder } from './folder.js'

const projects: readonly (readonly [file: string, text: string, problem: string])[] = [
  ['package.json', '{bad', ', line 1, column 2: unexpected "bad"\n  {bad\n   ^'],
  [
    'polywire.json',
    '{\n  "targets": { "dev": ":1", }\n}',
    ', line 2, column 29: unexpected "}"\n    "targets": { "dev": ":1", }\n                              ^',
  ],
  ['polywire.json', '{', ', line 1, column 2: the text ends too early\n  {\n   ^'],
  ['polywire.json', 'null', ': it must be an object'],
  ['polywire.json', '[]', ': it must be an object'],
  ['package.json', '{"polywire": 5}', ': polywire must be an object'],
]

for (const [file, text, problem] of projects)
  test(`a project file that cannot be read has its place: ${file} ${text}`, async t => {
    const cwd = await folder(t)
    await writeFile(join(cwd, file), text)
    const { code, out, err } = await polywireIn(cwd, ['ls'])
    t.deepEqual({ code, out, err }, { code: 2, out: '', err: `polywire: ${join(cwd, file)}${problem}\n` })
  })

const modules: readonly (readonly [name: string, text: string, problem: RegExp])[] = [
  ['a.js', 'export const a = 1\nexport const b = {', /^a\.js cannot be loaded: a\.js:2: Unexpected end of input$/],
  ['a.js', 'throw new Error("first:\\nsecond")', /^a\.js cannot be loaded: first:$/],
  ['a.js', 'throw "text"', /^a\.js cannot be loaded: text$/],
  [
    'a.js',
    'import "nowhere"',
    /^a\.js cannot be loaded: Cannot find package 'nowhere' imported from .*\n {2}npm install nowhere$/,
  ],
  ['a.js', 'export const a = 1', /^a\.js exports no @Service and no @Message class$/],
  ['a.ts', 'export const a: number = (', /^a\.ts cannot be loaded: \S*a\.ts:1:26: Unexpected end of file$/],
]

for (const [name, text, problem] of modules)
  for (const command of ['ls -c', 'describe -c', 'explain'])
    test(`a contract that cannot be read is one line: ${command} ${name} ${text}`, async t => {
      const cwd = await folder(t)
      await writeFile(join(cwd, 'package.json'), '{"type":"module"}')
      await writeFile(join(cwd, name), text)
      if (name.endsWith('.ts')) await linkEsbuild(cwd)
      const { code, out, err } = await polywireIn(cwd, [...command.split(' '), name])
      t.deepEqual([code, out], [2, ''])
      t.true(err.startsWith('polywire: '), err)
      t.regex(err.slice('polywire: '.length).trimEnd(), problem)
    })

async function linkEsbuild(cwd: string): Promise<void> {
  await mkdir(join(cwd, 'node_modules'))
  await symlink(join(root, 'node_modules/esbuild'), join(cwd, 'node_modules/esbuild'))
}

test('ls says that a contract has no service', async t => {
  const cwd = await folder(t)
  await writeFile(join(cwd, 'a.thrift'), 'struct Id { 1: i64 id }')
  t.deepEqual(await polywireIn(cwd, ['ls', '-c', 'a.thrift']), { code: 0, out: '', err: 'there is no service\n' })
})
