import test from 'ava'
import { transform } from 'esbuild'
import { withoutBodies } from '../../src/bundler/without-bodies.js'

// What stays around a service and beside it, and is said to.

const service = `import { Method, Service, string } from 'polywire'; @Service() export class A { @Method(string) async m() { return key } }`

async function taken(source: string, file = 'a.ts'): Promise<{ code: string; warnings: readonly string[] }> {
  return (await withoutBodies(source, file)) ?? { code: '', warnings: [] }
}

for (const namespace of [
  `export namespace A { export const key = 'SECRET' }`,
  `namespace A.B { export const key = 'SECRET' }`,
  `export namespace A { export namespace B { export function key() { return 'SECRET' } } }`,
])
  test(`a namespace that is merged with a service is said to stay: ${namespace}`, async t => {
    const { warnings } = await taken(`${service}\n${namespace}`)
    t.deepEqual(warnings, ['a.ts:2: the namespace A stays in the page; move it to another file'])
  })

test('a namespace of types is not said to stay, nor is another one', async t => {
  for (const namespace of [
    'export namespace A { export type B = string; export interface C {} }',
    'export declare namespace A { const b: string }',
    'export namespace A { export namespace B { export type C = string } export declare const d: string }',
    `export namespace B { export const key = 'public' }`,
  ])
    t.deepEqual((await taken(`${service}\n${namespace}`)).warnings, [], namespace)
})

const factory = (locals: string) =>
  `import { Method, Service, string } from 'polywire'; import { connect } from './db.js'
   export function make(url: string) {
     ${locals}
     @Service() class X { @Method(string) async m() { return key(url) } }
     return X
   }`

test('what only a service uses goes from the function around it', async t => {
  for (const locals of [
    `const key = of('SECRET', connect)`,
    `function key(url: string) { return 'SECRET' + connect(url) }`,
    `const pool = 'SECRET', key = () => connect(pool)`,
  ])
    for (const around of ['', 'export const outer = () => {']) {
      const source =
        around === ''
          ? factory(locals)
          : `${factory(locals).replace('export function', `${around} function`)}; return make }`
      const { code, warnings } = await taken(source)
      t.notRegex(code, /SECRET|db\.js/)
      t.regex(code, /X\.m is not in the page/)
      t.deepEqual(warnings, [])
      for (const experimentalDecorators of [true, false]) {
        const tsconfigRaw = { compilerOptions: { experimentalDecorators } }
        const compiled = await transform(source, { loader: 'ts', target: 'es2022', tsconfigRaw })
        const left = await taken(compiled.code, 'a.js')
        t.notRegex(left.code, /SECRET|db\.js/)
        t.deepEqual(left.warnings, [])
      }
    }
})

test('what runs in the function around a service is said to stay', async t => {
  const stays = /^a\.ts:3: this code in the function around X stays in the page; move it to another file$/
  for (const locals of [
    `connect('SECRET')`,
    `const key = connect('SECRET'); use(key)`,
    `const timer = start('SECRET')`,
  ]) {
    const { code, warnings } = await taken(factory(locals))
    t.regex(code, /SECRET/)
    t.true(warnings.length > 0)
    for (const warning of warnings) t.regex(warning, stays)
  }
  const { warnings } = await taken(`${service}\n;(() => { start(); @Service() class B {} })()`)
  t.is(warnings.length, 1)
})

test('decorators that are passed on are said to be', async t => {
  for (const passing of [
    'const rpc = { Method }',
    'export const M = wrap(Method)',
    'export const list = [string, Method]',
    'function f() { const M = Method; return M }',
    'let M; M = Method',
  ]) {
    const { warnings } = await taken(`${service}\n${passing}`)
    t.true(
      warnings.includes('a.ts:2: a decorator of polywire is passed on here, and classes with it may stay in the page'),
      passing,
    )
  }
  const namespace = `import * as pw from 'polywire'\nexport const rpc = { m: pw.Method }`
  t.regex(String((await taken(namespace)).warnings), /^a\.ts:2: a decorator of polywire is passed on here/)
})

test('decorators that are applied, exported or named again are not said to be passed on', async t => {
  for (const using of [
    'const M = Method',
    'export { Method, Service as S }',
    'export default Method',
    'export type M = typeof Method',
    'export function f(Method: string) {}',
    'export const a = { Method: 1 }, b = a.Method',
    'export interface Method { Method: string }',
  ])
    t.deepEqual((await taken(`${service}\n${using}`)).warnings, [], using)
})
