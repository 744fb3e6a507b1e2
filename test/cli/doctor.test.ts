import { join } from 'node:path'
import test from 'ava'
import { certificate } from '../../samples/one-port/certificate.js'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { polywireIn, root } from './cli.js'
import { projectWith } from './folder.js'

test('a project in order passes', async t => {
  const server = await serve([HelloService], { port: 0, host: '127.0.0.1', health: true })
  t.teardown(() => server.close())
  const at = `grpc://127.0.0.1:${server.port}`
  const cwd = await projectWith(t, {
    'polywire.json': { contracts: [join(root, 'build/test/fixtures/hello.js')], targets: { dev: at } },
  })
  const { code, out, err } = await polywireIn(cwd, ['doctor', '--targets'])
  t.deepEqual({ code, err }, { code: 0, err: '' }, out)
  const lines = out.split('\n')
  t.regex(lines[0] ?? '', /^shop, polywire \d+\.\d+\.\d+, /)
  t.regex(lines[1] ?? '', /^ {2}ok {4}node {11}[\d.]+, needs 20\.19 or later$/)
  t.deepEqual(lines.slice(2), [
    '  ok    config         polywire.json',
    '  ok    contracts      1 service; grpc and http carry all 9, thrift and avro carry 6 of 9 methods',
    `  ok    port           ${server.port} is taken by dev`,
    `  ok    target dev     ${at}: SERVING`,
    '0 failed, 0 warnings, 5 ok',
    '',
  ])
})

test('what is wrong fails with its reason and what to type', async t => {
  const copy = (version: string) => ({ name: 'class-transformer', version })
  const cwd = await projectWith(t, {
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
      '  FAIL  target dev     unix:/nowhere/hello.sock cannot be reached: connect ENOENT /nowhere/hello.sock',
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
  const { code, out } = await polywireIn(cwd, ['doctor', 'target', '--targets'])
  t.is(code, 1)
  t.regex(out, /FAIL {2}target prod {4}the certificate of 127\.0\.0\.1:\d+ is from no known authority/)
})

test('without a project, and with a check that it does not have, doctor says so', async t => {
  const cwd = await projectWith(t, {})
  const typo = await polywireIn(cwd, ['doctor', 'copie'])
  t.deepEqual([typo.code, typo.err], [2, 'polywire: doctor has no check copie. Did you mean copies?\n'])
})
