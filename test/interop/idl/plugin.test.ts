import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { folder } from './programs.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const fixtures = join(root, 'test/fixtures/idl')
const buf = join(dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')), 'bin/buf')
const main = join(root, 'build/src/cli/protoc-gen-polywire.js')

/** A folder with the plugin under its own name, which compilers look for on the path. */
async function plugin(t: ExecutionContext): Promise<{ cwd: string; env: NodeJS.ProcessEnv }> {
  const cwd = await folder(t)
  const path = join(cwd, 'protoc-gen-polywire')
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' --conditions=polywire-development '${main}'\n`)
  await chmod(path, 0o755)
  return { cwd, env: { ...process.env, PATH: `${cwd}${delimiter}${process.env.PATH}` } }
}

/** Those that `polywire import` wrote. */
async function kept(name: string): Promise<string> {
  return readFile(join(fixtures, 'generated', name), 'utf8')
}

const options = 'from=test/fixtures/idl/proto,to=test/fixtures/idl/generated'
const withIncludes = (text: string) => text.replace(/^(.* -o \S+) -I \S+/, '$1')

test('protoc writes by the plugin what polywire import writes', async t => {
  const { cwd, env } = await plugin(t)
  // Debian's protoc is older than this option.
  const path = 'shop/v1/orders.proto'
  const text = (await readFile(join(fixtures, 'proto', path), 'utf8')).replace(', debug_redact = true', '')
  const proto = await folder(t, [...wellKnown, { path, text }])
  const args = [`-I${proto}`, `--polywire_out=${cwd}`, `--polywire_opt=${options}`]
  await promisify(execFile)('protoc', [...args, path], { env })
  const expected = withIncludes(await kept('shop/v1/orders.ts')).replace(', sensitive: true', '')
  t.is(await readFile(join(cwd, 'shop/v1/orders.ts'), 'utf8'), expected)
})

test('buf generate writes by the plugin what polywire import writes', async t => {
  const { cwd, env } = await plugin(t)
  const config = { version: 'v2', plugins: [{ local: 'protoc-gen-polywire', out: cwd, strategy: 'all', opt: options }] }
  const proto = relative(root, join(fixtures, 'proto'))
  await promisify(execFile)(process.execPath, [buf, 'generate', proto, '--template', JSON.stringify(config)], {
    env,
    cwd: root,
  })
  for (const name of ['shop/v1/orders.ts', 'names/names.ts'])
    t.is(await readFile(join(cwd, name), 'utf8'), withIncludes(await kept(name)), name)
})

test('what classes cannot express fails the compiler, with file, line and construct', async t => {
  const { cwd, env } = await plugin(t)
  await writeFile(join(cwd, 'old.proto'), 'syntax = "proto2";\nmessage M { optional string __proto__ = 1; }\n')
  const error = await t.throwsAsync(
    promisify(execFile)('protoc', ['-I.', '--polywire_out=.', 'old.proto'], { env, cwd }),
  )
  t.regex(error?.message ?? '', /--polywire_out: old\.proto:2:\d+: field __proto__: /)
  const option = await t.throwsAsync(
    promisify(execFile)('protoc', ['-I.', '--polywire_out=x=1:.', 'old.proto'], { env, cwd }),
  )
  t.regex(option?.message ?? '', /protoc-gen-polywire: the option x=1: write from=DIR or to=DIR/)
})

const field = (type: string, name: string, number: number) => `${type} ${name} = ${number};`
/** Debian's protoc has none of them without its development package. */
const wellKnown = [
  ['timestamp', `message Timestamp { ${field('int64', 'seconds', 1)} ${field('int32', 'nanos', 2)} }`],
  ['empty', 'message Empty {}'],
  ['wrappers', `message StringValue { ${field('string', 'value', 1)} }`],
].map(([name, text]) => ({
  path: `google/protobuf/${name}.proto`,
  text: `syntax = "proto3"; package google.protobuf; ${text}`,
}))
