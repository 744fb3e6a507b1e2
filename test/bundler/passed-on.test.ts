import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { transform } from 'esbuild'
import { Modules } from '../../src/bundler/modules.js'
import { withoutBodies } from '../../src/bundler/without-bodies.js'

// What hides a service from its module: decorators that another module passes on, and bases in other files.

const folder = await mkdtemp(join(import.meta.dirname, 'passed-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

const files: Readonly<Record<string, string>> = {
  'rpc/index.ts': `export { Authorize, Method, Service as Rpc, string } from 'polywire'`,
  'rpc/again.ts': `import { Method, Rpc } from './index.js'\nexport { Method, Rpc }\nexport * from './round.js'`,
  'rpc/round.ts': `export * from './again.js'`,
  'base.ts': `import { Method, Service, string } from 'polywire'\n@Service('a.A') export class A { @Method(string) async m() { return secret() } }`,
  'plain.ts': `export class Plain { go() { return secret() } }`,
  'App.vue': '<script>export default { name: 1 }</script>',
  'data.json': '{ "to": "export" }',
  'page.mdx': 'export const a = 1\n\n# <b',
  'broken.ts': 'export const = 1',
  'node_modules/packaged/index.js': `import { Service } from 'polywire'\nexport class A { a = Service('a')(A) }`,
  'middle.ts': `import { A } from './base.js'\nexport default class extends A {}`,
}

test.before(async () => {
  for (const name of ['rpc', 'node_modules/packaged']) await mkdir(join(folder, name), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})

const taken = (code: string, name = 'a.ts') => withoutBodies(code, join(folder, name))

const body = `export class B { @Method(string) async m() { return secret() } }`
const hidden: Readonly<Record<string, string>> = {
  'passed on': `import { Method, Rpc, string } from './rpc/index.js'\n@Rpc('b.B') ${body}`,
  'passed on by a folder': `import { Method, string } from './rpc'\n${body}`,
  'passed on twice, under another name': `import { Method as M } from './rpc/again.js'\n${body.replace('@Method(string)', '@M(string)')}`,
  'passed on by a namespace': `import * as rpc from './rpc/index.js'\n${body.replace('@Method(string)', '@rpc.Method(rpc.string)')}`,
}
for (const [what, code] of Object.entries(hidden))
  test(`decorators that are ${what} make a service, whose code goes`, async t => {
    const found = await taken(code)
    t.regex(found?.code ?? '', /B\.m is not in the page/)
    t.notRegex(found?.code ?? '', /secret/)
    t.deepEqual(found?.warnings, [])
  })

const passing: Readonly<Record<string, string>> = {
  [files['rpc/index.ts'] ?? '']: `export { Method, Service as Rpc, string } from 'polywire/web'`,
  [`export * as pw from 'polywire'`]: `export * as pw from 'polywire/web'`,
  [`export * from 'polywire'`]: `export * from 'polywire/web'`,
  [`export { Authorize /* of servers, */, Method } from 'polywire'`]: `export { Method } from 'polywire/web'`,
  [`export { Method /* of both */, Authorize, } from 'polywire'`]: `export { Method } from 'polywire/web'`,
  [`export { Authorize, } from 'polywire'`]: `export {  } from 'polywire/web'`,
  [`export {\n  Authorize,\n  type Channel,\n} from 'polywire'`]: `export { type Channel } from \n\n\n'polywire/web'`,
  [`export type { Channel } from 'polywire'`]: `export type { Channel } from 'polywire/web'`,
}
for (const [code, left] of Object.entries(passing))
  test(`a module passes on what a page has, and leaves out the rest: ${code.replaceAll('\n', ' ')}`, async t => {
    t.is((await taken(code, 'rpc/index.ts'))?.code, left)
    await t.notThrowsAsync(transform(left, { loader: 'ts' }))
  })

const subclasses: Readonly<Record<string, string>> = {
  'another file': `import { A } from './base.js'\nexport class C extends A { override async m() { return secret() } }`,
  'another file, by way of a third': `import A from './middle.js'\nexport class C extends A { override async m() { return secret() } }`,
  'its own file': `${files['base.ts']}\nexport class C extends A { override async m() { return secret() } }`,
}
for (const [where, code] of Object.entries(subclasses))
  test(`a class without decorators is said to stay, if it extends a service in ${where}`, async t => {
    const { warnings } = (await taken(code)) ?? { warnings: [] }
    t.is(warnings.length, 1)
    t.regex(
      String(warnings),
      /a\.ts:\d: the code of C stays in the page, because it has no decorator; put @Service\(\) on it/,
    )
  })

test('the base of a service is said to stay, if it is a plain class of another file', async t => {
  const code = `import { Service } from 'polywire'\nimport { Plain } from './plain.js'\n@Service('p.P') export class P extends Plain {}`
  t.regex(String((await taken(code))?.warnings), /a\.ts:3: the code of P's base stays in the page/)
})

const others: Record<string, string> = {
  'decorators of others': `import { Service } from 'typedi'\n@Service() export class B { go() {} }`,
  'decorators of its own': `import { Plain } from './plain.js'\n@Plain() export class B { go() {} }`,
  'a plain base': `import { Plain } from './plain.js'\nexport class B extends Plain {}`,
  'a base that is not found': `import { Lost } from './lost.js'\nexport class B extends Lost {}`,
  'a syntax of other plugins': `import { A } from './base.js'\n@B class C extends A { m() { do { x } } }`,
  'modules that import each other': `import { A } from './rpc/round.js'\nexport class B extends A {}`,
}
for (const [name, of] of Object.entries({ 'App.vue': '', 'data.json': '', 'page.mdx': '', 'broken.ts': '{ A }' }))
  others[`an import of ${name}`] = `import ${of || 'A'} from './${name}'\nexport class B extends A {}`
for (const [what, code] of Object.entries(others))
  test(`a module with ${what} is not touched`, async t => {
    t.is(await taken(code), undefined)
  })

test('a class of the page may extend a service', async t => {
  const code = `import { connect } from 'polywire/web'\nimport { A } from './base.js'\nexport class C extends A {}\nconnect(C, '/')`
  t.deepEqual((await taken(code))?.warnings, [])
})

test('packages are not read', async t => {
  const code = `import { A } from './node_modules/packaged/index.js'\nexport class B extends A {}`
  const modules = new Modules()
  t.is(await withoutBodies(code, join(folder, 'a.ts'), { modules }), undefined)
  t.is(await modules.read(join(folder, 'node_modules/packaged/index.js')), undefined)
})

test('a build parses a module once, and again when its text is another', async t => {
  const modules = new Modules()
  const file = join(folder, 'watched.ts')
  await writeFile(file, files['plain.ts'] ?? '')
  const before = await modules.read(file)
  const code = `import { Service } from 'polywire'\nimport { Plain } from './watched.js'\n@Service('p.P') export class P extends Plain {}`
  t.regex(
    String((await withoutBodies(code, join(folder, 'a.ts'), { modules }))?.warnings),
    /the code of P's base stays/,
  )
  t.is(await modules.read(file), before)
  await writeFile(file, (files['base.ts'] ?? '').replace('class A', 'class Plain'))
  t.deepEqual((await withoutBodies(code, join(folder, 'a.ts'), { modules }))?.warnings, [])
  t.not(await modules.read(file), before)
})
