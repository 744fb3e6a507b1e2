import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywire, polywireIn, root } from './cli.js'
import { others, projectOf, sources } from './described-sources.js'
import { compiler, folder, install, projectWith } from './folder.js'

/** What `import` writes for a contract, without the line that says how. */
async function imported(from: string, out: string): Promise<string> {
  const ran = await polywire(['import', from, '-o', out, '--json'])
  const [file] = (JSON.parse(ran.out) as { readonly files: readonly { readonly path: string }[] }).files
  return (await readFile(file?.path ?? '', 'utf8')).replace(/^.*\n\n?/, '')
}

for (const name of [...Object.keys(sources), ...others])
  test(`describe --as ts prints of ${name} what import writes`, async t => {
    const cwd = await projectOf(t, name)
    const expected = await imported(join(cwd, name), cwd)
    t.true(expected.includes('@Field('))
    const { code, out, err } = await polywire(['describe', '-c', join(cwd, name), '--as', 'ts'])
    t.deepEqual([code, err], [0, ''])
    t.is(out, expected)
  })

test('describe --as ts prints of a module what import writes: descriptions, aliases, constants and the order of members', async t => {
  const cwd = await projectWith(t, { 'package.json': { type: 'module' }, ...sources })
  await install(cwd, root, { typescript: compiler })
  const texts = await Promise.all(Object.keys(sources).map(name => imported(join(cwd, name), cwd)))
  for (const [at, expected] of texts.entries()) await writeFile(join(cwd, `module${at}.ts`), expected)
  const line = ['describe', ...texts.flatMap((_, at) => ['-c', `module${at}.ts`]), '--as', 'ts']
  const { code, out, err } = await polywireIn(cwd, line)
  t.deepEqual([code, err], [0, ''])
  // Exports of a module have no order, and all classes are in one file.
  const wanted = texts.flatMap(declarations).sort()
  t.deepEqual(declarations(out).sort(), wanted)
})

for (const name of others)
  test(`describe --as ts prints the classes that import has written of ${name}`, async t => {
    const cwd = await projectOf(t, name)
    await install(cwd, root, { typescript: compiler })
    const expected = await imported(join(cwd, name), cwd)
    await writeFile(join(cwd, 'module.ts'), expected)
    const { code, out, err } = await polywireIn(cwd, ['describe', '-c', 'module.ts', '--as', 'ts'])
    t.deepEqual([code, err], [0, ''])
    t.deepEqual(declarations(out).sort(), declarations(expected).sort())
  })

/** Without imports and the heading. */
function declarations(text: string): string[] {
  return text
    .split(/\n\n/)
    .map(one => one.trimEnd())
    .filter(one => !/^(?:import|\/\/) /.test(one))
}

test('describe --as ts prints of reflection what import writes', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => server.close())
  const target = `grpc://127.0.0.1:${server.port}`
  const expected = await imported(target, await folder(t))
  t.true(expected.includes("@Service('hello.Hello')"))
  t.deepEqual(await polywire(['describe', target, '--as', 'ts']), { code: 0, out: expected, err: '' })
})

const ticks = `
import { Field, int32, Message, Method, Resumable, Service, streamOf, string, unimplemented } from 'polywire'

@Message('tick.Tick')
export class Tick {
  @Field(1, int32) id = 0
  @Field(2, string) of = ''
}

@Message('tick.From')
export class From {
  @Field(1, int32) n = 0
}

@Service('tick.Ticker')
export class Ticker {
  @Method({ accepts: From, returns: streamOf(Tick) }) @Resumable({ key: (tick: Tick) => tick.id })
  watch(_from: From): AsyncIterable<Tick> { return unimplemented() }

  @Method({ accepts: From, returns: streamOf(Tick) }) @Resumable({ key: (tick: Tick) => tick.of + tick.id })
  follow(_from: From): AsyncIterable<Tick> { return unimplemented() }

  @Method({ args: { n: int32 }, returns: int32 })
  add(_n: number): Promise<number> { return unimplemented() }
}
`

async function tickProject(t: ExecutionContext): Promise<string> {
  const cwd = await projectWith(t, { 'package.json': { type: 'module' }, 'ticks.ts': ticks })
  await install(cwd, root)
  return cwd
}

test('describe --as ts prints @Resumable, with the key if that is one property', async t => {
  const { out } = await polywireIn(await tickProject(t), ['describe', '-c', 'ticks.ts', '--as', 'ts'])
  t.true(out.includes('  @Resumable({ key: (reply: Tick) => reply.id })\n  watch('), out)
  t.regex(out, /\n {2}\/\/ @Resumable\(\{ key: \(reply: Tick\) => \.\.\. \}\): fill in .*\n {2}follow\(/)
})

test('describe NAME --as prints that alone, and what it uses', async t => {
  const cwd = await tickProject(t)
  const { out: method } = await polywireIn(cwd, ['describe', '-c', 'ticks.ts', 'Add', '--as', 'ts'])
  t.is(
    method,
    [
      "import { int32, Method, Service, unimplemented } from 'polywire'",
      '',
      "@Service('tick.Ticker')",
      'export class Ticker {',
      '  @Method({ args: { n: int32 }, returns: int32 })',
      '  add(_n: number): Promise<number> { return unimplemented() }',
      '}',
      '',
    ].join('\n'),
  )
  const { out: message } = await polywireIn(cwd, ['describe', '-c', 'ticks.ts', 'From', '--as', 'thrift'])
  t.is(message, 'namespace * tick\n\nstruct From {\n  1: i32 n,\n}\n')
})

test('describe Store/ping --as ts prints a method that the service inherits', async t => {
  const text = `namespace js shop
    service Base { bool ping() }
    service Store extends Base { void buy() }
    service Market extends Store { void sell() }`
  const cwd = await projectWith(t, { 'shop.thrift': text })
  const { out } = await polywire(['describe', '-c', join(cwd, 'shop.thrift'), 'shop.Market/ping', '--as', 'ts'])
  t.true(out.includes("@Service('shop.Market')\nexport class Market {\n"), out)
  t.true(out.includes('  ping(): Promise<boolean> { return unimplemented() }\n}\n'), out)
})

const inheriting = `
import { enumOf, int32, Method, Service, streamOf, string, unimplemented } from 'polywire'

@Service('base.Reader')
export class Reader {
  @Method({ args: { id: int32 }, returns: string })
  read(_id: number): Promise<string> { return unimplemented() }

  @Method({ accepts: streamOf(int32), returns: enumOf({ LOW: 0, HIGH: 1 }) })
  sum(_numbers: AsyncIterable<number>): Promise<number> { return unimplemented() }
}

@Service('shop.Store')
export class Store extends Reader {
  @Method({ args: { id: string }, returns: string })
  override read(_id: never): Promise<string> { return unimplemented() }
}

@Service('shop.Market')
export class Market extends Store {}

@Service('shop.Same')
export class Same extends Reader {}
`

test('describe --as ts keeps methods that a service overrides, and extends the nearest service that has the others', async t => {
  const cwd = await projectWith(t, { 'package.json': { type: 'module' }, 'services.ts': inheriting })
  await install(cwd, root)
  const { out } = await polywireIn(cwd, ['describe', '-c', 'services.ts', '--as', 'ts'])
  t.regex(
    out,
    /\nexport class Store \{\n {2}@Method\(\{ args: \{ id: string \}, returns: string \}\)\n {2}read\(_id: string\)/,
  )
  t.regex(out, /\nexport class Market extends Store \{/)
  t.regex(out, /\nexport class Same extends Reader \{/)
})
