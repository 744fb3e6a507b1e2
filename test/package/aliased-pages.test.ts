import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { type Plugin, rollup } from 'rollup'
import { build as buildByVite } from 'vite'
import { esbuildPlugin, vitePlugin } from '../../src/bundler/index.js'

const folder = await mkdtemp(join(import.meta.dirname, 'aliases-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

test.before(async () => {
  await mkdir(join(folder, 'rpc'))
  await writeFile(join(folder, 'rpc/index.ts'), `export { Authorize, Method, Service as Rpc, string } from 'polywire'`)
})

const page = `import { Rpc, Method, string } from '@/rpc'\n@Rpc('b.B') export class B { @Method(string) async m() { return 'launch code' } }`

test('aliases of a bundler are followed', async t => {
  await writeFile(join(folder, 'aliased.ts'), page)
  const alias = { '@': folder }
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }
  const built = await build({
    entryPoints: [join(folder, 'aliased.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    external: ['polywire'],
    alias,
    tsconfigRaw,
    plugins: [esbuildPlugin()],
    logLevel: 'silent',
  })
  const vite = await buildByVite({
    configFile: false,
    root: folder,
    logLevel: 'silent',
    resolve: { alias },
    plugins: [vitePlugin()],
    build: {
      lib: { entry: 'aliased.ts', formats: ['es'] },
      write: false,
      minify: false,
      rollupOptions: { external: /^polywire/ },
    },
  })
  const chunks = [vite].flat().flatMap(one => ('output' in one ? one.output : []))
  for (const code of [built.outputFiles[0]?.text ?? '', ...chunks.map(one => (one.type === 'chunk' ? one.code : ''))]) {
    t.regex(code, /B\.m is not in the page/)
    t.notRegex(code, /launch code/)
  }
})

test('a module that Rollup does not find is left to Rollup', async t => {
  const typescript: Plugin = {
    name: 'ts',
    transform: code => ({ code: code.replaceAll(/@\w+\([^)]*\) /g, ''), map: null }),
  }
  await writeFile(join(folder, 'lost.js'), page)
  const bundle = await rollup({
    input: join(folder, 'lost.js'),
    external: /^@/,
    plugins: [vitePlugin(), typescript],
    onwarn: () => {},
  })
  t.is(bundle.watchFiles.length, 1)
  await bundle.close()
})

/** What hides a service, or what it has of the server, from the module that a page imports. */
const hiding: Readonly<Record<string, string>> = {
  'rpc.ts': `export { Method as rpc, Authorize as guard } from 'polywire'\nexport * as pw from 'polywire'`,
  'only-service.ts': `export { Service } from 'polywire'`,
  'bases.ts': `import { Method, Service, string } from 'polywire'
    export class Plain { plain() { return 'plain code' } }
    export const Held = class { held() { return 'held code' } }
    @Service('o.O') export class O { @Method(string) async o() { return 'launch code' } }`,
  'lower.ts': `import { guard, rpc } from './rpc'; export class Lower { @rpc(String) @guard(() => 'launch code') async m() { return 'launch code' } }`,
  'named.ts': `import { pw } from './rpc'; export class Named { @pw.Method(String) async m() { return 'launch code' } }`,
  'spaced.ts': `import * as rpc from './only-service'; @rpc.Service('s.S') export class Spaced { async m() { return 'launch code' } }`,
  'again.ts': `import { Method } from 'polywire'; const M = Method; export class Again { @M(String) async m() { return 'launch code' } }`,
  'made.ts': `import { Method } from 'polywire'
    export function make() { const key = 'launch code'; class Made { @Method(String) async m() { return key } } return Made }`,
  'of-plain.ts': `import { Service } from 'polywire'; import * as bases from './bases'; @Service('p.P') export class OfPlain extends bases.Plain {}`,
  'of-held.ts': `import { Service } from 'polywire'; import { Held } from './bases'; @Service('h.H') export class OfHeld extends Held {}`,
  'impl.ts': `import * as bases from './bases'; export class Impl extends bases.O { async o() { return 'code of Impl' } }`,
  'held-impl.ts': `import { O } from './bases'; export const HeldImpl = class extends O { async o() { return 'code of HeldImpl' } }`,
  'merged.ts': `import { Service } from 'polywire'; @Service('m.M') export class Merged {}; export namespace Merged { export const key = 'merged code' }`,
}

test('a page that esbuild builds has no code of a hidden service, or a warning of it', async t => {
  await mkdir(join(folder, 'hiding'))
  for (const [name, text] of Object.entries(hiding)) await writeFile(join(folder, 'hiding', name), text)
  await writeFile(join(folder, 'hiding/App.vue'), '<script>export default { name: 1 }</script>')
  await writeFile(join(folder, 'hiding/data.json'), '{ "to": "export" }')
  const classes = 'Lower Named Spaced Again make OfPlain OfHeld Impl HeldImpl Merged'.split(' ')
  const modules = 'lower named spaced again made of-plain of-held impl held-impl merged'.split(' ')
  const lines = modules.map((name, index) => `import { ${classes[index]} } from './${name}'`)
  const contents = `${lines.join('\n')}\nimport App from './App.vue'; import data from './data.json'; class Shell extends App {}
    start(Shell, data, ${classes.join(', ')})`
  await writeFile(join(folder, 'hiding/page.ts'), contents)
  const { outputFiles, warnings } = await build({
    entryPoints: [join(folder, 'hiding/page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    external: ['polywire'],
    loader: { '.vue': 'text' },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    plugins: [esbuildPlugin()],
    logLevel: 'silent',
  })
  t.notRegex(outputFiles[0]?.text ?? '', /launch code/)
  t.deepEqual(warnings.map(({ text }) => text.slice(text.lastIndexOf('/') + 1)).sort(), [
    'held-impl.ts:1: the code of HeldImpl stays in the page, because it has no decorator; put @Service() on it',
    'impl.ts:1: the code of Impl stays in the page, because it has no decorator; put @Service() on it',
    'merged.ts:1: the namespace Merged stays in the page; move it to another file',
    "of-held.ts:1: the code of OfHeld's base stays in the page, because it is not a service",
    "of-plain.ts:1: the code of OfPlain's base stays in the page, because it is not a service",
  ])
})
