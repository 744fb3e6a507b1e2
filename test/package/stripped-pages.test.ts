import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { build, type Plugin as EsbuildPlugin } from 'esbuild'
import { type Plugin, rollup } from 'rollup'
import { build as buildByVite } from 'vite'
import { esbuildPlugin, vitePlugin, webpackLoader } from '../../src/bundler/index.js'
import { fetchHandler } from '../../src/fetch/index.js'
import { Field, int32, Message, Method, Safe, Service, streamOf, string } from '../../src/index.js'
import { contractSource, ordersSource } from '../bundler/sources.js'

const folder = await mkdtemp(join(import.meta.dirname, 'pages-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

const pageSource = `
import { connect } from 'polywire/web'
import { Orders } from './orders.js'

export function start(fetch) {
  return connect(Orders, 'https://api.example.com', { fetch })
}
`

test.before(async () => {
  const compilerOptions = { target: 'es2022', experimentalDecorators: true, useDefineForClassFields: false }
  for (const [name, orders] of Object.entries({ whole: ordersSource, contract: contractSource })) {
    await mkdir(join(folder, name))
    const files = {
      'page.js': pageSource,
      'orders.ts': orders,
      'tsconfig.json': JSON.stringify({ compilerOptions }),
      'server-pool.js': 'export const createPool = text => globalThis.connectTo(text)',
      'server-tools.js':
        'console.log("the server starts"); export const log = console.log, start = () => 0, prefix = () => ""',
    }
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), text)
  }
})

/** A bundle and its source map. */
type Bundled = readonly [code: string, map: string, warnings: readonly string[]]

async function byEsbuild(name = 'whole', platform: 'browser' | 'node' = 'browser'): Promise<Bundled> {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(folder, name, 'page.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    conditions: ['polywire-development'],
    sourcemap: 'external',
    outdir: join(folder, 'out'),
    write: false,
    logLevel: 'silent',
    plugins: name === 'contract' ? [] : [esbuildPlugin()],
  })
  const [map, code] = outputFiles.map(({ text }) => text)
  return [code ?? '', map ?? '', warnings.map(({ text }) => text)]
}

async function byVite(): Promise<Bundled> {
  const result = await buildByVite({
    configFile: false,
    root: join(folder, 'whole'),
    logLevel: 'silent',
    resolve: { conditions: ['polywire-development'] },
    plugins: [vitePlugin()],
    build: { lib: { entry: 'page.js', formats: ['es'] }, sourcemap: true, write: false, minify: false },
  })
  const outputs = [result].flat().flatMap(one => ('output' in one ? one.output : []))
  const chunk = outputs.find(one => one.type === 'chunk')
  return [chunk?.code ?? '', JSON.stringify(chunk?.map ?? null), []]
}

/** Types are taken off by esbuild, as a rollup user's plugin does. */
async function byRollup(): Promise<Bundled> {
  const { transform } = await import('esbuild')
  const typescript: Plugin = {
    name: 'typescript',
    resolveId: (id, importer) =>
      id.startsWith('./orders') && importer !== undefined ? join(importer, '../orders.ts') : null,
    async transform(code, id) {
      if (!id.endsWith('.ts')) return null
      const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }
      const { code: text, map } = await transform(code, { loader: 'ts', sourcemap: true, sourcefile: id, tsconfigRaw })
      return { code: text, map }
    },
  }
  const warnings: string[] = []
  const bundle = await rollup({
    input: join(folder, 'whole/page.js'),
    external: /^polywire/,
    plugins: [vitePlugin(), typescript],
    onwarn: ({ message }) => warnings.push(message),
  })
  const { output } = await bundle.generate({ format: 'es', sourcemap: true })
  await bundle.close()
  return [output[0].code, JSON.stringify(output[0].map), warnings]
}

@Message('shop.Order')
class Order {
  @Field(1, string) id = ''
  @Field(2, int32) count = 0
}

@Service('shop.Orders')
class Orders {
  @Method({ accepts: Order, returns: Order }) @Safe() async find({ id }: Order): Promise<Order> {
    return { id: `found ${id}`, count: 1 }
  }
  @Method({ args: { id: string, prefix: string }, returns: streamOf(Order) })
  async *list(id: string, prefix = 'of '): AsyncIterable<Order> {
    yield { id: prefix + id, count: 2 }
  }
}

const handler = fetchHandler([Orders])

interface Page {
  start(fetch: typeof globalThis.fetch): Orders
}

const bundlers = { esbuild: byEsbuild, vite: byVite, rollup: byRollup }
for (const [name, bundle] of Object.entries(bundlers))
  test(`${name}: a page has no code of the server, and calls it`, async t => {
    const [code, map, warnings] = await bundle()
    t.deepEqual(warnings, [])
    t.true(map.includes('orders.ts'))
    for (const text of ['launch code', 'node:fs', 'connectTo', 'the server starts']) {
      t.false(code.includes(text), text)
      t.false(map.includes(text), `${text} in the source map`)
    }
    const file = join(folder, `${name}.mjs`)
    await writeFile(file, code)
    const page = (await import(pathToFileURL(file).href)) as Page
    const orders = page.start((url, init) => handler(new Request(url, init)))
    t.like(await orders.find({ id: 'x', count: 0 }), { id: 'found x', count: 1 })
    const listed: string[] = []
    for await (const { id } of orders.list('y')) listed.push(id)
    t.deepEqual(listed, ['of y'])
  })

test('a page is as small as with a contract', async t => {
  const [[whole], [contract]] = [await byEsbuild('whole'), await byEsbuild('contract')]
  const size = (code: string) => gzipSync(code, { level: 9 }).length
  t.log(`${size(whole)} and ${size(contract)} bytes`)
  t.true(size(whole) - size(contract) < 200)
})

test('a build for a server keeps the code', async t => {
  const { load } = vitePlugin()
  const context = { warn: (message: string) => t.fail(message) }
  const file = join(folder, 'whole/orders.ts')
  t.is(await load.call(context, file, { ssr: true }), null)
  t.is(await load.call(context, `${file}?raw`), null)
  t.is(await load.call(context, '\0virtual.ts'), null)
  t.is(await load.call(context, join(folder, 'none.ts')), null)
  t.regex((await load.call(context, `${file}?v=1`))?.code ?? '', /Orders\.find is not in the page/)
  esbuildPlugin().setup({ initialOptions: { platform: 'node' }, onLoad: () => t.fail() })
})

test('esbuild: modules of other plugins are theirs', async t => {
  const virtual: EsbuildPlugin = {
    name: 'virtual',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^virtual:/ }, ({ path }) => ({ path, namespace: 'virtual' }))
      onLoad({ filter: /./, namespace: 'virtual' }, () => ({ contents: 'let a: 1 = 1; use(a)', loader: 'ts' }))
    },
  }
  const stdin = { contents: `import 'virtual:a.ts'` }
  const plugins = [esbuildPlugin(), virtual]
  const { outputFiles } = await build({ stdin, bundle: true, write: false, logLevel: 'silent', plugins })
  t.regex(outputFiles[0]?.text ?? '', /use\(a\)/)
})

test('a loader of webpack', async t => {
  const loaded = (code: string, target: string) =>
    new Promise<{ readonly code: string | undefined; readonly warnings: readonly string[] }>((resolve, reject) => {
      const warnings: string[] = []
      webpackLoader.call(
        {
          resourcePath: '/app/orders.ts',
          target,
          async: () => (error, code) => (error === null ? resolve({ code, warnings }) : reject(error)),
          emitWarning: ({ message }) => warnings.push(message),
        },
        code,
      )
    })
  t.regex((await loaded(ordersSource, 'web')).code ?? '', /Orders\.find is not in the page/)
  t.is((await loaded(ordersSource, 'node')).code, ordersSource)
  t.is((await loaded('export {}', 'web')).code, 'export {}')
  t.regex(String((await loaded(`${ordersSource}\nimport './effect.js'`, 'web')).warnings), /this code beside Orders/)
  await t.throwsAsync(loaded(`import 'polywire'; class {`, 'web'))
})
