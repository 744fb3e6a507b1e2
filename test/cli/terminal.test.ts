import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { type Server, serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { begun, polywire } from './cli.js'
import { folder } from './folder.js'

let server: Server
let at: string
test.before(async () => {
  server = await serve([HelloService], { port: 0, host: '127.0.0.1', reflection: true, health: true, report: () => {} })
  at = `:${server.port}`
})
test.after.always(() => server.close())

const bold = (text: string) => `\u001b[1m${text}\u001b[0m`
const red = (text: string) => `\u001b[31m${text}\u001b[0m`
const green = (text: string) => `\u001b[32m${text}\u001b[0m`

test('on a terminal a message has spaces, a table is aligned, and names are coloured', async t => {
  const columns = 80
  const patience = ['--connect-timeout', '100s', '--timeout', '100s']
  const short = await polywire(['call', at, 'SayHello', 'name=World', ...patience], { columns })
  t.is(short.out, '{ "message": "Hello, World!" }\n')
  const wide = await polywire(['call', at, 'SayHello', `name=${'x'.repeat(80)}`, ...patience], { columns })
  t.is(wide.out, `{\n  "message": "Hello, ${'x'.repeat(80)}!"\n}\n`)
  const [head, first] = (await polywire(['ls', at, ...patience], { columns })).out.split('\n')
  t.is(head, bold('hello.Hello'))
  t.is(first, '  SayHello      unary            safe          grpc http thrift avro')
  const { out } = await polywire(['health', at, ...patience], { columns })
  t.regex(out.replace(green('SERVING'), 'good'), /^good {7}grpc:\/\/127\.0\.0\.1:\d+ {2}hello\.Hello {2}[\d.]+ ms\n$/)
})

test('colours are decided by --color, NO_COLOR, FORCE_COLOR and the terminal, in this order', async t => {
  const cases = [
    [[], { columns: 80 }, true],
    [[], { columns: 80, env: { TERM: 'dumb' } }, false],
    [[], { columns: 80, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
    [[], { env: { FORCE_COLOR: '1' } }, true],
    [[], { columns: 80, env: { FORCE_COLOR: '0' } }, false],
    [['--color', 'always'], { env: { NO_COLOR: '1' } }, true],
    [['--color=never'], { columns: 80 }, false],
    [[], {}, false],
  ] as const
  for (const [flags, setting, isColoured] of cases) {
    const good = await polywire(['health', at, ...flags], setting)
    t.is(good.out.startsWith(green('SERVING')), isColoured, `${flags} ${JSON.stringify(setting)}`)
    const bad = await polywire(['call', at, 'Nothing', ...flags], setting)
    const said = 'hello.Hello has no method Nothing'
    t.true(bad.err.startsWith(`${isColoured ? red('polywire:') : 'polywire:'} ${said}`), bad.err)
  }
})

test('health --watch prints a line at each change, over a restart, until Ctrl-C', async t => {
  const path = join(await folder(t), 'hello.sock')
  const open = () => serve([HelloService], { path, health: true, report: () => {} })
  const first = await open()
  t.teardown(() => first.close())
  const watch = begun(['health', `grpc+unix:${path}`, '--watch', '--json'])
  t.teardown(watch.interrupt)
  await watch.printed('"SERVING"')
  await first.close()
  await watch.printed('"UNREACHABLE"')
  const second = await open()
  t.teardown(() => second.close())
  await watch.printed('"UNREACHABLE","services":[]}\n{"schema":"polywire.health/1","status":"SERVING"')
  watch.interrupt()
  const { code, out, err } = await watch.ended
  t.deepEqual({ code, err }, { code: 130, err: '' })
  const statuses = out
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { status: string }).status)
  t.deepEqual(statuses, ['SERVING', 'NOT_SERVING', 'UNREACHABLE', 'SERVING'])
})

test('health --watch needs a wire that has health', async t => {
  const { code, err } = await polywire(['health', `thrift://127.0.0.1${at}`, '--watch'])
  t.deepEqual({ code, err }, { code: 2, err: 'polywire: thrift has no health service to watch\n' })
})

test('a name of the project file stands for its address, headers and contracts', async t => {
  const project = join(await folder(t), 'polywire.json')
  const dev = { at: `grpc://127.0.0.1${at}`, headers: { 'x-in': 'a $' + '{TENANT}' } }
  await writeFile(project, JSON.stringify({ targets: { dev, plain: at } }))
  const flags = ['--project', project]
  const env = { TENANT: 'b' }
  t.is((await polywire(['call', 'dev', 'Headers', ...flags], { env })).out, '{"message":"a b"}\n')
  t.is((await polywire(['call', 'dev', 'Headers', ...flags, '-H', 'x-in: c'], { env })).out, '{"message":"a b,c"}\n')
  t.is((await polywire(['call', 'plain', 'SayHello'], { env: { POLYWIRE_PROJECT: project } })).code, 0)
  const unset = await polywire(['call', 'dev', 'Headers', ...flags])
  t.is(unset.err, `polywire: ${project}: targets.dev needs the environment variable TENANT, which is not set\n`)
  const typo = await polywire(['call', 'deb', 'Headers', ...flags])
  const meant = `polywire call dev Headers --project ${project}`
  t.deepEqual([typo.code, typo.err], [2, `polywire: ${project} has no target deb. Did you mean dev?\n  ${meant}\n`])
  await writeFile(project, '{"targets":{"dev":5}}')
  const wrong = await polywire(['ls', 'dev', ...flags])
  t.is(wrong.err, `polywire: ${project}: targets.dev must be an address, or an object with the address as "at"\n`)
})

test('-v shows where the call goes and its headers, without secrets', async t => {
  const { out, err } = await polywire(['call', at, 'Headers', '-v', '-H', 'authorization: Bearer x', '-H', 'x-in: 1'])
  t.is(out, '{"message":"1"}\n')
  const lines = err
    .replaceAll(String(server.port), '8080')
    .replace(/[\d.]+ ms/g, '1 ms')
    .split('\n')
  t.deepEqual(lines.slice(0, 2), [
    '> grpc 127.0.0.1:8080, contract by reflection v1',
    '> hello.Hello/Headers  authorization: ***  x-in: 1',
  ])
  t.true(lines.includes('< x-head: first'))
  t.regex(lines.at(-2) ?? '', /^ok, 1 ms \(dial [\d.]+, reflection [\d.]+\), 0 B sent, 3 B received$/)
})
