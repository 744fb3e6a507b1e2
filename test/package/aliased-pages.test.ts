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
