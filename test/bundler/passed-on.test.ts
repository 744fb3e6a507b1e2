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
  'rpc/lower.ts': `export { Authorize as guard, Method as rpc, Service as server } from 'polywire'\nexport * as pw from 'polywire'`,
  'rpc/imported.ts': `import * as pw from 'polywire'\nimport * as lower from './lower.js'\nexport { pw as rpc, lower }`,
  'rpc/service.ts': `export { Service } from 'polywire'`,
  'rpc/alias.ts': `import * as pw from 'polywire'\nexport const M = pw.Method\nexport const { Method: N } = pw`,
  'bases.ts': `export * from './base.js'\nexport * from './plain.js'\nexport const Held = class { go() { return secret() } }
    import { Service } from 'polywire'; export const Kept = @Service('k.K') class Other { m() { return secret() } }`,
  'spaces.ts': `export * as bases from './bases.js'`,
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
  'passed on by names without capitals': `import { guard, rpc, server } from './rpc/lower.js'\n@server('b.B') ${body.replace('@Method(string)', '@rpc(String) @guard(() => secret)')}`,
  'passed on by a namespace that has a name': `import { pw } from './rpc/lower.js'\n@pw.Service('b.B') ${body.replace('@Method(string)', '@pw.Method(pw.string)')}`,
  'passed on by a namespace that is imported': `import { rpc } from './rpc/imported.js'\n${body.replace('@Method(string)', '@rpc.Method(rpc.string)')}`,
  'passed on by a namespace in another': `import * as all from './rpc/imported.js'\n${body.replace('@Method(string)', '@all.lower.pw.Method(all.rpc.string)')}`,
  'passed on by a namespace without Method': `import * as rpc from './rpc/service.js'\n@rpc.Service('b.B') ${body.replace('@Method(string)', '')}`,
  'variables of another module': `import { M } from './rpc/alias.js'\n${body.replace('@Method(string)', '@M(String)')}`,
  'variables of a pattern in another module': `import { N } from './rpc/alias.js'\n${body.replace('@Method(string)', '@N(String)')}`,
  'variables of the module': `import { Method } from 'polywire'\nconst M = Method, N = M\n${body.replace('@Method(string)', '@N(String)')}`,
  'variables of a namespace': `import * as pw from 'polywire'\nconst { Method: M } = pw\n${body.replace('@Method(string)', '@M(String)')}`,
}
for (const [what, code] of Object.entries(hidden)) {
  test(`decorators that are ${what} make a service, whose code goes`, async t => {
    const found = await taken(code)
    t.regex(found?.code ?? '', /B\.m is not in the page/)
    t.notRegex(found?.code ?? '', /secret/)
    t.deepEqual(found?.warnings, [])
  })

  test(`decorators that are ${what} make a service when they are compiled`, async t => {
    for (const experimentalDecorators of [true, false]) {
      const tsconfigRaw = { compilerOptions: { experimentalDecorators } }
      const compiled = await transform(code, { loader: 'ts', target: 'es2022', tsconfigRaw })
      const found = await taken(compiled.code, 'a.js')
      t.regex(found?.code ?? '', /B\.m is not in the page/)
      t.notRegex(found?.code ?? '', /secret/)
      t.deepEqual(found?.warnings, [])
    }
  })
}

const passing: readonly (readonly [code: string, left: string])[] = [
  [files['rpc/index.ts'] ?? '', `export { Method, Service as Rpc, string } from 'polywire/web'`],
  [`export * as pw from 'polywire'`, `export * as pw from 'polywire/web'`],
  [`export * from 'polywire'`, `export * from 'polywire/web'`],
  [`export { Authorize /* of servers, */, Method } from 'polywire'`, `export { Method } from 'polywire/web'`],
  [`export { Method /* of both */, Authorize, } from 'polywire'`, `export { Method } from 'polywire/web'`],
  [`export { Authorize, } from 'polywire'`, `export {  } from 'polywire/web'`],
  [`export {\n  Authorize,\n  type Channel,\n} from 'polywire'`, `export { type Channel } from \n\n\n'polywire/web'`],
  [`export type { Channel } from 'polywire'`, `export type { Channel } from 'polywire/web'`],
]
for (const [code, left] of passing)
  test(`a module passes on what a page has, and leaves out the rest: ${code.replaceAll('\n', ' ')}`, async t => {
    t.is((await taken(code, 'rpc/index.ts'))?.code, left)
    await t.notThrowsAsync(transform(left, { loader: 'ts' }))
  })

const subclasses: Readonly<Record<string, string>> = {
  'another file': `import { A } from './base.js'\nexport class C extends A { override async m() { return secret() } }`,
  'another file, by way of a third': `import A from './middle.js'\nexport class C extends A { override async m() { return secret() } }`,
  'another file, whose namespace it imports': `import * as bases from './bases.js'\nexport class C extends bases.A { override async m() { return secret() } }`,
  'another file, whose namespace is passed on': `import { bases } from './spaces.js'\nexport const C = class extends bases.A { override async m() { return secret() } }`,
  'another file, where a variable holds it': `import { Kept } from './bases.js'\nexport const C = class extends Kept { m() { return secret() } }`,
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

const plain: Readonly<Record<string, string>> = {
  'a plain class of another file': `import { Plain } from './plain.js'\n@Service('p.P') export class P extends Plain {}`,
  'one of a namespace': `import * as bases from './bases.js'\n@Service('p.P') export class P extends bases.Plain {}`,
  'one of a namespace that is passed on': `import { bases } from './spaces.js'\n@Service('p.P') export class P extends bases.Plain {}`,
  'a class that a variable of another file holds': `import { Held } from './bases.js'\n@Service('p.P') export class P extends Held {}`,
  'a class that a variable holds': `const Held = class {};\n@Service('p.P') export class P extends Held {}`,
  'one with another name': `import { Plain } from './plain.js'; const Base = Plain\n@Service('p.P') export class P extends Base {}`,
}
for (const [what, code] of Object.entries(plain))
  test(`the base of a service is said to stay, if it is ${what}`, async t => {
    const { warnings } = (await taken(`import { Service } from 'polywire'\n${code}`)) ?? { warnings: [] }
    t.is(warnings.length, 1)
    t.regex(String(warnings), /a\.ts:3: the code of P's base stays in the page/)
  })

test('the base of a service is not said to stay, if it is a service that a variable of another file holds', async t => {
  const code = `import { Service } from 'polywire'\nimport * as bases from './bases.js'\n@Service('p.P') export class P extends bases.Kept {}`
  t.deepEqual((await taken(code))?.warnings, [])
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

test('classes that extend each other across modules are followed in a moment', async t => {
  const count = 12
  for (let one = 0; one < count; one++) {
    const others = Array.from({ length: count }, (_, other) => other).filter(other => other !== one)
    const code = others.map(other => `import { C${other} } from './c${other}.js'; class D${other} extends C${other} {}`)
    const base = one === 0 ? 'A' : `C${one - 1}`
    await writeFile(
      join(folder, `c${one}.ts`),
      `import { A } from './base.js'\n${code.join('\n')}\nexport class C${one} extends ${base} {}`,
    )
  }
  // As many ways lead through these modules as there are orders of them: a search of all of them would not end.
  const last = `c${count - 1}`
  const code = `import { C${count - 1} } from './${last}.js'\nexport class E extends C${count - 1} {}`
  t.regex(String((await taken(code))?.warnings), /the code of E stays in the page/)
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
