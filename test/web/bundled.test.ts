import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'ava'
import { build } from 'esbuild'
import { FieldViolation } from '../../src/decorators/bad-request.js'
import { fetchHandler } from '../../src/fetch/index.js'
import {
  BadRequest,
  double,
  Field,
  int32,
  listOf,
  Message,
  Method,
  optional,
  RpcError,
  Safe,
  Service,
  streamOf,
  string,
  Throws,
} from '../../src/index.js'

// A page has its own copy of what it bundles, without the checks of contracts: what it does must be the same.

@Message('bundled.Ask')
class Ask {
  @Field(1, string) name = ''
  @Field(2, listOf(string)) tags: string[] = []
  @Field(3, optional(int32)) times?: number
}

@Message('bundled.Broke', { code: 'invalid_argument' })
class Broke extends RpcError {
  @Field(1, double) dividend = 0
}

@Service('bundled.Calls')
class Calls {
  @Method({ accepts: Ask, returns: Ask })
  @Safe()
  @Throws(BadRequest)
  async echo(ask: Ask): Promise<Ask> {
    if (ask.name !== '') return ask
    throw BadRequest.listing([Object.assign(new FieldViolation(), { field: 'name', description: 'it is empty' })])
  }

  @Method({ args: { dividend: double, divisor: double }, returns: double })
  @Throws(Broke)
  async divide(dividend: number, divisor = 1): Promise<number> {
    if (divisor === 0) throw Broke.of('cannot divide by zero', { dividend })
    return dividend / divisor
  }

  @Method({ accepts: Ask, returns: streamOf(string) })
  async *tagsOf(ask: Ask): AsyncIterable<string> {
    yield* ask.tags
  }
}

const page = `
import {
  BadRequest, connect, double, Field, int32, json, listOf, Message, Method, optional, protobuf, RpcError, Safe, Service, streamOf, string,
  Throws, unimplemented,
} from './src/web/index.js'

@Message('bundled.Ask')
class Ask {
  @Field(1, string) name = ''
  @Field(2, listOf(string)) tags: string[] = []
  @Field(3, optional(int32)) times?: number
}

@Message('bundled.Broke', { code: 'invalid_argument' })
class Broke extends RpcError {
  @Field(1, double) dividend = 0
}

@Service('bundled.Calls')
class Calls {
  @Method({ accepts: Ask, returns: Ask }) @Safe()
  async echo(ask: Ask): Promise<Ask> { return unimplemented() }
  @Method({ args: { dividend: double, divisor: double }, returns: double }) @Throws(Broke)
  async divide(dividend: number, divisor?: number): Promise<number> { return unimplemented() }
  @Method({ accepts: Ask, returns: streamOf(string) })
  tagsOf(ask: Ask): AsyncIterable<string> { return unimplemented() }
}

export async function called(codec: 'json' | 'protobuf', fetch: typeof globalThis.fetch) {
  const calls = connect(Calls, 'https://api.example.com', { codec: codec === 'json' ? json : protobuf, fetch })
  const echo = await calls.echo({ name: 'World', tags: ['a'] })
  const broke = await calls.divide(7, 0).catch((error: Broke) => [error instanceof Broke, error.dividend, error.code])
  const invalid = await calls.echo({ name: '', tags: [] }).catch((error: unknown) => error)
  const tags: string[] = []
  for await (const tag of calls.tagsOf({ name: '', tags: ['a', 'b'] })) tags.push(tag)
  return {
    echo: [echo instanceof Ask, echo.name, echo.tags, echo.times],
    quotients: [await calls.divide(6, 3), await calls.divide(0, 2), await calls.divide(5)],
    broke,
    violations: invalid instanceof BadRequest && invalid.violations.map(({ field }) => field),
    tags,
  }
}

export const refused = (): unknown => connect(class Plain {}, 'https://api.example.com')
`

interface Page {
  called(codec: 'json' | 'protobuf', fetch: typeof globalThis.fetch): Promise<unknown>
  refused(): unknown
}

const folder = await mkdtemp(join(tmpdir(), 'polywire-page-'))
test.after.always(() => rm(folder, { recursive: true }))

let bundled: Page

test.before(async () => {
  const outfile = join(folder, 'page.mjs')
  await build({
    stdin: { contents: page, resolveDir: fileURLToPath(new URL('../..', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    outfile,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  })
  bundled = (await import(pathToFileURL(outfile).href)) as Page
})

const handler = fetchHandler([Calls])
const fetchFromHandler: typeof globalThis.fetch = (url, init) => handler(new Request(url, init))

for (const codec of ['json', 'protobuf'] as const)
  test(`a bundled page calls as everyone else: ${codec}`, async t => {
    t.deepEqual(await bundled.called(codec, fetchFromHandler), {
      echo: [true, 'World', ['a'], undefined],
      // The server gives an argument that was left out its default.
      quotients: [2, 0, 5],
      broke: [true, 7, 3],
      violations: ['name'],
      tags: ['a', 'b'],
    })
  })

test('a bundled page refuses a class that is not a service', t => {
  t.throws(() => bundled.refused(), { message: /has no @Service\(\)/ })
})
