import { EventEmitter, once } from 'node:events'
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
import { VirtualClock } from '../../src/testing/index.js'
import type { ConnectOptions } from '../../src/web/index.js'

// A page has its own copy of what it bundles, without the checks of contracts, and a small one has clients without options and policies:
// what they do must be the same.

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

const page = (streams: boolean) => `
import {
  BadRequest, connect, double, Field, int32, json, listOf, Message, Method, optional, protobuf, RpcError, Safe, Service, string,
  Throws, unimplemented, ${streams ? 'streamOf' : ''}
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
  ${streams ? '@Method({ accepts: Ask, returns: streamOf(string) })' : ''}
  tagsOf(ask: Ask): AsyncIterable<string> { return unimplemented() }
}

export async function called(codec: 'json' | 'protobuf', fetch: typeof globalThis.fetch) {
  const calls = connect(Calls, 'https://api.example.com', { codec: codec === 'json' ? json : protobuf, fetch })
  const echo = await calls.echo({ name: 'World', tags: ['a'] })
  const broke = await calls.divide(7, 0).catch((error: Broke) => [error instanceof Broke, error.dividend, error.code])
  const invalid = await calls.echo({ name: '', tags: [] }).catch((error: unknown) => error)
  const tags: string[] = []
  ${streams ? "for await (const tag of calls.tagsOf({ name: '', tags: ['a', 'b'] })) tags.push(tag)" : ''}
  return {
    echo: [echo instanceof Ask, echo.name, echo.tags, echo.times],
    quotients: [await calls.divide(6, 3), await calls.divide(0, 2), await calls.divide(5)],
    broke,
    violations: invalid instanceof BadRequest && invalid.violations.map(({ field }) => field),
    tags,
  }
}

export const refused = (): unknown => connect(class Plain {}, 'https://api.example.com')
export const client = (options: object): unknown => connect(Calls, 'https://api.example.com', options)
`

interface Page {
  called(codec: 'json' | 'protobuf', fetch: typeof globalThis.fetch): Promise<unknown>
  client(options: ConnectOptions): Calls & AsyncDisposable
  refused(): unknown
}

const folder = await mkdtemp(join(tmpdir(), 'polywire-page-'))
test.after.always(() => rm(folder, { recursive: true }))

async function bundle(name: string, contents: string): Promise<Page> {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('../..', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    outfile,
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  })
  return (await import(pathToFileURL(outfile).href)) as Page
}

const pages = {} as Record<'full' | 'small', Page>

test.before(async () => {
  pages.full = await bundle('full', page(true))
  pages.small = await bundle('small', page(false))
})

const handler = fetchHandler([Calls])
const fetchFromHandler: typeof globalThis.fetch = (url, init) => handler(new Request(url, init))

for (const name of ['full', 'small'] as const) {
  for (const codec of ['json', 'protobuf'] as const)
    test(`a ${name} page calls as everyone else: ${codec}`, async t => {
      t.deepEqual(await pages[name].called(codec, fetchFromHandler), {
        echo: [true, 'World', ['a'], undefined],
        // The server gives an argument that was left out its default.
        quotients: [2, 0, 5],
        broke: [true, 7, 3],
        violations: ['name'],
        tags: name === 'full' ? ['a', 'b'] : [],
      })
    })

  test(`a ${name} page refuses a class that is not a service`, t => {
    t.throws(() => pages[name].refused(), { message: /has no @Service\(\)/ })
  })

  test(`a call of a ${name} page fails at its deadline, and its request is aborted`, async t => {
    const clock = new VirtualClock()
    const sent = new EventEmitter()
    const aborting = once(sent, 'request')
    const fetch: typeof globalThis.fetch = (_url, init) => {
      sent.emit('request', init?.signal)
      return new Promise(() => {})
    }
    const reply = pages[name].client({ clock, fetch }).divide(6, 3)
    const [signal] = (await aborting) as [AbortSignal]
    await clock.advance(30_000)
    t.like(await t.throwsAsync(reply), { code: 4, reason: 'deadline_exceeded' })
    t.true(signal.aborted)
  })

  test(`a ${name} page names the method of a call that fails`, async t => {
    const fails = async (calls: Calls, reason: string, message: RegExp, ...args: unknown[]) => {
      const divide = calls.divide as (...args: unknown[]) => Promise<number>
      const error = await t.throwsAsync(divide(...(args.length === 0 ? [6, 3] : args)), { message })
      t.like(error, { reason })
    }
    const answering = (answer: () => Promise<Response>) => pages[name].client({ fetch: answer })
    const down = answering(() => Promise.reject(new TypeError('failed to fetch')))
    await fails(down, 'connection_lost', /^\/bundled.Calls\/Divide: .*failed to fetch/)
    const foreign = answering(async () => new Response('hello', { status: 404 }))
    await fails(foreign, 'unexpected_status', /^\/bundled.Calls\/Divide: .*404/)
    const broken = answering(async () => new Response('{', { headers: { 'content-type': 'application/json' } }))
    await fails(broken, 'malformed_reply', /^\/bundled.Calls\/Divide: /)
    const working = pages[name].client({ fetch: fetchFromHandler })
    await fails(working, 'invalid_message', /^\/bundled.Calls\/Divide: dividend/, '6', 3)
    await fails(working, 'too_many_arguments', /^\/bundled.Calls\/Divide takes 2/, 6, 3, 1)
  })

  test(`a closed client of a ${name} page calls no more, and its methods can be taken off`, async t => {
    const calls = pages[name].client({ fetch: fetchFromHandler })
    const { divide } = calls
    t.is(await divide(6, 3), 2)
    await calls[Symbol.asyncDispose]()
    t.like(await t.throwsAsync(divide(6, 3)), { code: 1, reason: 'channel_closed' })
  })
}

test('a small page refuses a policy that it could not run', t => {
  const policy = { name: 'mine', stages: [], summary: 'mine', build: () => undefined }
  t.throws(() => pages.small.client({ policies: [policy] }), { message: /import .* from polywire\/web/ })
  t.notThrows(() => pages.full.client({ policies: [policy] }))
})
