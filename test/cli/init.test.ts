import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { begun, polywire } from './cli.js'
import { folder } from './folder.js'

const files = [
  '.dockerignore',
  '.gitignore',
  'Dockerfile',
  'README.md',
  'package.json',
  'polywire.json',
  'src/client.ts',
  'src/contract.ts',
  'src/server.ts',
  'src/service.ts',
  'test/hello.test.ts',
  'tsconfig.json',
]

test('init writes a project, and names what comes next', async t => {
  const cwd = join(await folder(t), 'My Greeter')
  const { code, out, err } = await polywire(['init', cwd])
  t.deepEqual({ code, err }, { code: 0, err: '' })
  t.true(out.endsWith(`  cd ${cwd} && npm install && npm test && npm start\n`))
  const written = await readdir(cwd, { recursive: true, withFileTypes: true })
  const names = written.filter(one => one.isFile()).map(one => join(one.parentPath, one.name).slice(cwd.length + 1))
  t.deepEqual(names.sort(), files)
  const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')) as {
    name: string
    dependencies: object
  }
  t.is(manifest.name, 'my-greeter')
  t.deepEqual(Object.keys(manifest.dependencies), ['polywire'])
})

test('it writes only what is missing, and replaces nothing unless told', async t => {
  const cwd = await folder(t)
  await polywire(['init', cwd])
  const [server, client] = [join(cwd, 'src/server.ts'), join(cwd, 'src/client.ts')]
  await rm(client)
  const again = await polywire(['init', cwd, '--json'])
  t.deepEqual(JSON.parse(again.out), { schema: 'polywire.init/1', folder: cwd, files: ['src/client.ts'] })
  await writeFile(server, '// mine')
  await rm(client)
  const refused = await polywire(['init', cwd])
  t.is(refused.code, 2)
  t.is(refused.err, `polywire: ${server} is there already and differs; nothing was written. To replace it: --force\n`)
  await t.throwsAsync(readFile(client))
  t.is(await readFile(server, 'utf8'), '// mine')
  t.is((await polywire(['init', cwd, '--force', '-q'])).code, 0)
  t.regex(await readFile(server, 'utf8'), /await serve\(/)
})

test('on a terminal it asks for name and package manager, and an empty line takes the default', async t => {
  const cwd = join(await folder(t), 'greeter')
  const init = begun(['init', cwd], { columns: 80, keepsStdin: true })
  t.true((await init.printed('name ')).endsWith('name        [greeter] '))
  init.type('\n')
  await init.printed('package ')
  init.type('pnpm\n')
  const { code, out } = await init.ended
  t.is(code, 0)
  t.true(out.endsWith(`cd ${cwd} && pnpm install && pnpm test && pnpm start\n`), out)
  t.regex(await readFile(join(cwd, 'Dockerfile'), 'utf8'), /COPY package\.json pnpm-lock\.yaml/)
  t.like(JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')), { name: 'greeter' })
})

test('on a terminal files that belong together share a line, with what they are', async t => {
  const cwd = join(await folder(t), 'greeter')
  const { out } = await polywire(['init', cwd, '--yes'], { columns: 200 })
  const where = `${cwd}/`
  t.deepEqual(
    out.split('\n').map(line => line.replace(where, '')),
    [
      '  package.json  tsconfig.json       scripts start, test, build; strict, no decorator flag',
      '  polywire.json  src/contract.ts    target dev; the class that callers import',
      '  src/service.ts  server.ts         its implementation; all wires on one port, drains',
      '  src/client.ts                     a typed caller',
      '  test/hello.test.ts                every wire, and the typed error',
      '  Dockerfile  .dockerignore  .gitignore  README.md',
      '',
      `  cd ${cwd} && npm install && npm test && npm start`,
      '',
    ],
  )
  await rm(join(cwd, 'src/client.ts'))
  t.is((await polywire(['init', cwd])).out.split('\n')[0], `${where}src/client.ts\ta typed caller`)
})

test('what flags say is not asked, and Ctrl-C writes nothing', async t => {
  const cwd = join(await folder(t), 'a')
  const asked = begun(['init', cwd, '--name', '@shop/orders'], { columns: 80, keepsStdin: true })
  const text = await asked.printed('package ')
  t.false(text.includes('name '))
  asked.interrupt()
  const { code, err } = await asked.ended
  t.is(code, 130)
  t.true(err.endsWith('nothing was written\n'))
  await t.throwsAsync(readdir(cwd))
  for (const setting of [{ columns: 80, env: { CI: '1' }, keepsStdin: true }, { keepsStdin: true }])
    t.is((await polywire(['init', cwd, '--package', 'bun'], setting)).code, 0, 'no terminal, no question')
  t.is((await polywire(['init', cwd, '--yes', '--force'], { columns: 80, keepsStdin: true })).code, 0)
})

test('SIGTERM at a question has its exit code in the document too', async t => {
  const cwd = join(await folder(t), 'a')
  const asked = begun(['init', cwd, '--name', 'a', '--json'], { columns: 80, keepsStdin: true })
  await asked.printed('package ')
  asked.interrupt('SIGTERM')
  const { code, out } = await asked.ended
  t.is(code, 143)
  t.like(JSON.parse(out), { schema: 'polywire.error/1', message: 'nothing was written', exit: 143 })
})

test('answers that cannot be are refused, and nothing is written', async t => {
  const cwd = join(await folder(t), 'a')
  for (const [flags, said] of [
    [['--package', 'cargo'], '--package must be one of npm, pnpm, yarn, bun, got "cargo"'],
    [['--name', 'My App'], 'a package cannot be named "My App"; npm allows lower case, digits, - . _ ~'],
    [['--ci', 'jenkins'], '--ci must be github, got "jenkins"'],
  ] as const)
    t.deepEqual(await polywire(['init', cwd, ...flags]), { code: 2, out: '', err: `polywire: ${said}\n` })
  await t.throwsAsync(readdir(cwd))
})

test('a folder without a name is refused, and nothing is asked', async t => {
  const err = 'polywire: DIR must not be empty; leave it out for this folder\n'
  t.deepEqual(await polywire(['init', ''], { columns: 80, env: { NO_COLOR: '1' } }), { code: 2, out: '', err })
})

test('--ci adds a workflow', async t => {
  const cwd = await folder(t)
  await polywire(['init', cwd, '--ci', 'github'])
  const text = await readFile(join(cwd, '.github/workflows/test.yml'), 'utf8')
  t.true(text.endsWith('      - run: npm ci\n      - run: npm test\n'))
})

test('--from writes the service of an interface definition, which stays where it is', async t => {
  const base = await folder(t)
  const proto = join(base, 'orders.proto')
  await writeFile(
    proto,
    'syntax = "proto3"; package shop; message Id { int64 id = 1; } service Orders { rpc Cancel(Id) returns (Id); }',
  )
  const cwd = join(base, 'orders')
  const { code, err } = await polywire(['init', cwd, '--from', proto])
  t.deepEqual([code, err], [0, ''])
  const read = (name: string) => readFile(join(cwd, name), 'utf8')
  t.true(
    (await read('src/contracts/orders.ts')).startsWith(
      '// @generated by: polywire import ../orders.proto -o src/contracts\n',
    ),
  )
  t.like(JSON.parse(await read('polywire.json')), {
    contracts: ['src/contracts/**/*.ts'],
    import: [{ from: '../orders.proto', to: 'src/contracts' }],
  })
  t.regex(await read('src/service.ts'), /export class OrdersService extends Orders \{\}/)
  t.regex(await read('src/client.ts'), /await client\.cancel\(new Id\(\)\)/)
  await writeFile(proto, 'syntax = "proto3"; message Id { int64 id = 1; }')
  const none = await polywire(['init', join(base, 'b'), '--from', proto])
  t.is(none.err, `polywire: ${proto} has no service to start from\n`)
})

test('--from calls a method of plain arguments, too, and a method of messages only where it can', async t => {
  const base = await folder(t)
  const thrift = join(base, 'hello.thrift')
  const started = async (service: string) => {
    await writeFile(thrift, `enum Mood { GOOD = 1 }\nstruct Id { 1: i64 id }\n${service}`)
    const { code, err } = await polywire(['init', base, '--force', '--yes', '--from', thrift])
    t.deepEqual([code, err], [0, ''])
    return readFile(join(base, 'test/service.test.ts'), 'utf8')
  }
  t.regex(
    await started('service Hello { string greet(1: string name, 2: i64 at, 3: bool loud, 4: Id id) }'),
    /import \{ Hello, Id \} from .*\n.* {4}client\.greet\('', 0n, false, new Id\(\)\),\n/s,
  )
  t.regex(await started('service Hello { string a(1: Mood mood); string b() }'), / {4}client\.b\(\),\n/)
  t.regex(
    await started('service Hello { string a(1: Mood mood) }'),
    /assert\.deepEqual\(server\.protocols, \['http', 'thrift'\]\)\n/,
  )
})

test('a project reads its contracts in TypeScript without another package', async t => {
  const cwd = await folder(t)
  await polywire(['init', cwd])
  const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')) as { devDependencies: object }
  t.true('esbuild' in manifest.devDependencies)
})
