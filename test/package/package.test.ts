import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { bundlers, byEsbuild, placeProgram } from './bundles.js'
import { install, pack, root, run } from './installed.js'
import { copyPublicTests } from './public-tests.js'

const folder = await mkdtemp(join(tmpdir(), 'polywire-package-'))
let tarball = ''
let program = ''

test.before(async () => {
  tarball = await pack(folder)
  await install(folder, tarball, 'class-validator', 'inversify', '@types/node@20')
  program = await placeProgram(folder)
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

/** No decorators, so that it needs no compiler. */
const bareProgram = `
  import { connect, disconnect, Method, serve, Service, string } from 'polywire'
  class Hello { async greet() { return 'hello' } }
  Method(string)(Hello.prototype, 'greet', Object.getOwnPropertyDescriptor(Hello.prototype, 'greet'))
  Service('bare.Hello')(Hello)
  async function main() {
    const server = await serve([Hello], { port: 0 })
    for (const scheme of ['grpc', 'http']) {
      const hello = connect(Hello, scheme + '://' + server.address)
      if (await hello.greet() !== 'hello') throw new Error(scheme)
      await disconnect(hello)
    }
    await server.close()
    console.log('hello')
  }
  main()`

const node = (...args: string[]) => run(process.execPath, args, folder)

test.serial('the tarball holds only what users need, and there is one copy of each peer', async t => {
  const installed = join(folder, 'node_modules/polywire')
  const tops = await readdir(installed)
  t.deepEqual(tops.sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist',
    'package.json',
    'polywire.lock.schema.json',
    'polywire.schema.json',
    'schemas',
  ])
  const manifest = await readFile(join(installed, 'package.json'), 'utf8')
  t.notRegex(manifest, /polywire-development|devDependencies|"scripts"/)
})

test.serial('the command runs, and exports a contract', async t => {
  const installed = join(folder, 'node_modules/.bin/polywire')
  t.regex((await run(installed, ['--version'], folder)).stdout, /^polywire \d+\.\d+\.\d+$/m)
  await writeFile(
    join(folder, 'contract.js'),
    bareProgram.replace('class Hello', 'export class Hello').replace(/main\(\)$/, ''),
  )
  t.regex((await run(installed, ['export', 'contract.js', '--proto'], folder)).stdout, /rpc Greet\(GreetRequest\)/)
})

test.serial('a project of polywire init compiles and passes its own test', async t => {
  const bin = join(folder, 'node_modules/.bin/polywire')
  await run(bin, ['init', 'greeter'], folder)
  const greeter = join(folder, 'greeter')
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], greeter)
  t.regex((await run(process.execPath, ['--test', 'dist/test/hello.test.js'], greeter)).stdout, /pass 5\n/)
  t.regex(
    (await run(bin, ['explain', 'dist/src/contract.js', 'SayHello'], greeter)).stdout,
    /timeout\(1000 ms\) \[method\]/,
  )
  // The starter's own package.json has it, for contracts in TypeScript.
  const esbuild = join(folder, 'node_modules/esbuild')
  await symlink(join(root, 'node_modules/esbuild'), esbuild)
  t.teardown(() => rm(esbuild))
  t.regex(
    (await run(bin, ['doctor', 'contracts', 'config'], greeter)).stdout,
    /ok {4}contracts {6}1 service; .*\n0 failed/s,
  )
  t.regex((await run(bin, ['ls'], greeter)).stdout, /^hello\.Hello\/SayHello\t/)
  t.regex((await run(bin, ['explain', 'circuit_open'], greeter)).stdout, /^circuit_open {3}unavailable/)
})

test.serial('a project of polywire init --from compiles and passes its own test', async t => {
  const bin = join(folder, 'node_modules/.bin/polywire')
  const sources = {
    proto:
      'syntax = "proto3"; package shop; message Id { int64 id = 1; } service Orders { rpc Cancel(Id) returns (Id); }',
    thrift: 'namespace * shop\nservice Orders { string cancel(1: i64 id, 2: string why, 3: bool now) }',
    avdl: '@namespace("shop") protocol Orders { record Id { long id; } Id cancel(Id id); }',
  }
  // It reads .avdl, and polywire does not bring it.
  const avsc = join(folder, 'node_modules/avsc')
  await symlink(join(root, 'node_modules/avsc'), avsc)
  t.teardown(() => rm(avsc))
  for (const [format, source] of Object.entries(sources)) {
    await writeFile(join(folder, `orders.${format}`), source)
    await run(bin, ['init', `of-${format}`, '--from', `orders.${format}`], folder)
    const orders = join(folder, `of-${format}`)
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], orders)
    t.regex(
      (await run(process.execPath, ['--test', 'dist/test/service.test.js'], orders)).stdout,
      /ok 1 - a method that is not written yet says so[\s\S]*pass 1\n/,
      format,
    )
  }
})

test.serial('the schemas of --json are found by their names', async t => {
  const script = `
    import { readFile } from 'node:fs/promises'
    const schema = JSON.parse(await readFile(new URL(import.meta.resolve('polywire/schemas/call-1.json')), 'utf8'))
    console.log(schema.title)`
  t.is((await node('--input-type=module', '-e', script)).stdout, 'A line of polywire call --json\n')
})

test.serial('publint and arethetypeswrong find nothing', async t => {
  const bin = (name: string) => join(root, 'node_modules', name)
  t.regex((await node(bin('publint/src/cli.js'), tarball, '--strict')).stdout, /All good!/)
  const types = await node(bin('@arethetypeswrong/cli/dist/index.js'), tarball, '--profile', 'esm-only', '--no-emoji')
  t.regex(types.stdout, /"polywire\/testing"/)
})

test.serial('npm install polywire brings twelve packages, and it serves and bundles with nothing else', async t => {
  const bare = join(folder, 'bare')
  t.is(await install(bare, tarball), 12)
  const file = join(bare, 'program.js')
  await writeFile(file, bareProgram)
  t.is((await node(file)).stdout, 'hello\n')
  t.is((await node(await byEsbuild(file, 'bare.mjs', { format: 'esm' }))).stdout, 'hello\n')
})

test.serial('the example of the README runs', async t => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const text = example.replace('port: 8080', 'port: 0').replace('127.0.0.1:8080', '$' + '{server.address}')
  await writeFile(join(folder, 'example.ts'), text)
  const flags = '--target es2022 --module nodenext --strict --types node'.split(' ')
  await node(join(root, 'node_modules/typescript/bin/tsc'), ...flags, 'example.ts')
  const printed = /```text\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  t.is((await node('example.js')).stdout, printed)
})

test.serial('every exported class has the name that it is exported by', async t => {
  const script = `
    for (const entry of [
      'polywire',
      'polywire/extend',
      'polywire/fetch',
      'polywire/inversify',
      'polywire/testing',
      'polywire/web',
    ])
      for (const [name, value] of Object.entries(await import(entry)))
        if (/^class\b/.test(String(value)) && value.name !== name) console.log(name + ' is named ' + value.name)
    const { RpcError } = await import('polywire')
    console.log(String(new RpcError('x', 5)), new RpcError('x', 5).name)`
  const { stdout } = await node('--input-type=module', '-e', script)
  t.is(stdout, 'RpcError [not_found]: x RpcError [not_found]\n')
})

test.serial('the public tests pass against the installed package', async t => {
  const copied = await copyPublicTests(folder)
  t.true(copied.length > 20, `${copied.length} tests use only what is exported`)
  const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs')
  const args = [ava, '--timeout=60s', '--concurrency=1', ...copied]
  const { stdout } = await run(process.execPath, args, folder, 200_000)
  t.regex(stdout, /\d+ tests passed/)
  t.log(`${copied.length} files: ${/\d+ tests passed/.exec(stdout)?.[0]}`)
})

test.serial('the program runs unbundled', async t => {
  t.is((await node('program.js')).stdout, 'ok\n')
})

for (const [name, bundle] of Object.entries(bundlers))
  test.serial(`the program runs in a bundle: ${name}`, async t => {
    t.is((await node(await bundle(program))).stdout, 'ok\n')
  })

test.serial(
  'a bundle without polywire is refused where it holds class-transformer, and runs where it does not',
  async t => {
    const options = { format: 'esm' as const, external: ['polywire'] }
    const error = await t.throwsAsync(node(await byEsbuild(program, 'half.mjs', options)))
    t.regex(String(error), /class_transformer_unread/)
    const both = { ...options, external: ['polywire', 'class-transformer'] }
    t.is((await node(await byEsbuild(program, 'neither.mjs', both))).stdout, 'ok\n')
    const external = { ...options, external: ['class-transformer'] }
    t.is((await node(await byEsbuild(program, 'external.mjs', external))).stdout, 'ok\n')
  },
)

test.serial('a second copy of class-transformer: @Exclude holds, and a bundle with both is refused', async t => {
  const app = join(folder, 'app')
  await mkdir(join(app, 'node_modules'), { recursive: true })
  await cp(join(folder, 'node_modules/class-transformer'), join(app, 'node_modules/class-transformer'), {
    recursive: true,
  })
  const file = await placeProgram(app)
  t.is((await node(file)).stdout, 'ok\n')
  const error = await t.throwsAsync(node(await byEsbuild(file, 'both.mjs', { format: 'esm' })))
  t.regex(String(error), /class_transformer_unread/)
  t.regex(String(error), /2 copies of class-transformer/)
})
