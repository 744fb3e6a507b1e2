import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import anyTest, { type TestFn } from 'ava'
import { transform as transformByEsbuild } from 'esbuild'
import { transformBySwc } from './support/swc.js'

/** A folder outside of the package, in which `polywire` is an installed package and the fixture lies as service.ts. */
const test = anyTest as TestFn<{ folder: string }>

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  experimentalDecorators: true,
  verbatimModuleSyntax: true,
  types: [],
  noCheck: true,
}

test.before(async t => {
  const folder = await mkdtemp(join(root, 'build', 'toolchains-'))
  t.context.folder = folder
  const installed = join(folder, 'node_modules', 'polywire')
  await mkdir(installed, { recursive: true })
  await symlink(join(root, 'build', 'src'), join(installed, 'src'), 'junction')
  await writeFile(
    join(installed, 'package.json'),
    JSON.stringify({
      name: 'polywire',
      type: 'module',
      exports: { '.': './src/index.js', './extend': './src/extend.js' },
    }),
  )
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'fixture', type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['service.ts'] }))
  await copyFile(join(root, 'test/fixtures/toolchains/service.ts'), join(folder, 'service.ts'))
})

test.after.always(t => rm(t.context.folder, { recursive: true, force: true }))

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** Each makes the fixture runnable, and says what node is to run. */
const toolchains: Record<string, { emitsTypes: boolean; build(folder: string): Promise<string[]> }> = {
  'tsc with emitDecoratorMetadata': { emitsTypes: true, build: folder => byTsc(folder, true) },
  'tsc without emitDecoratorMetadata': { emitsTypes: false, build: folder => byTsc(folder, false) },
  esbuild: { emitsTypes: false, build: byEsbuild },
  'swc with decoratorMetadata': { emitsTypes: true, build: folder => bySwc(folder, true) },
  'swc without decoratorMetadata': { emitsTypes: false, build: folder => bySwc(folder, false) },
  tsx: { emitsTypes: false, build: async () => ['--import', import.meta.resolve('tsx'), 'service.ts'] },
}

async function byTsc(folder: string, emit: boolean): Promise<string[]> {
  const out = `tsc-${emit}`
  await run(process.execPath, [tsc, '-p', folder, '--outDir', join(folder, out), '--emitDecoratorMetadata', `${emit}`])
  return [`${out}/service.js`]
}

async function byEsbuild(folder: string): Promise<string[]> {
  const source = await readFile(join(folder, 'service.ts'), 'utf8')
  const { code } = await transformByEsbuild(source, { loader: 'ts', tsconfigRaw: { compilerOptions } })
  await writeFile(join(folder, 'esbuild.js'), code)
  return ['esbuild.js']
}

async function bySwc(folder: string, decoratorMetadata: boolean): Promise<string[]> {
  const source = await readFile(join(folder, 'service.ts'), 'utf8')
  const code = await transformBySwc(source, {
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata },
    },
  })
  await writeFile(join(folder, `swc-${decoratorMetadata}.js`), code)
  return [`swc-${decoratorMetadata}.js`]
}

const request =
  'toolchain.Request { name=1 string implicit ; times=2 int32 explicit undefined; tags=3 list of string implicit ; ' +
  'counts=4 map of string to int64 implicit [object Map]; parent=5 toolchain.Request explicit undefined; ' +
  'color=6 enum of Red=0, Green=1 explicit 1 }'

const methods = [
  {
    path: '/toolchain.Everything/Echo',
    kind: 'unary',
    idempotency: 'safe',
    input: request,
    output: request,
    throws: ['toolchain.Refused { why=1 string implicit  }'],
    contextIndex: 1,
  },
  {
    path: '/toolchain.Everything/Divide',
    kind: 'unary',
    idempotency: 'unknown',
    input: 'toolchain.DivideRequest { a=1 double implicit 0; b=2 double implicit 0 }',
    output: 'toolchain.DivideResponse { value=1 double implicit 0 }',
    throws: [],
    contextIndex: null,
  },
  {
    path: '/toolchain.Everything/Chat',
    kind: 'bidi_streaming',
    idempotency: 'unknown',
    input: request,
    output: 'toolchain.ChatResponse { value=1 string implicit  }',
    throws: [],
    contextIndex: null,
  },
  {
    path: '/toolchain.Everything/Ping',
    kind: 'unary',
    idempotency: 'unknown',
    input: 'toolchain.PingRequest {  }',
    output: 'toolchain.PingResponse {  }',
    throws: [],
    contextIndex: null,
  },
]

for (const [name, { emitsTypes, build }] of Object.entries(toolchains)) {
  test(`a service compiled by ${name} has the same schema`, async t => {
    const { folder } = t.context
    const { stdout } = await run(process.execPath, await build(folder), { cwd: folder })
    const said = JSON.parse(stdout) as { methods: unknown; bare: string }
    t.deepEqual(said.methods, methods)
    if (emitsTypes) t.is(said.bare, 'toolchain.Bare { text=1 string implicit  }')
    else
      t.is(
        said.bare,
        'member_without_type: Bare.text: its type is unknown (the compiler emitted no type); write @Field(1, string)',
      )
  })
}
