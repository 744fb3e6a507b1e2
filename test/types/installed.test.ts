import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { root, run, tsc } from '../support/compile.js'

/** A folder in which packages are installed as by pnpm: links to a store that also has their dependencies. */
let folder = ''

test.before(async () => {
  folder = await mkdtemp(join(root, 'build', 'installed-'))
  const store = join(folder, '.store/polywire@0/node_modules')
  await mkdir(join(store, 'polywire'), { recursive: true })
  await copyFile(join(root, 'package.json'), join(store, 'polywire/package.json'))
  const dist = join(store, 'polywire/dist')
  await run(process.execPath, [tsc, '-p', join(root, 'tsconfig.dist.json'), '--outDir', dist, '--noCheck'])
  for (const name of ['inversify', 'class-transformer'])
    await symlink(join(root, 'node_modules', name), join(store, name), 'junction')
  await mkdir(join(folder, 'node_modules'))
  for (const name of ['polywire', 'inversify'])
    await symlink(join(store, name), join(folder, 'node_modules', name), 'junction')
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

interface Project {
  readonly name: string
  readonly source: string
  readonly experimentalDecorators: boolean
}

/** What the compiler says of one file, a line each, without place and code. */
async function compile({ name, source, experimentalDecorators }: Project): Promise<string[]> {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: `${name}-out`,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    experimentalDecorators,
  }
  const config = join(folder, `${name}.json`)
  await writeFile(config, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }))
  await writeFile(join(folder, `${name}.ts`), source)
  const args = [tsc, '-p', config, '--pretty', 'false']
  const { stdout } = await run(process.execPath, args).catch((error: { stdout: string }) => error)
  return stdout.split('\n').filter(line => line !== '')
}

const modes = { experimentalDecorators: true, 'standard decorators': false }

const exporting = `
import {
  connect, currentCall, double, enumOf, Field, listOf, mapOf, Message, Method, nothing, oneOf, optional, retry, RpcError, Safe, Service, serve, setOf,
  streamOf, string, Throws, Timeout, timestamp, use,
} from 'polywire'

export enum Color { Red, Green }
export const color = enumOf(Color, 'a.Color')
export const contact = oneOf({ email: [1, string], name: string })
export const [list, set, map, maybe, stream] = [listOf(string), setOf(string), mapOf(string, color), optional(string), streamOf(string)]
export const [at, none] = [timestamp, nothing]
@Message('a.Painted') export class Painted { @Field(1, color) color = Color.Red }
@Service('a.Painter') export class Painter {
  @Method({ accepts: Painted, returns: Painted }) async paint(painted: Painted) { return painted }
}
export const named = { text: Field(1, string), optional: Field(2, optional(string)), emitted: Field(3) }
export const methods = [Method({ accepts: Painted, returns: Painted }), Method(string), Method({ args: { a: double }, returns: string })] as const
export const classes = [Message('a.B'), Service('a.B')] as const
export const policies = [Timeout('1s'), Safe(), Throws(RpcError)] as const
export const values = [retry(), use(next => next, { name: 'x' })]
export const client = () => connect(Painter, 'grpc://127.0.0.1:1')
export const server = () => serve([Painter], { port: 0 })
export const call = () => currentCall()
`

const injecting = `
import { Service, Method, string } from 'polywire'
import { remote, remotes, services } from 'polywire/inversify'

@Service('a.Greeter') export class Greeter { @Method(string) async greet() { return '' } }
export const remoteModule = remotes({ at: 'grpc://127.0.0.1:1' }, Greeter)
export const serviceModule = services(Greeter)
export const greeter = remote(Greeter)
`

for (const [mode, experimentalDecorators] of Object.entries(modes)) {
  test.serial(`declaration files name all that an application exports, where packages are links: ${mode}`, async t => {
    t.deepEqual(
      await compile({ name: `exporting-${experimentalDecorators}`, source: exporting, experimentalDecorators }),
      [],
    )
    t.deepEqual(
      await compile({ name: `injecting-${experimentalDecorators}`, source: injecting, experimentalDecorators }),
      [],
    )
  })
}

const preamble = `
import { double, enumOf, Field, int64, listOf, Message, Method, nothing, optional, Retry, Safe, Service, streamOf, string } from 'polywire'
@Message() class Query { @Field(1, string) text = '' }
@Message() class Reply { @Field(1, int64) count = 0n }
enum Color { Red, Green }
`

/** A member, and what the compiler prints of it in both modes. */
const mismatches: readonly (readonly [member: string, expected: string])[] = [
  ['@Field(1, int64) count!: number', 'PropertyMustBe<"count", bigint>'],
  ['@Field(1, listOf(string)) tags!: Set<string>', 'PropertyMustBe<"tags", string[]>'],
  ['@Field(1, Reply) reply!: Query', 'PropertyMustBe<"reply", Reply>'],
  ['@Field(1, enumOf(Color)) color!: string', 'PropertyMustBe<"color", Color>'],
  ['@Field(1, optional(string)) text!: string', 'PropertyMustBeOptional<"text">'],
  ['@Field(1, optional(string)) text?: number', 'PropertyMustBe<"text", string>'],
  [
    '@Method({ accepts: Query, returns: Reply }) async find(query: Query) { return query }',
    'MethodMustReturn<"find", Promise<Reply>>',
  ],
  [
    '@Method({ accepts: Query, returns: streamOf(Reply) }) async find(query: Query) { return new Reply() }',
    'MethodMustReturn<"find", AsyncIterable<Reply',
  ],
  [
    '@Method({ accepts: Query, returns: Reply }) async find(query: Reply) { return query }',
    'MethodMustTake<"find", Query>',
  ],
  ['@Method(string) async find() { return 1 }', 'MethodMustReturn<"find", Promise<string>>'],
  [
    '@Method({ args: { text: string, limit: double }, returns: nothing }) async find(text: string, limit: string) {}',
    'MethodMustTake<"find", { text: string; limit: number; }>',
  ],
  [
    '@Method({ args: { text: string }, returns: nothing }) async find(text: string) { return 1 }',
    'MethodMustReturn<"find", Promise<void>>',
  ],
  ["@Field(1, string) static text = ''", 'MemberMustBe<"text", "a public property that is not static">'],
  ["@Field(1, string) get text() { return '' }", 'MemberMustBe<"text", "a public property that is not static">'],
  ['@Field(1, optional(string)) static text?: string', 'MemberMustBe<"text", "a public property that is not static">'],
  ['@Method(nothing) static async find() {}', 'MemberMustBe<"find", "a method that is not static">'],
  ["@Method(string) get find() { return '' }", 'MemberMustBe<"find", "a method that is not static">'],
  ['@Method(nothing) find = async () => {}', 'MemberMustBe<"find", "a method that is not static">'],
  [
    '@Method({ args: { text: string }, returns: nothing }) static async find(text: string) {}',
    'MemberMustBe<"find", "a method that is not static">',
  ],
  ['@Safe() static async find() {}', 'MemberMustBe<"find", "a method that is not static">'],
  ["@Retry() find = ''", 'MemberMustBe<"find", "a method that is not static">'],
]

/** What only standard decorators can tell. */
const standardMismatches: typeof mismatches = [
  ['@Field(1) text!: string', 'MemberMustBe<"text", "a field with a type: @Field(1, string)">'],
  ['@Method(nothing) get find() { return async () => {} }', 'MemberMustBe<"find", "a method that is not static">'],
  [
    '@Method(string) async find(text: string) { return text }',
    'MethodMustTake<"find", "what accepts or args declares">',
  ],
]

async function holds(t: ExecutionContext, list: typeof mismatches, experimentalDecorators: boolean): Promise<void> {
  const name = `mismatches-${experimentalDecorators}`
  const classes = list.map(([member], at) => `export class Mismatch${at} { ${member} }`)
  const lines = await compile({ name, source: `${preamble}${classes.join('\n')}`, experimentalDecorators })
  const errors = lines
    .join('\n')
    .split(/^\S+\(\d+,\d+\): error /m)
    .slice(1)
  t.is(errors.length, list.length, lines.join('\n'))
  for (const [at, [member, expected]] of list.entries()) {
    const told = (errors[at] ?? '').split('\n').filter(line => line.includes(expected))
    t.true(told.length > 0, `${member}\n${errors[at]}`)
  }
}

for (const [mode, experimentalDecorators] of Object.entries(modes)) {
  test.serial(`the compiler names the member and what is expected: ${mode}`, async t => {
    const list = experimentalDecorators ? mismatches : [...mismatches, ...standardMismatches]
    await holds(t, list, experimentalDecorators)
  })
}

/** A service of ten methods, with two messages each. */
function generated(services: number): string {
  const lines = [`import { double, Field, int32, listOf, Message, Method, Service, string } from 'polywire'`]
  for (let s = 0; s < services; s++) {
    const methods: string[] = []
    for (let m = 0; m < 10; m++) {
      const name = `${s}_${m}`
      lines.push(
        `@Message() class Ask${name} { @Field(1, string) a!: string; @Field(2, int32) b = 1; @Field(3, listOf(string)) c: string[] = [] }`,
        `@Message() class Reply${name} { @Field(1, string) a!: string; @Field(2, double) b!: number }`,
      )
      methods.push(
        `@Method({ accepts: Ask${name}, returns: Reply${name} }) async m${m}(ask: Ask${name}): Promise<Reply${name}> { return { a: ask.a, b: 1 } }`,
      )
    }
    lines.push(`@Service() export class S${s} { ${methods.join('\n')} }`)
  }
  return lines.join('\n')
}

for (const [mode, experimentalDecorators] of Object.entries(modes)) {
  test.serial(`a method with its messages costs the compiler little: ${mode}`, async t => {
    const name = `generated-${experimentalDecorators}`
    t.deepEqual(await compile({ name, source: generated(20), experimentalDecorators }), [])
    const args = [tsc, '-p', join(folder, `${name}.json`), '--extendedDiagnostics']
    const { stdout } = await run(process.execPath, args)
    const instantiations = Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1])
    t.log(`${instantiations / 200} instantiations a method`)
    t.true(instantiations > 0 && instantiations < 200 * (experimentalDecorators ? 40 : 30), `${instantiations}`)
  })
}
