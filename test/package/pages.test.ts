import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import test from 'ava'
import { build, transform } from 'esbuild'
import { type Plugin, rollup } from 'rollup'
import { root } from './installed.js'
import { installTools } from './toolchains/tools.js'

// Bundlers say nothing of what is in node_modules, so the package is linked there: they follow the link, and warn.

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

const small = source('json').replace(', { codec: json }', '').replace(' json,', '')

interface Bundled {
  readonly text: string
  readonly warnings: readonly string[]
}

/** Each bundles a page as its docs say, minified. */
const bundlers: Readonly<Record<string, (file: string) => Promise<Bundled>>> = {
  async esbuild(file) {
    const { outputFiles, warnings } = await build({
      entryPoints: [file],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
    })
    return { text: outputFiles[0]?.text ?? '', warnings: warnings.map(({ text }) => text) }
  },

  async rollup(file) {
    const warnings: string[] = []
    // Its declarations are of CommonJS and its code is not.
    const resolving = (nodeResolve as unknown as (options: object) => Plugin)({ browser: true })
    const bundle = await rollup({ input: file, plugins: [resolving], onwarn: ({ message }) => warnings.push(message) })
    const { output } = await bundle.generate({ format: 'es' })
    await bundle.close()
    return { text: (await transform(output[0].code, { minify: true, format: 'esm' })).code, warnings }
  },

  async webpack(file) {
    const tools = await installTools()
    const webpack = createRequire(import.meta.url)(tools.path('webpack')) as Webpack
    const output = { path: folder, filename: `webpack-${Math.random()}.js` }
    const stats = await new Promise<Stats>((resolve, reject) =>
      webpack({ mode: 'production', target: 'web', entry: file, output }, (error, found) =>
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
  for (const [name, text] of Object.entries({ json: small, protobuf: source('protobuf') })) {
    const { code } = await transform(text, {
      loader: 'ts',
      target: 'es2022',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    })
    await writeFile(join(folder, `${name}.mjs`), code)
  }
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
