import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { polywire, polywireIn, root } from './cli.js'
import { folder, install, projectWith } from './folder.js'

async function imported(t: ExecutionContext, files: Readonly<Record<string, string>>) {
  const cwd = await folder(t)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), text)
  }
  const paths = Object.keys(files).map(path => join(cwd, path))
  const { err, ...ran } = await polywire(['import', ...paths, '-I', cwd, '-o', join(cwd, 'out')])
  return { ...ran, err: err.replaceAll(`${cwd}/`, ''), cwd }
}

test('sources whose results differ only by case are refused, since some disks ignore case', async t => {
  const message = (pack: string) => `syntax = "proto3"; package ${pack}; message A { string id = 1; }`
  const { code, out, err } = await imported(t, { 'shop.proto': message('a'), 'Shop.proto': message('b') })
  t.deepEqual([code, out], [2, ''])
  t.is(err, 'polywire: shop.proto and Shop.proto would both be out/Shop.ts on a disk that ignores case; rename one\n')
})

test('names of files that are no identifiers are imported, and imported by each other', async t => {
  const head = 'syntax = "proto3";'
  const { code, err, cwd } = await imported(t, {
    "it's.proto": `${head} package a; message User { string id = 1; }`,
    'my-file.v1.proto': `${head} package b; message User { string id = 1; }`,
    '2fa.proto': `${head} package d; message User { string id = 1; }`,
    'x.proto': `${head} package c; import "my-file.v1.proto"; import "it's.proto"; import "2fa.proto";
      message User { .b.User b = 1; .a.User a = 2; .d.User d = 3; }`,
  })
  t.is(code, 0, err)
  const text = await readFile(join(cwd, 'out/x.ts'), 'utf8')
  t.deepEqual(text.match(/^import \{ User.*$/gm), [
    "import { User as _2faUser } from './2fa.js'",
    "import { User as ItSUser } from './it\\'s.js'",
    "import { User as MyFileV1User } from './my-file.v1.js'",
  ])
})

test('what cannot be written says so, and what to write instead', async t => {
  const cwd = await projectWith(t, {
    'a.thrift': 'service S { void go() }',
    'a.mjs':
      "import { Field, Message, string } from 'polywire'\nclass A {}\nField(1, string)(A.prototype, 'id')\nMessage('a.A')(A)\nexport { A }\n",
    'dir/x': '',
  })
  await install(cwd, root)
  for (const [line, said] of [
    [
      ['export', 'a.mjs', '--proto', '-o', 'dir'],
      'dir is a folder, and a file was to be written\n  for a folder, write a slash behind it: -o dir/',
    ],
    [
      ['export', 'a.mjs', '--proto', '-o', 'a.thrift/b.proto'],
      'a.thrift/b.proto cannot be written: a folder of its path is a file',
    ],
    [['import', 'a.thrift', '-o', 'a.thrift'], 'a.thrift/a.ts cannot be written: a folder of its path is a file'],
    [
      ['lock', 'a.thrift', '-o', 'a.thrift/b.lock.json'],
      'a.thrift/b.lock.json cannot be written: a folder of its path is a file',
    ],
    [['init', 'a.thrift', '--yes'], 'a.thrift/package.json cannot be written: a folder of its path is a file'],
  ] as const)
    t.deepEqual(await polywireIn(cwd, line), { code: 2, out: '', err: `polywire: ${said}\n` }, line.join(' '))
})
