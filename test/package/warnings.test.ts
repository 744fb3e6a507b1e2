import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { root } from './installed.js'

// Bundlers say nothing of what is in node_modules, so these bundle dist/ itself, as of a linked package.

for (const entry of ['index', 'web/index']) {
  test(`esbuild bundles dist/${entry}.js without a warning`, async t => {
    const { warnings } = await build({
      stdin: { contents: `import * as entry from './dist/${entry}.js'; console.log(entry)`, resolveDir: root },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      write: false,
      logLevel: 'silent',
    })
    t.deepEqual(
      warnings.map(({ text }) => text),
      [],
    )
  })

  test(`rollup bundles dist/${entry}.js without a warning`, async t => {
    const warnings: string[] = []
    const bundle = await rollup({
      input: join(root, `dist/${entry}.js`),
      external: id => !/^[./]/.test(id),
      onwarn: ({ message }) => warnings.push(message),
    })
    await bundle.generate({ format: 'es' })
    await bundle.close()
    t.deepEqual(warnings, [])
  })
}

test('a page of dist/web/index.js has little that it does not use', async t => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { connect, Field, Message, Method, Safe, Service, string } from './dist/web/index.js'
        @Message('hello.Text') class Text { @Field(1, string) text = '' }
        @Service('hello.Hello') class Hello {
          @Method({ accepts: Text, returns: Text }) @Safe() async sayHello(request) { throw new Error('the server has it') }
        }
        document.body.textContent = (await connect(Hello, '/').sayHello({ text: 'World' })).text`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  })
  const { contents } = outputFiles[0] as { readonly contents: Uint8Array }
  // Chunks hold several modules, of which esbuild keeps decorated classes that nothing uses: 1 kB more than from the sources.
  t.true(gzipSync(contents, { level: 9 }).length <= 13_800)
  const page = Buffer.from(contents).toString()
  for (const text of ['new WebSocket', 'backoff', 'a varint', 'map (a Map)']) t.false(page.includes(text), text)
})
