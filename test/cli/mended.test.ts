import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { serve } from '../../src/index.js'
import { Hello, Orders } from '../fixtures/zoo.js'
import { polywire, root } from './cli.js'
import { folder } from './folder.js'

const zoo = join(root, 'build/test/fixtures/zoo.js')

/** What is typed, what is said of it, and the line that is meant. */
const mistyped: readonly (readonly [line: string, problem: string, meant: string])[] = [
  [
    'call grpc://:8080 SayHello nme=World -c ZOO',
    'request: hello.HelloRequest has no field nme. Did you mean name?',
    'call grpc://:8080 SayHello name=World -c ZOO',
  ],
  [
    'call grpc://:8080 PutOrder totls.EUR=1 -c ZOO',
    'request: shop.v1.Order has no field totls. Did you mean totals?',
    'call grpc://:8080 PutOrder totals.EUR=1 -c ZOO',
  ],
  [
    'call grpc://:8080 SayHelo name=SayHelo -c ZOO',
    'hello.Hello has no method SayHelo. Did you mean SayHello?',
    'call grpc://:8080 SayHello name=SayHelo -c ZOO',
  ],
  ['ls --contrct=ZOO', 'there is no flag --contrct. Did you mean --contract?', 'ls --contract=ZOO'],
  ['ls --contrct ZOO', 'there is no flag --contrct. Did you mean --contract?', 'ls --contract ZOO'],
  ['cal :8080 SayHello', 'there is no command cal. Did you mean call?', 'call :8080 SayHello'],
  [
    'describe HelloRequst -c ZOO',
    'the contract has no HelloRequst. Did you mean HelloRequest?',
    'describe HelloRequest -c ZOO',
  ],
  ['doctor nod', 'doctor has no check nod. Did you mean node?', 'doctor node'],
  ['completion fsh', 'there is no completion for "fsh". Did you mean zsh?', 'completion zsh'],
  ['help doctr', 'there is no command doctr. Did you mean doctor?', 'help doctor'],
]

for (const [line, problem, meant] of mistyped)
  test(`a mistyped word ends with the line that is meant: ${line}`, async t => {
    const { code, out, err } = await polywire(line.replace('ZOO', zoo).split(' '))
    const hint = `polywire ${meant.replace('ZOO', zoo)}`
    t.deepEqual({ code, out, err }, { code: 2, out: '', err: `polywire: ${problem}\n  ${hint}\n` })
  })

test('a word that is near to nothing has no such line', async t => {
  const { err } = await polywire(['call', 'grpc://127.0.0.1:8080', 'SayHello', 'zzzzz=1', '-c', zoo])
  t.is(err, 'polywire: request: hello.HelloRequest has no field zzzzz; it has name\n')
  t.is((await polywire(['ls', '--zzzzzzzz'])).err, 'polywire: there is no flag --zzzzzzzz\n')
})

test('a field of one of several methods is mended behind its method', async t => {
  const server = await serve([Hello, Orders], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => server.close())
  const at = `:${server.port}`
  const { err } = await polywire(['bench', at, '--mix', 'SayHello:9,Count:1', 'SayHello.nme=World'])
  t.is(err.split('\n')[1], `  polywire bench ${at} --mix SayHello:9,Count:1 SayHello.name=World`)
})

test('a target of the project file, too', async t => {
  const project = join(await folder(t), 'polywire.json')
  await writeFile(project, JSON.stringify({ targets: { dev: ':8080' } }))
  const { err } = await polywire(['ls', 'deb', '--project', project])
  t.is(err, `polywire: ${project} has no target deb. Did you mean dev?\n  polywire ls dev --project ${project}\n`)
})

test('a mistyped topic, reason or rule ends with the one that is meant', async t => {
  for (const [line, meant] of [
    [['hlp'], 'there is no command hlp. Did you mean help?\n  polywire help'],
    [['help', 'target'], 'there is no topic target. Did you mean targets?\n  polywire help targets'],
    [
      ['explain', 'unavailble'],
      'there is no reason, code, rule or module unavailble. Did you mean unavailable?\n  polywire explain unavailable',
    ],
    [
      ['explain', 'FIELD_SAME_TYP'],
      'there is no reason, code, rule or module FIELD_SAME_TYP. Did you mean FIELD_SAME_TYPE?\n  polywire explain FIELD_SAME_TYPE',
    ],
    [['completion'], 'completion takes a shell: bash, zsh, fish, powershell\n  polywire help completion'],
    [['import', ':8080', '-o', 'x'], 'there is no file :8080\n  a server needs its scheme: grpc://127.0.0.1:8080'],
  ] as const)
    t.deepEqual(await polywire(line), { code: 2, out: '', err: `polywire: ${meant}\n` })
})

test('requests that are not text are refused without their bytes', async t => {
  const cwd = await folder(t)
  const path = join(cwd, 'a.json')
  const server = await serve([Hello], { port: 0, host: '127.0.0.1', reflection: true, report: () => {} })
  t.teardown(() => server.close())
  const call = (data: string, input?: string) => polywire(['call', `:${server.port}`, 'SayHello', data], input)
  await writeFile(path, Buffer.from([0xff, 0xfe, 0x7b, 0x00]))
  t.deepEqual(await call(`@${path}`), {
    code: 2,
    out: '',
    err: `polywire: @${path} is not text in UTF-8, and so not JSON\n`,
  })
  const { code, err } = await call('-', '{"name": \u001b[31m}')
  t.is(code, 2)
  t.false(err.includes('\u001b'), err)
})
