import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { avdl, avpr } from '../../../src/idl/avro/write.js'
import { classesOf } from '../../../src/idl/classes.js'
import type { Contract, ExportFormat } from '../../../src/idl/format.js'
import { contractOf } from '../../../src/idl/module-contract.js'
import { readSources } from '../../../src/idl/read-source.js'
import { Refusal } from '../../../src/idl/refusal.js'
import { thrift } from '../../../src/idl/thrift/write.js'
import { writeTypeScript } from '../../../src/idl/typescript/write.js'
import { polywire } from '../../cli/cli.js'
import * as described from '../../fixtures/described.js'
import * as vault from '../../fixtures/idl/generated/vault.js'
import * as wide from '../../fixtures/idl/generated/wide.js'
import * as zoo from '../../fixtures/idl/generated/zoo.js'
import * as shop from '../../fixtures/shop.js'
import { folder, runs } from './programs.js'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
const fixtures = relative(process.cwd(), join(repository, 'test/fixtures/idl'))

async function runtime(paths: readonly string[]): Promise<Contract> {
  const { services, messages, others } = classesOf((await readSources(paths, [])).files)
  return contractOf(Object.fromEntries([...services, ...messages, ...Object.entries(others)]))
}

for (const name of ['zoo.thrift', 'wide.thrift', 'vault.avdl']) {
  test(`the classes of ${name} are those that are kept here`, async t => {
    const source = `${fixtures}/${name}`
    const { files } = await readSources([source], [])
    const [written] = writeTypeScript(files, () => `${source} -o ${fixtures}/generated`)
    t.is(written?.text, await readFile(join(fixtures, 'generated', written?.path ?? ''), 'utf8'))
  })
}

/**
 * Blocks without their order, which is that of the source in one and that of use in the other, and without comments: Thrift has no time, so
 * that a timestamp comes back as the number that it is.
 */
function sorted(contract: Contract, format: ExportFormat): string[] {
  return format
    .write(contract)
    .flatMap(({ text }) =>
      text
        .replace(/^ *\/\*\*[\s\S]*?\*\/\n|\/\*\*.*?\*\/ /gm, '')
        .trim()
        .split('\n\n'),
    )
    .sort()
}

/** Without descriptions, which are TSDoc in what is written. */
function bareProtocols(contract: Contract): unknown[] {
  return avpr
    .write(contract)
    .map(({ text }) => JSON.parse(text, (name, value: unknown) => (name === 'doc' ? undefined : value)) as unknown)
}

test('classes that are imported at run time are those that are written', async t => {
  for (const [name, kept] of [
    ['zoo', zoo],
    ['wide', wide],
  ] as const)
    t.deepEqual(sorted(await runtime([`${fixtures}/${name}.thrift`]), thrift), sorted(contractOf(kept), thrift))
  t.deepEqual(bareProtocols(await runtime([`${fixtures}/vault.avdl`])), bareProtocols(contractOf(vault)))
})

test('what is exported, imported and exported again is the same', async t => {
  for (const [contract, format] of [
    [contractOf(shop), thrift],
    [contractOf(zoo), thrift],
    [contractOf(wide), thrift],
    [contractOf(shop), avpr],
    [contractOf(shop), avdl],
    [contractOf(vault), avdl],
    [contractOf(described), thrift],
  ] as const) {
    const files = format.write(contract)
    const cwd = await folder(t, files)
    const again = await runtime(files.map(({ path }) => join(cwd, path)))
    t.deepEqual(sorted(again, format), sorted(contract, format), files[0]?.path)
  }
})

test('imported classes compile under the strictest flags, with either kind of decorators', async t => {
  const cwd = join(repository, 'build/imported')
  await rm(cwd, { recursive: true, force: true })
  await mkdir(cwd, { recursive: true })
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  for (const file of writeTypeScript(
    (
      await readSources(
        ['zoo.thrift', 'wide.thrift', 'vault.avdl', 'proto/names/names.proto'].map(name => `${fixtures}/${name}`),
        [`${fixtures}/proto`],
      )
    ).files,
    () => '',
  )) {
    await mkdir(dirname(join(cwd, file.path)), { recursive: true })
    await writeFile(join(cwd, file.path), file.text)
  }
  const compilerOptions = {
    noEmit: true,
    declaration: true,
    rootDir: '../..',
    emitDecoratorMetadata: false,
    noUnusedLocals: true,
    noUnusedParameters: true,
  }
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  for (const experimentalDecorators of [true, false]) {
    const config = { extends: '../../tsconfig.json', include: ['.'], exclude: [] }
    const options = { ...compilerOptions, experimentalDecorators }
    await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions: options }))
    t.is(await runs(process.execPath, [tsc, '-p', cwd], cwd), '', `experimentalDecorators ${experimentalDecorators}`)
  }
})

test('the classes of the polyglot sample are those of its definitions', async t => {
  const sample = relative(process.cwd(), join(repository, 'samples/polyglot'))
  for (const [wire, name] of [
    ['grpc', 'hello.proto'],
    ['thrift', 'hello.thrift'],
    ['avro', 'hello.avpr'],
  ]) {
    const line = ['import', `${sample}/${name}`, '-o', `${sample}/generated/${wire}`, '--check']
    t.deepEqual(await polywire(line), { code: 0, out: '', err: '' })
  }
})

const refused: readonly (readonly [string, string, string])[] = [
  [
    'a.thrift',
    'struct S {\n  1: i32 __proto__\n}',
    'a.thrift:2: field __proto__: every JavaScript object has a property of that name; rename the field',
  ],
  [
    'a.avsc',
    '{ "type": "record", "name": "R",\n"fields": [{ "name": "nothing", "type": "null" }] }',
    'a.avsc:2: field nothing: it is always null, and classes have no such type',
  ],
  [
    'a.avdl',
    'protocol P {\n record R {\n  union { int, double } body;\n } }',
    'a.avdl:3: a union of int32 and double: both are number in JavaScript, so that they cannot be told apart; write a record for one of them',
  ],
  [
    'a.avdl',
    'protocol P {\n record R {\n  array<int> xs = ["a"];\n } }',
    'a.avdl:3: the default of xs: it is not a value that its type has in a class',
  ],
]

test('what classes cannot express is refused, with file, line and construct', async t => {
  for (const [name, text, message] of refused) {
    const cwd = await folder(t, [{ path: name, text }])
    const error = await t.throwsAsync(readSources([join(cwd, name)], []), { instanceOf: Refusal }, text)
    t.is(error?.message.replace(`${cwd}/`, ''), message)
  }
})

test('bytes that are no text are not taken for an empty file', async t => {
  for (const bytes of ['ff7b7b7b', 'fffe7b007b00', '0001']) {
    const cwd = await folder(t, [{ path: 'a.proto', text: '' }])
    const path = join(cwd, 'a.proto')
    await writeFile(path, Buffer.from(bytes, 'hex'))
    await t.throwsAsync(readSources([path], []), { instanceOf: Refusal, message: /a\.proto: the file: it is not text/ })
  }
})

test('a file that its compiler refuses is one line', async t => {
  for (const [name, text, message] of [
    ['a.thrift', 'struct S {\n  1: Missing x\n}', /a\.thrift:2: type Missing: it is not declared$/],
    ['a.thrift', 'struct S {\n  1: i32\n}', /a\.thrift:3: the compiler: /],
    ['a.avdl', 'protocol P {\n record R { string } }', /a\.avdl:2:\d+: avsc: /],
    ['a.avpr', '{', /a\.avpr: its JSON: /],
  ] as const) {
    const cwd = await folder(t, [{ path: name, text }])
    const error = await t.throwsAsync(readSources([join(cwd, name)], []), { instanceOf: Refusal })
    t.regex(error?.message ?? '', message)
    t.false(error?.message.includes('\n'))
  }
})
