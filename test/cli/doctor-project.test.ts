import { once } from 'node:events'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test, { type ExecutionContext } from 'ava'
import { starter } from '../../src/cli/starter.js'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywireIn, root } from './cli.js'
import { projectWith } from './folder.js'

interface Finding {
  readonly id: string
  readonly state: string
  readonly message: string
  readonly fix?: string
}

/** The findings of one check, as `STATE message`. */
async function findings(cwd: string, ...line: readonly string[]): Promise<string[]> {
  const { out, err } = await polywireIn(cwd, [
    'doctor',
    ...line,
    '--targets',
    '--json',
    '--timeout',
    '100s',
    '--connect-timeout',
    '100s',
  ])
  if (err !== '') throw new Error(err)
  return (JSON.parse(out) as { checks: Finding[] }).checks.map(({ state, message }) => `${state} ${message}`)
}

/** A day relative to today. */
function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

const allowance = { at: 'shop.v1.Orders/List', rules: ['RPC_NO_DELETE'], reason: 'nobody calls it' }

test('unknown keys, wrong types and secrets in the project file are found', async t => {
  const cwd = await projectWith(t, {
    'polywire.json': {
      $schema: './node_modules/polywire/polywire.schema.json',
      contract: [],
      targets: {
        dev: 'grpc://127.0.0.1:1',
        prod: { at: 'grpcs://a.example', headers: { Authorization: 'Bearer x', 'x-api-key': `\${KEY}` }, header: {} },
      },
      import: [{ from: 'a.proto' }],
      check: { wires: ['grpc'], allow: [{ ...allowance, until: 'soon' }] },
    },
  })
  t.deepEqual(await findings(cwd, 'config'), [
    'FAIL there is no setting contract. Did you mean contracts?',
    'FAIL there is no setting targets.prod.header. Did you mean headers?',
    'FAIL import[0].to is missing',
    'FAIL check.wires[0] must be one of protobuf, json, rest, thrift, avro, callers, got "grpc"',
    'FAIL check.allow[0].until must match ^\\d{4}-\\d{2}-\\d{2}$, got "soon"',
    'warn targets.prod.headers.Authorization holds a secret in plain text',
  ])
})

async function validator(name: string) {
  return new Ajv2020({ strict: true }).compile(JSON.parse(await readFile(join(root, name), 'utf8')) as object)
}

test('the schema of the project file accepts what init writes and the reference shows, and refuses typing errors', async t => {
  const validate = await validator('polywire.schema.json')
  t.true(
    validate(
      JSON.parse(starter({ name: 'a', version: '1.0.0', manager: 'npm', ci: undefined })['polywire.json'] ?? ''),
    ),
    JSON.stringify(validate.errors),
  )
  for (const page of ['reference/cli.md', 'guide/contracts.md']) {
    const text = await readFile(join(root, 'docs', page), 'utf8')
    const blocks = [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
    for (const block of blocks.filter(one => /"(?:targets|check)"/.test(one)))
      t.true(validate(JSON.parse(block)), `${page}: ${JSON.stringify(validate.errors)}`)
  }
  t.false(validate({ contract: [] }))
  t.false(validate({ check: { allow: [allowance] } }))
})

test('the schema of the lock accepts what lock writes', async t => {
  const cwd = await projectWith(t, { 'polywire.json': { contracts: [join(root, 'build/test/fixtures/hello.js')] } })
  t.is((await polywireIn(cwd, ['lock'])).code, 0)
  const lock = JSON.parse(await readFile(join(cwd, 'polywire.lock.json'), 'utf8')) as { $schema: string }
  t.is(lock.$schema, './node_modules/polywire/polywire.lock.schema.json')
  const validate = await validator('polywire.lock.schema.json')
  t.true(validate(lock), JSON.stringify(validate.errors))
  t.false(validate({ ...lock, schema: 'polywire.lock/2' }))
})

test('a contract that breaks the released one fails, and one that only grew does not', async t => {
  const lock = (lines: readonly string[]) =>
    JSON.stringify({ schema: 'polywire.lock/1', services: {}, messages: { 'a.A': lines }, enums: {} })
  const cwd = await projectWith(t, {
    'polywire.json': { contracts: ['a.lock.json'] },
    'a.lock.json': lock(['1 id string']),
  })
  t.deepEqual(await findings(cwd, 'lock'), [])
  t.is((await polywireIn(cwd, ['lock'])).code, 0)
  t.deepEqual(await findings(cwd, 'lock'), ['ok polywire.lock.json is up to date'])
  await writeFile(join(cwd, 'a.lock.json'), lock(['1 id string', '2 name string']))
  t.deepEqual(await findings(cwd, 'lock'), [
    'ok the contract has changed since polywire.lock.json was written, and nothing breaks',
  ])
  await writeFile(join(cwd, 'a.lock.json'), lock(['1 id int32']))
  t.deepEqual(await findings(cwd, 'lock'), ['FAIL the contract breaks callers of the one in polywire.lock.json'])
})

test('an allowance that has ended fails, and one that ends soon is a warning', async t => {
  const [past, near, far] = [-1, 5, 300].map(day)
  const allow = [past, near, far].map(until => ({ ...allowance, until }))
  const cwd = await projectWith(t, { 'polywire.json': { check: { allow } } })
  t.deepEqual(await findings(cwd, 'allow'), [
    `FAIL check.allow[0] ended on ${past}: RPC_NO_DELETE at shop.v1.Orders/List`,
    `warn check.allow[1] ends on ${near}: RPC_NO_DELETE at shop.v1.Orders/List`,
  ])
  await writeFile(join(cwd, 'polywire.json'), JSON.stringify({ check: { allow: allow.slice(2) } }))
  t.deepEqual(await findings(cwd, 'allow'), [`ok 1 allowed until ${far} or later`])
  await writeFile(join(cwd, 'polywire.json'), JSON.stringify({ check: { allow: [allowance] } }))
  t.regex((await findings(cwd, 'allow'))[0] ?? '', /^FAIL .*check\.allow\[0\]\.until is missing/)
})

test('classes that are not what their source says are found by their first line', async t => {
  const proto = (field: string) => `syntax = "proto3";\npackage a;\nmessage A { string ${field} = 1; }\n`
  const cwd = await projectWith(t, {
    'a.proto': proto('one'),
    'polywire.json': { contracts: ['src/**/*.ts'] },
    'src/own.ts': 'export {}',
  })
  await symlink(join(root, 'node_modules'), join(cwd, 'node_modules'))
  t.deepEqual(await findings(cwd, 'import'), [])
  const written = await polywireIn(cwd, ['import', 'a.proto', '-o', 'src'])
  t.is(written.code, 0, written.err)
  t.deepEqual(await findings(cwd, 'import'), ['ok 1 generated file, as its source says'])
  await writeFile(join(cwd, 'a.proto'), proto('two'))
  const { checks } = JSON.parse((await polywireIn(cwd, ['doctor', 'import', '--json'])).out) as { checks: Finding[] }
  t.like(checks[0], {
    state: 'warn',
    message: 'src/a.ts is not what a.proto says',
    fix: 'polywire import a.proto -o src',
  })
})

/** The port of a server that says nothing. */
async function silent(t: ExecutionContext): Promise<number> {
  const server = createServer(socket => socket.on('error', () => {}).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

test('a port that another program has fails, and a free one is fine', async t => {
  const other = await silent(t)
  const free = await serve([HelloService], { port: 0, host: '127.0.0.1', report: () => {} })
  await free.close()
  const targets = { dev: `grpc://127.0.0.1:${other}`, next: `http://127.0.0.1:${free.port}`, far: 'grpc://10.0.0.1:1' }
  const cwd = await projectWith(t, { 'polywire.json': { targets } })
  t.deepEqual((await findings(cwd, 'port')).sort(), [
    `FAIL ${other} is taken, and what listens there does not answer as dev does`,
    `ok ${free.port} is free for next`,
  ])
})

test('a registry that cannot be asked fails', async t => {
  const port = await silent(t)
  const targets = {
    etcd: `grpc+etcd://127.0.0.1:${port},127.0.0.1:1/hello.Hello`,
    dns: 'grpc+dns://localhost:50051',
    none: 'grpc://127.0.0.1:1',
  }
  const cwd = await projectWith(t, { 'polywire.json': { targets } })
  t.deepEqual(await findings(cwd, 'registry'), [
    `ok etcd 127.0.0.1:${port} of target etcd`,
    'FAIL etcd 127.0.0.1:1 of target etcd: 127.0.0.1:1 refused the connection; nothing listens there',
    'ok dns localhost:50051 of target dns',
  ])
})
