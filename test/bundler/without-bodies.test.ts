import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { transform } from 'esbuild'
import { withoutBodies } from '../../src/bundler/without-bodies.js'
import { lockText } from '../../src/idl/lock/format.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { explain } from '../../src/index.js'
import { transformBySwc } from '../support/swc.js'
import { contractSource, ordersSource } from './sources.js'

const root = join(import.meta.dirname, '../../..')
// Within the package, so that modules in it find polywire by its name.
const folder = await mkdtemp(join(root, 'build', 'bundler-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

const byEsbuild = (experimentalDecorators: boolean) => async (source: string) => {
  const compilerOptions = { experimentalDecorators }
  return (await transform(source, { loader: 'ts', target: 'es2022', tsconfigRaw: { compilerOptions } })).code
}

const bySwc = (options: object) => async (source: string) => {
  const jsc = { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: options } as const
  return transformBySwc(source, { swcrc: false, module: { type: 'es6' }, jsc })
}

let compiled = 0
const byTsc = (experimentalDecorators: boolean) => async (source: string) => {
  const name = `orders-${++compiled}`
  await writeFile(join(folder, `${name}.ts`), source)
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    experimentalDecorators,
    emitDecoratorMetadata: experimentalDecorators,
    types: [],
    noCheck: true,
    outDir: name,
  }
  await writeFile(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }))
  await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', `${name}.json`], {
    cwd: folder,
  })
  return readFile(join(folder, name, `${name}.js`), 'utf8')
}

/** Each makes what a bundler finds: source, or what a compiler made of it. */
const forms: Readonly<Record<string, (source: string) => Promise<string>>> = {
  'legacy decorators of esbuild': byEsbuild(true),
  'standard decorators of esbuild': byEsbuild(false),
  'legacy decorators of tsc': byTsc(true),
  'standard decorators of tsc': byTsc(false),
  'legacy decorators of swc': bySwc({ legacyDecorator: true, decoratorMetadata: true }),
  'standard decorators of swc': bySwc({ decoratorVersion: '2022-03' }),
  'the standard decorators of 2023 of swc': bySwc({ decoratorVersion: '2023-11' }),
}

/** What is left of the server in a module, other than names of members. */
const ofServer = (code: string) =>
  code.replace(/server(Cache|Size|Format|Helper|Reads)\b/g, '').match(/server|node:fs|Authorize|typeof Pool/g)

/** What polywire reads from a module: its contract, and the policies of callers. */
async function contractIn(name: string, code: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, code)
  const module = (await import(pathToFileURL(file).href)) as { Orders: new () => object; Order: new () => object }
  const policies = explain(module.Orders).replace(/^ +handler.*\n/gm, '')
  return lockText(lockOf(contractOf({ ...module }))) + policies
}

let contract = ''
test.before(async () => {
  contract = await contractIn('contract.mjs', await byEsbuild(true)(contractSource))
})

for (const [name, compile] of Object.entries(forms)) {
  test(`${name}: what is taken from the source leaves the contract and no code`, async t => {
    const { code, warnings } = (await withoutBodies(ordersSource, 'orders.ts')) ?? { code: '', warnings: ['none'] }
    t.deepEqual(warnings, [])
    t.is(code.split('\n').length, ordersSource.split('\n').length, 'lines stay where they are')
    const compiled = await compile(code)
    t.is(ofServer(compiled), null)
    t.is(await contractIn(`${name}, source.mjs`, compiled), contract)
  })

  test(`${name}: what is taken from the compiled class leaves the contract and no code`, async t => {
    const isLeftByDesign = /standard.* of swc/.test(name)
    const { code, warnings } = (await withoutBodies(await compile(ordersSource), 'orders.js')) ?? {
      code: '',
      warnings: ['none'],
    }
    if (isLeftByDesign) t.regex(String(warnings), /static fields of Orders stay in the page/)
    else {
      t.deepEqual(warnings, [])
      t.is(ofServer(code), null)
      t.is(await contractIn(`${name}, compiled.mjs`, code), contract)
    }
  })
}

test('a body says where the method is', async t => {
  const { code = '' } = (await withoutBodies(ordersSource, 'orders.ts')) ?? {}
  await writeFile(join(folder, 'called.mjs'), await byEsbuild(true)(code))
  const { Orders } = (await import(pathToFileURL(join(folder, 'called.mjs')).href)) as {
    Orders: (new () => { find(order: object): Promise<unknown> }) & { serverCache: unknown }
  }
  const message = /^Orders\.\w+ is not in the page: call it on the client that connect returns$/
  await t.throwsAsync(new Orders().find({}), { message })
  t.throws(() => Orders.serverCache, { message })
})

async function taken(source: string, file = 'a.ts'): Promise<{ code: string; warnings: readonly string[] }> {
  return (await withoutBodies(source, file)) ?? { code: '', warnings: [] }
}

test('modules without polywire are left alone, and others import polywire/web', async t => {
  t.is(await withoutBodies('import fs from "node:fs"; fs.read()', 'a.ts'), undefined)
  t.is(
    (await taken(`import { Message } from "polywire"\nuse(Message)`)).code,
    `import { Message } from 'polywire/web'\nuse(Message)`,
  )
  t.is((await taken(`export { Code } from 'polywire'`)).code, `export { Code } from 'polywire/web'`)
})

test('what other code uses stays, and what nobody used stays', async t => {
  const { code } = await taken(`
    import Service, { a as b, type C } from './c.js'
    import * as p from 'polywire'
    import { kept } from './kept.js'
    const timer = setInterval(kept)
    @p.Service() export class S { @p.Method(p.string) async m(): Promise<string> { return Service(b, shared) } }
    const shared = 1
    export const other = shared
    let c: C`)
  t.notRegex(code, /Service\b, |as b/)
  for (const text of ['import type { C } from', 'const shared', 'const timer', 'kept.js', 'let c: C'])
    t.true(code.includes(text), text)
})

test('services that extend a contract, and classes in expressions, have no code either', async t => {
  const { code, warnings } = await taken(`
    import { Method, Service, string } from 'polywire/web'
    import { db } from './db.js'
    import { Contract } from './contract.js'
    @Service() export class A extends Contract { override async m() { return db() } }
    export const B = @Service('b') class { @Method(string) 'a b'() { return db() } static { db() } [Symbol.iterator]() { return db() } }
    export default @Service() class extends A { async m() { return db() } constructor(readonly x = db()) { super() } }`)
  t.notRegex(code, /\bdb\b/)
  t.regex(code, /B\.a b is not in the page/)
  t.deepEqual(warnings, [])
})

test('what stays is said', async t => {
  const say = async (text: RegExp, source: string, file = 'a.ts') =>
    t.regex(String((await taken(source, file)).warnings), text)
  const service = `import { Method, Service, string } from 'polywire/web'; @Service() export class A { @Method(string) async m() { return '' } }`
  await say(/a\.ts:2: this code beside A stays in the page/, `${service}\nimport 'dotenv/config'`)
  await say(/a\.ts:2: this code beside A/, `${service}\nstart()`)
  await say(/a\.ts:2: this code beside A/, `${service}\nexport const pool = new Pool()`)
  await say(
    /a\.ts:1: the code of A's base stays/,
    `class B { go() { secret() } }; ${service.replace('A {', 'A extends B {')}`,
  )
  await say(/a\.ts:1: the code of A's base stays/, service.replace('A {', 'A extends mixin(B) {'))
  await say(/^$/, `import { connect } from 'polywire/web'; ${service}; connect(A, '/')`)
  await say(/^$/, `import 'reflect-metadata'; ${service}; export const id = string`)
  await say(
    /no class that polywire\/bundler can find/,
    `const p = require('polywire'); (0, p.Service)('a')(A)`,
    'a.cjs',
  )
  await say(
    /no class that polywire\/bundler can find/,
    `import { Service } from 'polywire'; function A() {}; Service('a')(pick(A))`,
    'a.js',
  )
})

const service = `import { Method, Service, string } from 'polywire'; @Service() export class A { @Method(string) async m() { return pool.a } }`

const running: Readonly<Record<string, string>> = {
  'a constant that an export uses': `const pool = createPool('x')\nexport function close() { return pool.end() }`,
  'a constant that is exported by name': `const pool = createPool('x')\nexport { pool }`,
  'a constant that nothing uses': `const timer = setInterval(tick)`,
  'a constant with a type assertion': `export const pool = createPool('x') as Pool`,
  'a constant that satisfies a type': `export const pool = createPool('x') satisfies Pool`,
  'a property': `export const p = { a: [createPool('x')] }`,
  'a variable in braces': `export const { a } = await import('./a.js')`,
  'an optional call': `export const p = open?.('x')`,
  'a tagged template': 'export const p = sql`x`',
  'a function that is called at once': `export const p = (() => createPool('x'))()`,
  'a default export': `export default createServer('x')`,
  'a namespace': `namespace I { export const p = createPool('x') }`,
  'a value of an enum': `export enum E { a = count('x') }`,
  'a static field of another class': `export class B { static pool = createPool('x') }`,
  'a static block of another class': `export class B { static { start('x') } }`,
  'an argument of a type': `export const t = optional(create('x'))`,
  'a client': `import { connect } from 'polywire'\nexport const b = connect(B, 'http://x')`,
}
for (const [name, code] of Object.entries(running)) {
  const warned = /a\.[jt]s:\d+: this code beside A stays in the page; move it to another file/
  test(`${name} is said to stay, in source and compiled`, async t => {
    const { warnings } = await taken(`${service}\n${code}`)
    t.is(warnings.length, 1)
    t.regex(String(warnings), warned)
    for (const compile of [byEsbuild(true), byEsbuild(false), bySwc({ legacyDecorator: true })])
      t.regex(String((await taken(await compile(`${service}\n${code}`), 'a.js')).warnings), warned)
  })
}

test('what only declares is not said to stay', async t => {
  const code = `
    import { Message, Field, optional } from 'polywire'
    import { Check } from './check.js'
    @Message('a.O') @Check(1) export class O { @Field(1, optional(string)) @Check() id = make(); static limit = 1; now() { return make() } }
    export const name = optional(string), later = () => make(), cache = new Map(), text = \`\${1}\`
    export default { get now() { return make() }, make() { return make() } }
    export function other() { return make() }`
  t.deepEqual((await taken(service + code)).warnings, [], 'source')
  for (const [name, compile] of Object.entries(forms))
    t.deepEqual((await taken(await compile(service + code), 'a.js')).warnings, [], name)
})

for (const [name, compile] of Object.entries(forms))
  test(`a static member that a decorator reads stays, or is said to be missing: ${name}`, async t => {
    const reading = (value: string) =>
      `import { Method, Service, string, Timeout } from 'polywire'; @Service('a.A') export class A {
         static limit = ${value}
         @Method(string) @Timeout(A.limit) async m() { return '' }
       }`
    const { code, warnings } = await taken(await compile(reading('limitOf()')), 'a.js')
    t.is(warnings.length, 1)
    // What swc puts into a class around it stays, and is said to.
    const stays = code.includes('limitOf')
    t.regex(
      String(warnings),
      stays ? /static fields of A stay/ : /a decorator reads A\.limit, which is not in the page/,
    )
    t.is(stays, name.includes('standard decorators') && name.includes('swc'))
  })

test('a server that calls another service is no page', async t => {
  const { warnings } = await taken(`import { connect } from 'polywire'\n${service}\nstart(connect)`)
  t.regex(String(warnings), /a\.ts:3: this code beside A stays/)
})

const onlyOfServer: Readonly<Record<string, string>> = {
  'types of variables': `const pool: Map<string, Order> = createPool('SECRET'); export let o: Map<string, Order>`,
  'default values in patterns': `const { pool = other } = createPool('SECRET'); const other = 1; export { other }`,
  overloads: `function pool(a: string): void; function pool(a: number): void; function pool(a: unknown) { go('SECRET') }`,
  namespaces: `namespace pool { export const a = createPool('SECRET') }`,
  'imports of CommonJS': `import pool = require('SECRET')`,
  ...Object.fromEntries(
    Object.entries({
      parameters: 'export function f(pool: string, { a: [b = 1], ...rest }: O) { return pool }',
      'parameters of arrows': 'export const f = (...pool: string[]) => pool',
      'parameters of types':
        'export type F = (pool: string) => void; export interface G { (pool: string): void; new (pool: string): G }',
      'variables of functions': 'export function f() { const { pool } = g(); return pool }',
      'variables of blocks': 'export function f() { if (g) { class pool {}; return pool } }',
      'functions in expressions': 'export const f = function pool() { return pool }',
      'properties of interfaces': 'export interface F { pool: string; pool(): void }',
      'private names': 'export class F { #pool = 1; #a() { return this.#pool } }',
      'members of enums': 'export enum F { pool = 1 }',
      'qualified names': 'export type F = G.pool; export type H = [pool: string]',
      labels: 'export function f() { pool: for (;;) break pool }',
    }).map(([name, code]) => [`equal names of ${name}`, `const pool = createPool('SECRET'); ${code}`]),
  ),
}
for (const [name, code] of Object.entries(onlyOfServer))
  test(`${name} do not keep what only a server uses`, async t => {
    t.notRegex((await taken(`${service}\n${code}`)).code, /SECRET/)
  })

test('what is used beside an equal name stays', async t => {
  for (const use of [
    'export function f(a = pool) { return a }',
    'export function f() { { const pool = 1 }; return pool }',
    'export function f({ a = pool }) { return a }',
    'export const f = (a: string) => ({ pool, a })',
    'export class F { [pool] = 1 }',
    'export enum F { a = pool }',
    'export type F = (a: typeof pool) => void',
    'export function f(this: F, { [pool]: a }) { return a }',
  ])
    t.regex((await taken(`${service}\nconst pool = 'kept'; ${use}`)).code, /'kept'/, use)
})

test('an import of which types are left does not load the module', async t => {
  const importOf = async (clause: string) => {
    const { code } = await taken(`${service}\nimport ${clause} from './pool.js'; export let p: Pool, q: P2`)
    return /import .* from '.\/pool.js'/.exec(code)?.[0]
  }
  t.is(await importOf('{ pool, type Pool }'), `import type { Pool } from './pool.js'`)
  t.is(await importOf('pool, { type Pool, type Pool as P2 }'), `import type { Pool, Pool as P2 } from './pool.js'`)
  t.is(await importOf('{ pool, type Pool, P2 }'), `import { type Pool, P2 } from './pool.js'`)
  t.is(await importOf('type { pool, Pool }'), `import type { Pool } from './pool.js'`)
})

test('a compiled service has no source map, which would have the source', async t => {
  for (const comment of ['//# sourceMappingURL=a.js.map', '//@ sourceMappingURL=data:x', '/*# sourceMappingURL=a */'])
    t.notRegex((await taken(`${service}\n${comment}\n`)).code, /sourceMappingURL/)
  const text = 'export const text = `\n//# sourceMappingURL=a`'
  t.true((await taken(`${service}\n${text}`)).code.endsWith(text))
})

test('a static member that a decorator reads stays if it is a literal, and is said to be missing if not', async t => {
  const source = (members: string) => `
    import { Authorize, Method, Service, string, Timeout } from 'polywire'
    @Service() @Timeout(A.limit) export class A {
      static password = 'SECRET'
      ${members}
      @Method(string) @Authorize(() => A.password) async m() { return A.password }
    }`
  const literal = await taken(source(`static limit = '2s'`))
  t.regex(literal.code, /static limit = '2s'/)
  t.notRegex(literal.code, /SECRET/)
  t.deepEqual(literal.warnings, [])
  for (const member of ['static limit = pick()', 'static get limit() { return pick() }']) {
    const { code, warnings } = await taken(source(member))
    t.notRegex(code, /pick/)
    t.deepEqual(warnings, ['a.ts:3: a decorator reads A.limit, which is not in the page; write a literal, or move it'])
  }
})

test('a module that cannot be parsed fails, because its code would be in the page', async t => {
  await t.throwsAsync(withoutBodies(`import 'polywire'; class {`, 'a.ts'))
})
