import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import test from 'ava'
import { build, transform } from 'esbuild'
import { type Plugin, rollup } from 'rollup'
import type * as Plugins from '../../src/bundler/index.js'
import { root } from './installed.js'
import { installTools } from './toolchains/tools.js'

// Bundlers say nothing of what is in node_modules, so the package is linked there: they follow the link, and warn.

const { esbuildPlugin, vitePlugin } = (await import(join(root, 'dist/bundler/index.js'))) as typeof Plugins
const folder = await mkdtemp(join(tmpdir(), 'polywire-pages-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

const source = (codec: string) => `
  import { connect, Field, Message, Method, ${codec}, Safe, Service, string } from 'polywire/web'
  @Message('hello.Text') class Text { @Field(1, string) text = '' }
  @Service('hello.Hello') class Hello {
    @Method({ accepts: Text, returns: Text }) @Safe() async sayHello(request) { throw new Error('the server has it') }
  }
  const hello = connect(Hello, '/', { codec: ${codec} })
  hello.sayHello({ text: 'World' }).then(({ text }) => { document.body.textContent = text })`

/** A class with the code of a server in it. */
const whole = `
  import { readFileSync } from 'node:fs'
  import { Field, Message, Method, Safe, Service, string } from 'polywire'
  @Message('hello.Text') export class Text { @Field(1, string) text = '' }
  @Service('hello.Hello') export class Hello {
    @Method({ accepts: Text, returns: Text }) @Safe() async sayHello({ text }) { return { text: readFileSync('launch code') } }
  }`

const pageOfWhole = `
  import { connect } from 'polywire/web'
  import { Hello } from './whole.mjs'
  const hello = connect(Hello, '/')
  hello.sayHello({ text: 'World' }).then(({ text }) => { document.body.textContent = text })`

const small = source('json').replace(', { codec: json }', '').replace(' json,', '')

interface Bundled {
  readonly text: string
  readonly warnings: readonly string[]
}

/** Each bundles a page as its docs say, minified. With `takesOut`, a plugin takes the code of services out. */
const bundlers: Readonly<Record<string, (file: string, takesOut?: boolean) => Promise<Bundled>>> = {
  async esbuild(file, takesOut = false) {
    const { outputFiles, warnings } = await build({
      entryPoints: [file],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
      plugins: takesOut ? [esbuildPlugin()] : [],
    })
    return { text: outputFiles[0]?.text ?? '', warnings: warnings.map(({ text }) => text) }
  },

  async rollup(file, takesOut = false) {
    const warnings: string[] = []
    // Its declarations are of CommonJS and its code is not.
    const resolving = (nodeResolve as unknown as (options: object) => Plugin)({ browser: true })
    const bundle = await rollup({
      input: file,
      plugins: takesOut ? [vitePlugin(), resolving] : [resolving],
      onwarn: ({ message }) => warnings.push(message),
    })
    const { output } = await bundle.generate({ format: 'es' })
    await bundle.close()
    return { text: (await transform(output[0].code, { minify: true, format: 'esm' })).code, warnings }
  },

  async webpack(file, takesOut = false) {
    const tools = await installTools()
    const webpack = createRequire(import.meta.url)(tools.path('webpack')) as Webpack
    const module = { rules: [{ test: /\.m?js$/, enforce: 'pre', use: 'polywire/bundler' }].slice(takesOut ? 0 : 1) }
    const output = { path: folder, filename: `webpack-${Math.random()}.js` }
    const stats = await new Promise<Stats>((resolve, reject) =>
      webpack({ mode: 'production', context: folder, target: 'web', entry: file, output, module }, (error, found) =>
        found === undefined ? reject(error) : resolve(found),
      ),
    )
    const { errors, warnings } = stats.toJson()
    const messages = [...errors, ...warnings].map(({ message }) => message)
    return { text: await readFile(join(output.path, output.filename), 'utf8').catch(() => ''), warnings: messages }
  },
}

/** The part of webpack that is used. It is installed with the toolchains. */
type Webpack = (options: object, done: (error: unknown, stats?: Stats) => void) => void
interface Stats {
  toJson(): Readonly<Record<'errors' | 'warnings', readonly { readonly message: string }[]>>
}

test.before(async () => {
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/polywire'))
  for (const [name, text] of Object.entries({ json: small, protobuf: source('protobuf'), whole })) {
    const { code } = await transform(text, {
      loader: 'ts',
      target: 'es2022',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    })
    await writeFile(join(folder, `${name}.mjs`), code)
  }
  await writeFile(join(folder, 'page-of-whole.mjs'), pageOfWhole)
})

for (const [name, bundle] of Object.entries(bundlers))
  for (const [codec, limit] of [
    ['json', 12_000],
    ['protobuf', 20_000],
  ] as const)
    test.serial(`${name} bundles a page in ${codec} without a warning, of at most ${limit / 1000} kB`, async t => {
      const { text, warnings } = await bundle(join(folder, `${codec}.mjs`))
      t.deepEqual(warnings, [])
      const size = gzipSync(text, { level: 9 }).length
      t.log(`${size} bytes`)
      t.true(size <= limit, `${size} bytes`)
      for (const unused of ['new WebSocket', 'backoff', 'map (a Map)']) t.false(text.includes(unused), unused)
      t.is(text.includes('a varint'), codec === 'protobuf')
    })

for (const [name, bundle] of Object.entries(bundlers))
  test.serial(`${name} bundles a page of a class with code, and the page is as small and has none of it`, async t => {
    const { text, warnings } = await bundle(join(folder, 'page-of-whole.mjs'), true)
    t.deepEqual(warnings, [])
    for (const ofServer of ['launch code', 'node:fs', 'readFileSync']) t.false(text.includes(ofServer), ofServer)
    const size = gzipSync(text, { level: 9 }).length
    t.log(`${size} bytes`)
    t.true(size <= 12_000, `${size} bytes`)
  })
