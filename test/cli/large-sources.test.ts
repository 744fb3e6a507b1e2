import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywire } from './cli.js'
import { folder } from './folder.js'

const many = <T>(count: number, one: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => one(at))
const openApi = (schemas: object) =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 'a', version: '1' }, paths: {}, components: { schemas } })
const reference = (at: number) => ({ $ref: `#/components/schemas/T${at}` })

/** A source of some size, by its ending. */
const sources: Readonly<Record<string, (count: number) => readonly [ending: string, text: string]>> = {
  'records of .avdl': count => [
    '.avdl',
    `protocol P {\n${many(count, at => `  /** A. */\n  record T${at} { string id; array<T0> of = []; }`).join('\n')}\n}`,
  ],
  'methods of .avdl': count => ['.avdl', `protocol P {\n${many(count, at => `string m${at}(int a);`).join('\n')}\n}`],
  'comments of .avdl in a row': count => [
    '.avdl',
    `${'// a\n'.repeat(count)}protocol P { ${'/* b */ /** c */\n'.repeat(count)} void get(); ${'// d\n'.repeat(count)} }`,
  ],
  'types of .thrift': count => ['.thrift', many(count, at => `struct T${at} { 1: string id }`).join('\n')],
  'comments of .thrift that do not end': count => ['.thrift', '/* '.repeat(count * 100)],
  'types of .avsc': count => [
    '.avsc',
    JSON.stringify(
      many(count, at => ({ type: 'record', name: `T${at}`, fields: [{ name: 'next', type: `T${(at + 1) % count}` }] })),
    ),
  ],
  'references of OpenAPI in a chain': count => [
    '.json',
    openApi(Object.fromEntries(many(count, at => [`T${at}`, at === 0 ? { type: 'object' } : reference(at - 1)]))),
  ],
  'references of OpenAPI in a circle': count => [
    '.json',
    openApi(Object.fromEntries(many(count, at => [`T${at}`, reference((at + 1) % count)]))),
  ],
  'messages of a lock': count => [
    '.lock.json',
    JSON.stringify({
      schema: 'polywire.lock/1',
      services: {},
      enums: {},
      messages: Object.fromEntries(many(count, at => [`x.T${at}`, ['1 id string']])),
    }),
  ],
}

for (const [what, source] of Object.entries(sources))
  test.serial(`the time that ${what} take grows with their number`, async t => {
    const cwd = await folder(t)
    const timeOf = async (count: number) => {
      const [ending, text] = source(count)
      const path = join(cwd, `a${count}${ending}`)
      await writeFile(path, text)
      const began = process.cpuUsage()
      const { code, err } = await polywire(['import', path, '-o', join(cwd, 'out'), '-q'])
      t.true(code === 0 || code === 2, err)
      t.true(err.split('\n').length <= 4 && err.length < 2000, err)
      const { user, system } = process.cpuUsage(began)
      return (user + system) / 1000
    }
    await timeOf(10)
    const once = await timeOf(2000)
    const twice = await timeOf(4000)
    // The square takes four times as long, and .avdl took seconds, .json half a minute.
    t.true(twice < 3 * once || twice < 1500, `${once} ms, then ${twice} ms`)
  })

test('100,000 comments of an .avdl in a row are skipped, and the last description before a type is its own', async t => {
  const cwd = await folder(t)
  const text = `${'// a\n'.repeat(100_000)}protocol P { ${'/** b */ /* c */\n'.repeat(100_000)}/** Own. */ // d\n record R { int a; } }`
  await writeFile(join(cwd, 'a.avdl'), text)
  const { code, err } = await polywire(['import', join(cwd, 'a.avdl'), '-o', cwd, '-q'])
  t.deepEqual([code, err], [0, ''])
  t.regex(await readFile(join(cwd, 'a.ts'), 'utf8'), /\n\/\*\* Own\. \*\/\n@Message/)
})

test.serial(
  'the time that a check takes grows with the methods, however many fields the message has that all of them name',
  async t => {
    const cwd = await folder(t)
    const timeOf = async (count: number) => {
      const fields = many(count, at => `string a${at + 1} = ${at + 1};`).join('\n')
      const methods = many(count, at => `rpc Do${at}(M) returns (M);`).join('\n')
      const proto = join(cwd, `a${count}.proto`)
      await writeFile(proto, `syntax = "proto3";\npackage a;\nmessage M {\n${fields}\n}\nservice S {\n${methods}\n}`)
      const lock = join(cwd, `a${count}.lock.json`)
      const messages = { 'a.M': many(count, at => `${at + 1} a${at + 1} string`) }
      const services = { 'a.S': many(count, at => `Do${at} (a.M) -> a.M`) }
      await writeFile(lock, JSON.stringify({ schema: 'polywire.lock/1', services, enums: {}, messages }))
      const began = process.cpuUsage()
      const { code, err } = await polywire(['check', '--against', lock, proto])
      t.is(code, 0, err)
      const { user, system } = process.cpuUsage(began)
      return (user + system) / 1000
    }
    await timeOf(10)
    const once = await timeOf(1000)
    const twice = await timeOf(2000)
    t.true(twice < 3 * once, `${once} ms, then ${twice} ms`)
  },
)

test('messages that name each other 10,000 deep are imported, and what cannot follow them says so', async t => {
  const cwd = await folder(t)
  const path = join(cwd, 'a.proto')
  const messages = many(10_000, at => `message M${at} { string id = 1; M${at + 1} next = 2; }`)
  const service = 'service S { rpc Do(M0) returns (M0); }'
  await writeFile(path, `syntax = "proto3";\npackage a;\n${messages.join('\n')}\nmessage M10000 {}\n${service}`)
  t.is((await polywire(['import', path, '-o', cwd, '-q'])).code, 0)
  t.is((await polywire(['describe', 'a.S/Do', '--contract', path])).code, 0)
  for (const line of [
    ['ls'],
    ['describe', '--json'],
    ['describe', 'a.S/Do', '--json'],
    ['describe', 'Do', '--template'],
  ])
    t.deepEqual((await polywire([...line, '--contract', path])).err, '', line.join(' '))
  const { code, err } = await polywire(['describe', 'a.S', '--contract', path, '--as', 'avdl'])
  // How deep the stack is differs between versions of Node.
  const said = 'polywire: the types of the contract refer to each other too deeply for this command\n'
  t.deepEqual([code, err], code === 0 ? [0, ''] : [2, said])
})

test('a template of messages that branch is finite', async t => {
  const cwd = await folder(t)
  const path = join(cwd, 'a.proto')
  const messages = many(40, at => `message M${at} { M${at + 1} a = 1; M${at + 1} b = 2; }`)
  await writeFile(path, `syntax = "proto3";\npackage a;\n${messages.join('\n')}\nmessage M40 { string id = 1; }\n`)
  const { code, out } = await polywire(['describe', 'M0', '--template', '--contract', path])
  t.is(code, 0)
  t.true(out.length < 1_000_000, String(out.length))
})
