import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywire, polywireIn, root } from './cli.js'
import { folder, projectWith } from './folder.js'

const shop = join(root, 'build/test/fixtures/shop.js')

test('export writes the same to stdout each time', async t => {
  const [one, other] = [await polywire(['export', shop, '--proto']), await polywire(['export', shop, '--proto'])]
  t.is(one.err, '')
  t.is(one.code, 0)
  t.true(one.out.startsWith('syntax = "proto3";\n\npackage shop.v1;\n'))
  t.is(other.out, one.out)
})

test('--json has the files, and what was left out', async t => {
  const { out, code } = await polywire(['export', shop, '--proto', '--json'])
  const { schema, files, refused } = JSON.parse(out) as {
    schema: string
    files: { path: string; text: string }[]
    refused: []
  }
  t.deepEqual([code, schema, refused, files.length], [0, 'polywire.export/1', [], 1])
  t.true(files[0]?.text.startsWith('syntax = "proto3"'))
  const to = `${await folder(t)}/`
  const written = await polywire(['export', shop, '--proto', '--json', '-o', to])
  t.deepEqual(JSON.parse(written.out), { schema, files: [{ path: join(to, files[0]?.path ?? '') }], refused: [] })
})

for (const tool of ['tsx', 'esbuild', '@swc/core']) {
  test(`TypeScript is loaded by ${tool} where the project has only that`, async t => {
    const cwd = await folder(t)
    const link = async (name: string, from: string) => {
      await mkdir(join(cwd, 'node_modules', name, '..'), { recursive: true })
      await symlink(from, join(cwd, 'node_modules', name))
    }
    await link(tool, join(root, 'node_modules', tool))
    await link('polywire', root)
    const tsconfig = { compilerOptions: { target: 'es2022', experimentalDecorators: true } }
    await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(tsconfig))
    await writeFile(join(cwd, 'package.json'), '{ "type": "module" }')
    const source = await readFile(join(root, 'test/fixtures/shop.ts'), 'utf8')
    await writeFile(join(cwd, 'shop.ts'), source.replace('../../src/index.js', 'polywire'))
    await writeFile(join(cwd, 'contract.ts'), "export * from './shop.js'\n")
    const { code, out, err } = await polywireIn(cwd, ['export', 'contract.ts', '--thrift'])
    t.is(err, '')
    t.is(code, 0)
    t.true(out.startsWith('namespace * shop.v1\n'))
  })
}

test('TypeScript without a tool that loads it is one sentence', async t => {
  const cwd = await folder(t)
  await writeFile(join(cwd, 'contract.ts'), 'export const a: number = 1')
  const contract = join(cwd, 'contract.ts')
  const { code, out, err } = await polywire(['export', contract, '--proto'])
  t.is(code, 2)
  t.is(out, '')
  t.is(
    err,
    `polywire: ${contract} is TypeScript, and the project has none of tsx, esbuild and @swc/core to load it; pass the compiled JavaScript, or install one\n  npm install --save-dev tsx\n`,
  )
})

test('-o names a file, or with a slash a folder with a file for each package', async t => {
  const cwd = await folder(t)
  t.is((await polywire(['export', shop, '--proto', '-o', join(cwd, 'a/shop.proto')])).code, 0)
  t.is((await polywire(['export', shop, '--proto', '-o', `${cwd}/b/`])).code, 0)
  t.deepEqual(await readdir(cwd), ['a', 'b'])
  t.is(await readFile(join(cwd, 'a/shop.proto'), 'utf8'), await readFile(join(cwd, 'b/shop/v1/v1.proto'), 'utf8'))
})

test('what a format cannot describe is refused, or left out with --skip', async t => {
  const hello = join(root, 'build/test/fixtures/hello.js')
  const refused = await polywire(['export', hello, '--thrift'])
  t.is(refused.code, 2)
  t.is(refused.out, '')
  t.is(refused.err, 'polywire: hello.Hello/Watch: Thrift has no streams. To export the rest: --skip\n')
  const rest = await polywire(['export', hello, '--thrift', '--skip'])
  t.is(rest.code, 1)
  t.regex(rest.out, /double Divide\(/)
  t.notRegex(rest.out, /Watch/)
  t.regex(rest.err, /^left out: hello\.Hello\/Watch: Thrift has no streams$/m)
})

test('a message that no method uses is checked too', async t => {
  const path = join(await folder(t), 'contract.mjs')
  const lines = [
    `import { Field, Message, string } from ${JSON.stringify(join(root, 'build/src/index.js'))}`,
    'export class Zero {}',
    'export class Bare {}',
    'export class Good {}',
    "Field(0, string)(Zero.prototype, 'id')",
    "Field(string)(Bare.prototype, 'id')",
    "Field(1, string)(Good.prototype, 'id')",
    "for (const type of [Zero, Bare, Good]) Message('a.' + type.name)(type)",
  ]
  await writeFile(path, lines.join('\n'))
  const bare = 'a.Bare: Bare.id: protobuf needs field numbers; write @Field(1, ...)'
  const refused = await polywire(['export', path, '--proto'])
  t.deepEqual(refused, { code: 2, out: '', err: `polywire: ${bare}. To export the rest: --skip\n` })
  const { code, out, err } = await polywire(['export', path, '--proto', '--skip'])
  t.is(code, 1)
  t.is(out, 'syntax = "proto3";\n\npackage a;\n\nmessage Good {\n  string id = 1;\n}\n')
  const zero = 'a.Zero: Zero.id: protobuf has no field numbers below 1, got 0; write another'
  t.is(err, `left out: ${bare}\nleft out: ${zero}\n`)
  const thrift = await polywire(['export', path, '--thrift', '--skip'])
  t.is(thrift.out, 'namespace * a\n\nstruct Good {\n  1: string id,\n}\n\nstruct Zero {\n  0: string id,\n}\n')
  t.regex(thrift.err, /^left out: a\.Bare: Bare\.id: .*\n$/)
})

test('mistakes on the command line are one line and exit with 2', async t => {
  const mistakes = [
    [['export'], 'polywire: export takes one MODULE\n  polywire help export\n'],
    [
      ['export', 'nowhere.ts', '--proto'],
      'polywire: there is no file nowhere.ts, and no installed package of that name\n',
    ],
    [
      ['export', shop, '--prot'],
      `polywire: there is no flag --prot. Did you mean --proto?\n  polywire export ${shop} --proto\n`,
    ],
    [['exprt'], 'polywire: there is no command exprt. Did you mean export?\n  polywire export\n'],
    [['export', shop, '--proto', '-o'], 'polywire: -o needs a value: -o FILE|DIR/\n'],
  ] as const
  for (const [line, said] of mistakes) {
    const { code, out, err } = await polywire(line)
    t.deepEqual({ code, out, err }, { code: 2, out: '', err: said })
  }
  const { out } = await polywire(['exprt', '--json'])
  t.like(JSON.parse(out), { schema: 'polywire.error/1', from: 'polywire', exit: 2 })
})

test('a file of another kind is named as what it is, by every command that takes a module', async t => {
  const cwd = await projectWith(t, {
    'only.proto': 'syntax = "proto3"; package only; message A { int32 n = 1; }',
    'note.txt': 'hi',
    'src/a.js': '',
  })
  t.deepEqual(await polywireIn(cwd, ['export', 'only.proto', '--proto']), {
    code: 2,
    out: '',
    err: [
      'polywire: only.proto is an interface definition, and export takes a module of classes',
      '  its classes: polywire import only.proto -o src/contracts',
      '  in another format: polywire describe -c only.proto --as thrift',
      '',
    ].join('\n'),
  })
  const thrift = await polywireIn(cwd, ['describe', '-c', 'only.proto', '--as', 'thrift'])
  t.true(thrift.out.includes('struct A {\n  1: i32 n,\n}'), thrift.out)
  t.is((await polywireIn(cwd, ['describe', '-c', 'only.proto'])).out, 'only.A   message\n  1  n   int32\n')
  const explained = await polywireIn(cwd, ['explain', 'only.proto'])
  t.deepEqual(
    [explained.code, explained.err],
    [2, 'polywire: only.proto has no service, and so no method to explain\n'],
  )
  for (const line of [['export', '--xsd'], ['explain'], ['check'], ['lock'], ['ls', '-c'], ['describe', '-c']])
    for (const [name, wanted] of [
      ['note.txt', /^polywire: note\.txt is not a contract; its ending is none of \.ts, .*, \.js, .*, \.proto, .*\n$/],
      ['src', 'polywire: src is a folder, not a module; name the file that exports the classes\n'],
    ] as const) {
      const { code, err } = await polywireIn(cwd, [...line, name])
      t.is(code, 2)
      if (typeof wanted === 'string') t.is(err, wanted)
      else t.regex(err, wanted)
    }
})

test('a module that throws is one line, with its stack only by --debug', async t => {
  const cwd = await folder(t)
  const bad = join(cwd, 'bad.mjs')
  await writeFile(bad, "throw new Error('no database')")
  const { code, err } = await polywire(['export', bad, '--proto'])
  t.is(code, 2)
  t.is(err, `polywire: ${bad} cannot be loaded: no database\n`)
  t.regex((await polywire(['export', bad, '--proto', '--debug'])).err, /\n {4}at /)
})
