import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { build } from 'esbuild'
import { updatePage } from './size-page.js'

const src = new URL('../../src/', import.meta.url)

/** The compiled modules that an entry reaches, and the packages that they import. */
async function graphOf(entry: string): Promise<{ files: Map<string, string>; packages: Set<string> }> {
  const files = new Map<string, string>()
  const packages = new Set<string>()
  const visit = async (url: URL): Promise<void> => {
    const path = url.pathname.slice(src.pathname.length)
    if (files.has(path)) return
    const source = await readFile(url, 'utf8')
    files.set(path, source)
    for (const [, name = ''] of source.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
      if (name.startsWith('.')) await visit(new URL(name, url))
      else if (!/^\/?\s*\*|polywire/.test(name)) packages.add(name)
    }
  }
  await visit(new URL(entry, src))
  return { files, packages }
}

test('nothing that polywire/web reaches imports a module of Node or code of the server', async t => {
  const { files, packages } = await graphOf('web/index.js')
  t.true(files.has('client/proxy.js'), 'the graph was walked')
  t.deepEqual([...packages], ['lru-cache'], "which is the cache's")
  t.deepEqual(
    [...files.keys()].filter(path => /(^|\/)(server|fetch|hosting)\//.test(path)),
    [],
  )
})

test("what polywire/web reaches asks only core/platform for Node's globals", async t => {
  const { files } = await graphOf('web/index.js')
  const code = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*|(['"`])(?:\\.|(?!\1)[^\\])*\1/g, '')
  const users = [...files].filter(([, source]) => /\b(?:Buffer\s*[.(]|process\.|setImmediate\()/.test(code(source)))
  t.deepEqual(
    users.map(([path]) => path).filter(path => path !== 'core/platform.js' && path !== 'codecs/bytes/native.js'),
    [],
  )
})

/** A page that calls one method: `@Safe`, over JSON, unless said otherwise. */
function page({ imports = '', fields = '', decorators = '', methods = '', options = '' } = {}): string {
  return `
    import { connect, Field, Message, Method, Safe, Service, string, ${imports} } from './src/web/index.js'
    @Message('hello.HelloRequest') class HelloRequest { @Field(1, string) name = '' }
    @Message('hello.HelloReply') class HelloReply { @Field(1, string) message = ''; ${fields} }
    @Service('hello.Hello') class Hello {
      @Method({ accepts: HelloRequest, returns: HelloReply }) @Safe() ${decorators}
      async sayHello(request) { throw new Error('the server has it') }
      ${methods}
    }
    const hello = connect(Hello, 'https://api.example.com'${options === '' ? '' : `, ${options}`})
    document.body.textContent = (await hello.sayHello({ name: 'World' })).message`
}

const stream = '@Method({ accepts: HelloRequest, returns: streamOf(HelloReply) }) watch(request) { throw new Error() }'

async function bundleOf(contents: string, experimentalDecorators = true): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('..', src)), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { experimentalDecorators } },
  })
  return outputFiles[0]?.contents ?? new Uint8Array(0)
}

async function sizeOf(contents: string, experimentalDecorators = true): Promise<number> {
  return gzipSync(await bundleOf(contents, experimentalDecorators), { level: 9 }).length
}

test('code comes into a page with the import that needs it', async t => {
  const plain = Buffer.from(await bundleOf(page())).toString()
  const parts: Readonly<Record<string, [text: string, how: Parameters<typeof page>[0]]>> = {
    'policies and options': ['the caller cancelled it', { imports: 'withCall', options: '{ fetch: withCall }' }],
    retry: ['backoff', { imports: 'Retry', decorators: '@Retry()' }],
    cache: ['ttl', { imports: 'Cached', decorators: "@Cached({ ttl: '10s' })" }],
    WebSocket: ['new WebSocket', { imports: 'webSocket', options: '{ requestStreams: webSocket }' }],
    protobuf: ['a varint', { imports: 'protobuf', options: '{ codec: protobuf }' }],
    maps: ['map (a Map)', { imports: 'mapOf', fields: '@Field(2, mapOf(string, string)) more' }],
    numbers: ['int32', { imports: 'int32', fields: '@Field(2, int32) count' }],
    'declared errors': ['toSpliced', { imports: 'BadRequest', decorators: '@Safe(BadRequest)' }],
  }
  for (const [name, [text, how]] of Object.entries(parts)) {
    // Of numbers, their names are in every page.
    const before = plain.split(text).length
    t.true(
      Buffer.from(await bundleOf(page(how)))
        .toString()
        .split(text).length > before,
      `${name}: with the import`,
    )
    t.true(before === 1 || name === 'numbers', `${name}: without it`)
  }
})

test('a page is as small as docs/reference/web.md says, and has only the policies and codecs that it imports', async t => {
  const json = await sizeOf(page())
  const rows: [string, number][] = [
    ['one unary method, JSON', json],
    ['the same, protobuf', await sizeOf(page({ imports: 'protobuf', options: '{ codec: protobuf }' }))],
    ['JSON and a timestamp', await sizeOf(page({ imports: 'timestamp', fields: '@Field(2, timestamp) at' }))],
    ['JSON, standard decorators', await sizeOf(page(), false)],
    ['JSON and `withCall`', await sizeOf(page({ imports: 'withCall', options: '{ fetch: withCall }' }))],
    ['JSON and a stream of replies', await sizeOf(page({ imports: 'streamOf', methods: stream }))],
    ['JSON and `@Timeout`', await sizeOf(page({ imports: 'Timeout', decorators: "@Timeout('2s')" }))],
    ['JSON and `@Retry`', await sizeOf(page({ imports: 'Retry', decorators: '@Retry()' }))],
    ['JSON and `@Cached`', await sizeOf(page({ imports: 'Cached', decorators: "@Cached({ ttl: '10s' })" }))],
  ]
  const unused = 'protobuf as a, Retry as b, Cached as c, Hedge as d, CircuitBreaker as e, Bulkhead as f, Use as g'
  const types = 'bytes as h, enumOf as i, int64 as j, mapOf as k, oneOf as l, setOf as m, struct as n, timestamp as o'
  // Other names for the same code compress to a few bytes more or less.
  t.true(
    Math.abs((await sizeOf(page({ imports: `${unused}, ${types}` }))) - json) < 50,
    'what is imported and not used costs nothing',
  )
  for (const [name, size] of rows.slice(1)) t.true(size > json, name)
  t.true(json <= 12_000, `JSON: ${json}`)
  t.true((rows[1]?.[1] ?? 0) <= 20_000, `protobuf: ${rows[1]?.[1]}`)
  t.is(await updatePage(rows), 'current', 'docs/reference/web.md was stale and has been rewritten: commit it')
})
