import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { certificate } from '../../samples/one-port/certificate.js'
import { readArguments } from '../../src/cli/arguments.js'
import { commands } from '../../src/cli/commands.js'
import { checkBundle } from '../../src/cli/doctor/bundle.js'
import type { Check } from '../../src/cli/doctor/check.js'
import { checkDecorators } from '../../src/cli/doctor/decorators.js'
import { checkPackage } from '../../src/cli/doctor/package.js'
import { certificateFinding, checkTargets } from '../../src/cli/doctor/targets.js'
import { projectOf } from '../../src/cli/project.js'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywireIn, root } from './cli.js'
import { projectWith } from './folder.js'

/** For a slow machine. */
const patient = ['--timeout', '100s', '--connect-timeout', '100s']

/** A project that has polywire, as npm installs it. */
const polywireListed = {
  'package.json': { name: 'shop', dependencies: { polywire: '^1.0.0' } },
  'node_modules/polywire/package.json': { name: 'polywire', version: '1.2.3' },
}

test('a project in order passes', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', health: true })
  t.teardown(() => server.close())
  const at = `grpc://127.0.0.1:${server.port}`
  const cwd = await projectWith(t, {
    ...polywireListed,
    'polywire.json': { contracts: [join(root, 'build/test/fixtures/hello.js')], targets: { dev: at } },
  })
  const { code, out, err } = await polywireIn(cwd, ['doctor', '--targets', ...patient])
  t.deepEqual({ code, err }, { code: 0, err: '' }, out)
  const lines = out.split('\n')
  t.regex(lines[0] ?? '', /^shop, polywire \d+\.\d+\.\d+, Node \d+\.\d+\.\d+, \w+ \w+$/)
  t.regex(lines[1] ?? '', /^ {2}ok {4}node {11}[\d.]+, needs 20\.19 or later$/)
  t.deepEqual(lines.slice(2), [
    '  ok    package        polywire 1.2.3, with the packages that it needs',
    '  ok    copies         one of polywire',
    '  ok    config         polywire.json',
    '  ok    contracts      1 service; gRPC and HTTP carry all, Thrift and Avro 6 of 9 methods',
    `  ok    port           ${server.port} is taken by dev`,
    `  ok    target dev     ${at}: grpc http thrift avro, SERVING`,
    '0 failed, 0 warnings, 7 ok',
    '',
  ])
})

test('what is wrong fails with its reason and what to type', async t => {
  const copy = (version: string) => ({ name: 'class-transformer', version })
  const cwd = await projectWith(t, {
    ...polywireListed,
    'node_modules/class-transformer/package.json': copy('0.5.1'),
    'node_modules/legacy/package.json': { name: 'legacy' },
    'node_modules/legacy/node_modules/class-transformer/package.json': copy('0.4.0'),
    'broken.mjs': 'throw new Error("not today")',
    'polywire.json': { contracts: ['broken.mjs', 'src/**/*.mjs'], targets: { dev: 'unix:/nowhere/hello.sock' } },
  })
  const { code, out } = await polywireIn(cwd, ['doctor', '--targets', '-q'])
  t.is(code, 1)
  t.is(
    out,
    [
      '  FAIL  copies         2 class-transformer: 0.5.1 (node_modules/class-transformer) and 0.4.0 (node_modules/legacy/node_modules/class-transformer)',
      '                       @Exclude on your classes would not be seen, and what it hides be sent',
      '                       npm dedupe class-transformer',
      '  FAIL  contracts      broken.mjs cannot be loaded: not today',
      `  FAIL  contracts      src/**/*.mjs matches no file`,
      '  FAIL  target dev     unix:/nowhere/hello.sock cannot be reached: no such file or directory',
      '                       start it, or correct its address in polywire.json',
      '',
    ].join('\n'),
  )
  const json = await polywireIn(cwd, ['doctor', 'copies', '--json'])
  t.is(json.code, 1)
  t.like(JSON.parse(json.out), {
    schema: 'polywire.doctor/1',
    failed: 1,
    warned: 0,
    ok: 0,
    checks: [{ id: 'copies', state: 'FAIL' }],
  })
})

/** What one check finds in a project of these files. */
async function findings(t: ExecutionContext, check: Check, files: Readonly<Record<string, unknown>>) {
  const folder = await projectWith(t, files)
  const file = 'polywire.json' in files ? join(folder, 'polywire.json') : undefined
  const flags = ['--targets', ...patient, ...(file === undefined ? [] : ['--project', file])]
  const typed = readArguments(['doctor', ...flags], undefined, commands)
  const project = file === undefined ? undefined : projectOf(file, {})
  return (await check({ folder, typed, project, env: {} })).map(({ state, message }) => `${state} ${message}`)
}

test('package finds a project that has not all that polywire needs', async t => {
  const installed = {
    name: 'polywire',
    version: '1.2.3',
    engines: { node: '>=20.19' },
    peerDependencies: { 'class-transformer': '^0.5.1', inversify: '^8.2.3', koa: '>=3.0.0' },
    peerDependenciesMeta: { koa: { optional: true } },
  }
  t.deepEqual(await findings(t, checkPackage, {}), ['FAIL package.json does not list polywire'])
  t.deepEqual(await findings(t, checkPackage, { 'package.json': { dependencies: { polywire: '^1.0.0' } } }), [
    'FAIL polywire is listed, and not installed',
  ])
  const found = await findings(t, checkPackage, {
    'package.json': { engines: { node: '>=18' }, devDependencies: { polywire: '^1.0.0' } },
    'node_modules/polywire/package.json': installed,
    'node_modules/inversify/package.json': { version: '9.0.0' },
    'node_modules/koa/package.json': { version: '2.16.1' },
  })
  t.deepEqual(found, [
    'warn polywire is in devDependencies',
    'warn engines.node is >=18, and polywire needs >=20.19',
    'FAIL polywire needs class-transformer ^0.5.1, which is not installed',
    'FAIL polywire needs inversify ^8.2.3, and 9.0.0 is installed',
    'FAIL polywire needs koa >=3.0.0, and 2.16.1 is installed',
  ])
  const good = await findings(t, checkPackage, {
    'package.json': { engines: { node: '>=22' }, dependencies: { polywire: '^1.0.0' } },
    'node_modules/polywire/package.json': installed,
    'node_modules/inversify/package.json': { version: '8.10.0' },
    'node_modules/class-transformer/package.json': { version: '0.5.3' },
  })
  t.deepEqual(good, ['ok polywire 1.2.3, with the packages that it needs'])
})

test('bundle finds a copy of polywire inside of other code', async t => {
  // The text of the own code by which the check knows it.
  const copy = (await readFile(join(root, 'src/client/proxy.ts'), 'utf8'))
    .split('\n')
    .find(line => /Symbol\.for/.test(line))
  const files = {
    'package.json': { dependencies: { polywire: '^1.0.0', contracts: '^1.0.0', other: '^1.0.0' } },
    'node_modules/polywire/package.json': { name: 'polywire' },
    'node_modules/polywire/dist/index.js': copy,
    'node_modules/contracts/package.json': { name: 'contracts' },
    'node_modules/contracts/lib/index.cjs': copy,
    'node_modules/other/package.json': { name: 'other' },
    'node_modules/other/index.js': "import 'polywire'",
    'node_modules/other/node_modules/polywire/index.js': copy,
    'dist/whole.mjs': copy,
    'dist/half.mjs': `${copy}\nimport{connect as c}from"polywire/web"`,
  }
  t.deepEqual(await findings(t, checkBundle, files), [
    'FAIL contracts has a copy of polywire inside (lib/index.cjs)',
    'FAIL dist/half.mjs has a copy of polywire inside, and imports polywire as well',
  ])
  t.deepEqual(await findings(t, checkBundle, { ...polywireListed, 'dist/whole.mjs': copy }), [])
})

test('decorators finds two modes in one project', async t => {
  const files = {
    'node_modules/typescript/package.json': { name: 'typescript', version: '7.0.2' },
    'node_modules/typescript/bin/tsc': `import(${JSON.stringify(join(root, 'node_modules/typescript/bin/tsc'))})`,
    'a.ts': '',
    'tsconfig.json': { files: ['a.ts'] },
    'test/a.ts': '',
    'test/tsconfig.json': { extends: '../tsconfig.json', files: ['a.ts'] },
  }
  t.deepEqual(await findings(t, checkDecorators, files), ['ok standard ones in tsconfig.json, test/tsconfig.json'])
  const compilerOptions = { experimentalDecorators: true }
  const mixed = { ...files, 'tsconfig.build.json': { compilerOptions, files: ['a.ts'] } }
  t.deepEqual(await findings(t, checkDecorators, mixed), [
    'warn experimental ones in tsconfig.build.json, and standard ones in tsconfig.json',
  ])
})

test('a target that has HTTP over HTTP/2 alone speaks HTTP', async t => {
  const server = createHttp2Server((_, response) => void response.writeHead(404).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const at = `http2://127.0.0.1:${(server.address() as AddressInfo).port}`
  const found = await findings(t, checkTargets, { 'polywire.json': { targets: { dev: at } } })
  t.deepEqual(found, [`ok ${at}: http, REACHABLE`])
})

test('a target that tells strangers its contract is a warning', async t => {
  const open = await serve([HelloService], {
    port: 0,
    host: '0.0.0.0',
    reflection: true,
    health: true,
    report: () => {},
  })
  t.teardown(() => open.close())
  for (const [host, wanted] of [
    ['0.0.0.0', ['ok', 'warn']],
    ['127.0.0.1', ['ok']],
  ] as const) {
    const at = `grpc://${host}:${open.port}`
    const found = await findings(t, checkTargets, { 'polywire.json': { targets: { dev: at } } })
    t.deepEqual(
      found.map(line => line.split(' ')[0]),
      [...wanted],
    )
    if (host === '0.0.0.0') t.is(found[1], `warn ${at}: reflection is open to strangers`)
  }
})

test('a certificate that has ended fails, and one that soon ends warns', t => {
  const now = Date.parse('2026-11-28T12:00:00Z')
  const of = (end: string) => certificateFinding('target prod', 'grpcs://a.example', { end: Date.parse(end), now })
  const [ended] = of('2026-11-20T00:00:00Z')
  t.like(ended, { state: 'FAIL', message: 'grpcs://a.example: its certificate ended on 2026-11-20' })
  t.regex(ended?.fix ?? '', /server\.setTls/)
  t.like(of('2026-12-20T00:00:00Z')[0], { state: 'warn' })
  t.deepEqual(of('2027-03-01T00:00:00Z'), [])
})

test('flags of TypeScript that break decorators are found, also inherited ones', async t => {
  const modules = join(root, 'node_modules')
  const compilerOptions = { emitDecoratorMetadata: true, module: 'commonjs', target: 'es2017', types: ['node'] }
  const cwd = await projectWith(t, {
    'base.json': { compilerOptions },
    'tsconfig.json': { extends: './base.json', files: ['a.ts'] },
    'a.ts': '',
    'node_modules/typescript/package.json': { name: 'typescript', version: '7.0.2' },
    'node_modules/typescript/bin/tsc': `import(${JSON.stringify(join(modules, 'typescript/bin/tsc'))})`,
  })
  const { code, out } = await polywireIn(cwd, ['doctor', 'typescript', '--json'])
  t.is(code, 1, out)
  const { checks } = JSON.parse(out) as { checks: { message: string }[] }
  t.deepEqual(
    checks.map(({ message }) => message.split(' ')[0]),
    ['emitDecoratorMetadata', 'module', 'target'],
  )
})

test('a certificate that is not trusted fails the target', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', tls: certificate, report: () => {} })
  t.teardown(() => server.close())
  const cwd = await projectWith(t, { 'polywire.json': { targets: { prod: `grpcs://127.0.0.1:${server.port}` } } })
  const { code, out } = await polywireIn(cwd, ['doctor', 'target', '--targets', ...patient])
  t.is(code, 1)
  t.regex(
    out,
    /FAIL {2}target prod {4}the certificate of 127\.0\.0\.1:\d+ is from no known authority: .*\n +add its authority to the target in polywire\.json: "tls": \{ "ca": "certs\/ca\.pem" \}\n/,
  )
})

test('without a project, and with a check that it does not have, doctor says so', async t => {
  const cwd = await projectWith(t, {})
  const typo = await polywireIn(cwd, ['doctor', 'copie'])
  t.deepEqual(
    [typo.code, typo.err],
    [2, 'polywire: doctor has no check copie. Did you mean copies?\n  polywire doctor copies\n'],
  )
})
