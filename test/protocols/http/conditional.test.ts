import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2, constants } from 'node:http2'
import { type AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { request } from 'undici'
import {
  Cached,
  type Call,
  Compressed,
  Context,
  cached,
  connect,
  disconnect,
  double,
  Field,
  Headers,
  hedge,
  int32,
  MemoryCache,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  serve,
  string,
  withCall,
} from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { outcome } from '../../support/calls.js'

@Message('stock.Query')
class Query {
  @Field(1, string) name = ''
}

@Message('stock.Item')
class Item {
  @Field(1, string) name = ''
  @Field(2, int32) count = 0
}

@Service('stock.Stock')
class Stock {
  asked = 0
  count = 5

  @Method({ accepts: Query, returns: Item })
  @Safe()
  @Cached({ ttl: '10s', on: 'client' })
  async plain({ name }: Query): Promise<Item> {
    this.asked++
    return { name, count: this.count }
  }

  @Method({ accepts: Query, returns: Item })
  @Safe()
  @Cached({ ttl: 1 })
  async look({ name }: Query, @Context() call?: Call): Promise<Item> {
    this.asked++
    if (name === 'missing') throw new RpcError('no such item')
    if (name === 'tagged') call?.replyHeaders.set('etag', 'W/"own"')
    call?.replyHeaders.set('x-asked', String(this.asked))
    return { name, count: this.count }
  }

  @Method({ accepts: Query, returns: Item })
  @Safe()
  @Cached({ ttl: 1, by: () => '' })
  @Compressed('gzip', { minBytes: 100 })
  async long({ name }: Query): Promise<Item> {
    return { name: name.repeat(500), count: this.count }
  }

  @Method(double)
  @Safe()
  @Cached({ ttl: 1 })
  async total(): Promise<number> {
    this.asked++
    return this.count
  }
}

async function served() {
  const stock = new Stock()
  const clock = new VirtualClock()
  const server = await serve([stock], { host: '127.0.0.1', clock, limits: { drainTimeout: 20 }, report: () => {} })
  const url = (method: string, name = 'tea', encoding = 'json') => {
    const message = encoding === 'json' ? encodeURIComponent(JSON.stringify({ name })) : ''
    const base64 = encoding === 'json' ? '' : '&base64=1'
    return `http://${server.address}/stock.Stock/${method}?connect=v1&encoding=${encoding}&message=${message}${base64}`
  }
  return { stock, clock, server, url }
}

test('a plain client gets a tag with a cached reply, and 304 without a body as long as it holds', async t => {
  const { stock, clock, server, url } = await served()
  const first = await fetch(url('Look'))
  t.deepEqual(await first.json(), { name: 'tea', count: 5 })
  const tag = first.headers.get('etag') as string
  t.regex(tag, /^"[\w-]{32}"$/)
  t.is(first.headers.get('vary'), 'authorization, cookie')

  const second = await fetch(url('Look'), { headers: { 'if-none-match': tag } })
  t.is(second.status, 304)
  t.is(await second.text(), '')
  t.is(second.headers.get('etag'), tag)
  t.regex(second.headers.get('cache-control') ?? '', /^private, max-age=\d+, polywire-fresh-ms=\d+$/)
  t.is(second.headers.get('vary'), 'authorization, cookie')
  t.is(second.headers.get('content-type'), null)
  t.is(second.headers.get('content-length'), null)
  t.is(second.headers.get('x-asked'), '1')

  // RFC 9110, 13.1.2: a list, compared weakly; or any.
  for (const condition of [`"other", W/${tag}`, '*', `W/${tag},"x"`]) {
    const { statusCode, body } = await request(url('Look'), { headers: { 'if-none-match': condition } })
    await body.dump()
    t.is(statusCode, 304, condition)
  }
  for (const condition of ['"other"', tag.slice(1, -1), `"${tag.slice(1, 5)}"`, '']) {
    const { statusCode, body } = await request(url('Look'), { headers: { 'if-none-match': condition } })
    t.deepEqual([statusCode, await body.json()], [200, { name: 'tea', count: 5 }], condition)
  }

  stock.count = 4
  await clock.advance(2)
  const changed = await fetch(url('Look'), { headers: { 'if-none-match': tag } })
  t.deepEqual([changed.status, await changed.json()], [200, { name: 'tea', count: 4 }])
  t.not(changed.headers.get('etag'), tag)
  await server.close()
})

test('another codec and another encoding have another tag, and none of them is taken for the other', async t => {
  const { server, url } = await served()
  const tagOf = async (address: string, headers: Record<string, string> = {}) => {
    const { headers: got, body } = await request(address, { headers })
    await body.dump()
    return String(got.etag)
  }
  const json = await tagOf(url('Total', ''))
  t.not(json, await tagOf(url('Total', '', 'proto')))

  const plain = await request(url('Long'))
  t.is(plain.headers['content-encoding'], undefined)
  const small = await request(url('Long'), { headers: { 'accept-encoding': 'gzip' } })
  t.is(small.headers['content-encoding'], 'gzip')
  t.deepEqual(JSON.parse(gunzipSync(await small.body.bytes()).toString()), await plain.body.json())
  t.deepEqual([plain.headers.vary, small.headers.vary], ['accept-encoding', 'accept-encoding'])
  const [whole, gzipped] = [String(plain.headers.etag), String(small.headers.etag)]
  t.not(whole, gzipped)
  const status = async (tag: string, accepted: string) => {
    const headers = { 'if-none-match': tag, 'accept-encoding': accepted }
    const reply = await request(url('Long'), { headers })
    await reply.body.dump()
    t.is(reply.headers.vary, 'accept-encoding')
    return reply.statusCode
  }
  t.is(await status(gzipped, 'gzip'), 304)
  t.is(await status(gzipped, 'identity'), 200)
  t.is(await status(whole, 'identity'), 304)
  t.is(await status(whole, 'gzip'), 200)
  t.is(await status(`${whole}, ${gzipped}`, 'gzip'), 304)
  await server.close()
})

test('there is no tag where none belongs: without @Cached at the server, on a POST, on an error', async t => {
  const { server, url } = await served()
  const conditional = { 'if-none-match': '*' }
  const uncached = await fetch(url('Plain'), { headers: conditional })
  t.is(uncached.status, 200)
  for (const name of ['etag', 'cache-control', 'vary']) t.is(uncached.headers.get(name), null)

  const post = await fetch(`http://${server.address}/stock.Stock/Look`, {
    method: 'POST',
    headers: { ...conditional, 'content-type': 'application/json' },
    body: '{"name":"tea"}',
  })
  t.deepEqual([post.status, await post.json()], [200, { name: 'tea', count: 5 }])
  t.is(post.headers.get('etag'), null)

  const failed = await fetch(url('Look', 'missing'), { headers: conditional })
  t.is(failed.status, 500)
  t.is(failed.headers.get('etag'), null)
  await server.close()
})

test("a handler's own tag stands in place of ours", async t => {
  const { server, url } = await served()
  const first = await fetch(url('Look', 'tagged'))
  t.is(first.headers.get('etag'), 'W/"own"')
  t.is((await fetch(url('Look', 'tagged'), { headers: { 'if-none-match': '"own"' } })).status, 304)
  await server.close()
})

test('curl sees it', async t => {
  const { server, url } = await served()
  const curl = async (...args: string[]) =>
    (await promisify(execFile)('curl', ['-s', '-i', ...args, url('Look')])).stdout
  const tag = /^etag: (.*)$/im.exec(await curl())?.[1]?.trim() ?? ''
  const answer = await curl('-H', `If-None-Match: ${tag}`)
  t.regex(answer, /^HTTP\/1\.1 304 Not Modified\r\n/)
  t.regex(answer, /\r\n\r\n$/)
  await server.close()
})

test('over HTTP/2 it is the same, and the connection goes on', async t => {
  const { server, url } = await served()
  const session = connectHttp2(`http://${server.address}`)
  const get = async (headers: Record<string, string>) => {
    const { pathname, search } = new URL(url('Look'))
    const stream = session.request({ ':path': `${pathname}${search}`, ...headers })
    const [head] = (await once(stream, 'response')) as [Record<string, string | number>]
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return {
      status: head[constants.HTTP2_HEADER_STATUS],
      tag: String(head.etag),
      body: Buffer.concat(chunks).toString(),
    }
  }
  const { status, tag, body } = await get({})
  t.deepEqual([status, body], [200, '{"name":"tea","count":5}'])
  t.deepEqual(await get({ 'if-none-match': tag }), { status: 304, tag, body: '' })
  t.is((await get({})).status, 200)
  session.destroy()
  await server.close()
})

/** A server that is none of ours: it counts what it answers, and says what it was asked. */
async function foreign(options: { readonly vary?: string } = {}) {
  const seen: { method: string | undefined; condition: string | undefined; status: number }[] = []
  const state = { count: 1, tag: '"1"', age: 1, fails: false, mistaken: undefined as string | undefined }
  const server = createServer((incoming, response) => {
    const condition = incoming.headers['if-none-match']
    const isKnown =
      incoming.method === 'GET' &&
      (condition === state.tag || (condition !== undefined && state.mistaken !== undefined))
    const status = state.fails ? 503 : isKnown ? 304 : 200
    seen.push({ method: incoming.method, condition, status })
    response.writeHead(status, {
      etag: (isKnown ? state.mistaken : undefined) ?? state.tag,
      'cache-control': `max-age=${state.age}`,
      'x-seen': String(seen.length),
      ...(isKnown ? {} : { 'content-type': 'application/json', 'x-first': 'yes' }),
      ...options,
    })
    response.end(isKnown || state.fails ? undefined : JSON.stringify({ name: 'tea', count: state.count }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { seen, state, address: `127.0.0.1:${port}`, close }
}

test('our client asks whether its stale reply still holds, and a 304 makes it fresh again', async t => {
  const { seen, state, address, close } = await foreign()
  const clock = new VirtualClock()
  const stock = connect(Stock, `http://${address}?get=true`, { clock })
  const headers: (string | undefined)[][] = []
  const watched = withCall(stock, {
    onEnd: ({ replyHeaders }) => void headers.push(['x-seen', 'x-first', 'etag'].map(name => replyHeaders.get(name))),
  })
  const first = await watched.plain({ name: 'tea' })
  t.deepEqual({ ...first }, { name: 'tea', count: 1 })
  t.is(await watched.plain({ name: 'tea' }), first)
  await clock.advance(1001)
  t.is(await watched.plain({ name: 'tea' }), first, 'the very reply that was kept')
  t.is(await watched.plain({ name: 'tea' }), first, 'fresh again')
  await clock.advance(1001)
  state.count = 2
  state.tag = '"2"'
  t.is((await watched.plain({ name: 'tea' })).count, 2)
  t.deepEqual(seen, [
    { method: 'GET', condition: undefined, status: 200 },
    { method: 'GET', condition: '"1"', status: 304 },
    { method: 'GET', condition: '"1"', status: 200 },
  ])
  // Headers of the confirmation replace those that are kept; what it does not say stays. Source: RFC 9111, 3.2.
  t.deepEqual(headers, [
    ['1', 'yes', '"1"'],
    ['1', 'yes', '"1"'],
    ['2', 'yes', '"1"'],
    ['2', 'yes', '"1"'],
    ['3', 'yes', '"2"'],
  ])
  await clock.advance(1001)
  state.fails = true
  t.true(
    (await outcome(stock.plain({ name: 'tea' }))).error instanceof RpcError,
    'too old to be given out for an error',
  )
  await clock.advance(3_600_000)
  state.fails = false
  await stock.plain({ name: 'tea' })
  t.is(seen.at(-1)?.condition, undefined, 'nothing is kept for ever')
  await disconnect(stock)
  close()
})

test('a 304 of another reply renames none: it is asked for anew; a tag that became weak is the same', async t => {
  const { seen, state, address, close } = await foreign()
  const clock = new VirtualClock()
  const stock = connect(Stock, `http://${address}?get=true`, { clock })
  const first = await stock.plain({ name: 'tea' })
  await clock.advance(1001)
  state.mistaken = 'W/"1"'
  t.is(await stock.plain({ name: 'tea' }), first)
  await clock.advance(1001)
  state.count = 2
  state.mistaken = '"2"'
  state.tag = '"2"'
  t.is((await stock.plain({ name: 'tea' })).count, 2)
  await clock.advance(1001)
  t.is((await stock.plain({ name: 'tea' })).count, 2)
  t.deepEqual(
    seen.map(({ condition, status }) => [condition, status]),
    [
      [undefined, 200],
      ['"1"', 304],
      ['W/"1"', 304],
      [undefined, 200],
      ['"2"', 304],
    ],
  )
  await disconnect(stock)
  close()
})

test('a reply that is not fresh at all is kept where it can be confirmed, and never given out unasked', async t => {
  const { seen, state, address, close } = await foreign()
  const clock = new VirtualClock()
  for (const policies of [[], [cached({ ttl: '1s', staleWhileRevalidate: '5s' })]]) {
    seen.length = 0
    state.age = 0
    const stock = connect(Stock, `http://${address}?get=true`, { clock, policies })
    const first = await stock.plain({ name: 'tea' })
    t.is(await stock.plain({ name: 'tea' }), first)
    t.deepEqual(
      seen.map(({ status }) => status),
      [200, 304],
    )
    await disconnect(stock)
  }
  close()
})

test('while a stale reply is given out it is confirmed in the background', async t => {
  const { seen, state, address, close } = await foreign()
  const clock = new VirtualClock()
  const policies = [cached({ ttl: '1s', staleWhileRevalidate: '5s' })]
  const stock = connect(Stock, `http://${address}?get=true`, { clock, policies })
  const first = await stock.plain({ name: 'tea' })
  await clock.advance(2000)
  const confirmed = new Promise<void>(resolve => {
    const look = () => (seen.length === 2 ? resolve() : setImmediate(look))
    look()
  })
  t.is(await stock.plain({ name: 'tea' }), first)
  await confirmed
  t.deepEqual(seen[1], { method: 'GET', condition: '"1"', status: 304 })
  state.fails = true
  t.is(await stock.plain({ name: 'tea' }), first)
  await disconnect(stock)
  close()
})

test('a POST is never conditional, nor is a request that is too long for a GET', async t => {
  const { seen, address, close } = await foreign()
  const clock = new VirtualClock()
  for (const [target, name] of [
    [`http://${address}`, 'tea'],
    [`http://${address}?get=true`, 'x'.repeat(9000)],
  ] as const) {
    const stock = connect(Stock, target, { clock })
    await stock.plain({ name })
    await clock.advance(1001)
    await stock.plain({ name })
    await disconnect(stock)
  }
  t.deepEqual(new Set(seen.map(one => `${one.method} ${one.condition} ${one.status}`)), new Set(['POST undefined 200']))
  t.is(seen.length, 4)
  close()
})

test("a caller's own condition is his, and a 304 that nobody asked for is an error", async t => {
  const { seen, address, close } = await foreign()
  const clock = new VirtualClock()
  const stock = connect(Stock, `http://${address}?get=true`, { clock })
  await stock.plain({ name: 'tea' })
  await clock.advance(1001)
  const own = withCall(stock, { headers: new Headers({ 'if-none-match': '"1"' }) })
  const { error } = await outcome(own.plain({ name: 'tea' }))
  t.regex(String(error), /HTTP status 304/)
  t.deepEqual(
    seen.map(({ condition }) => condition),
    [undefined, '"1"'],
  )
  await disconnect(stock)
  close()
})

test('both ends of ours: by every codec, under a hedge, and with a store that keeps bytes', async t => {
  const { stock, clock, server } = await served()
  const bytes = new Map<string, Parameters<MemoryCache['set']>>()
  const store = {
    remote: true,
    async get(key: string) {
      const found = bytes.get(key)
      return found && { entry: found[1], freshFor: -1 }
    },
    async set(...args: Parameters<MemoryCache['set']>) {
      bytes.set(args[0], args)
    },
    invalidate: () => {},
  }
  for (const codec of ['json', 'proto', 'xml', 'msgpack', 'avro']) {
    for (const policies of [[cached({ ttl: 1, on: 'client' })], [cached({ ttl: 1, store }), hedge({ delay: '1s' })]]) {
      bytes.clear()
      const remote = connect(Stock, `http://${server.address}?get=true&codec=${codec}`, { clock, policies })
      const tags: (string | undefined)[] = []
      const watched = withCall(remote, { onEnd: call => void tags.push(call.replyHeaders.get('etag')) })
      const first = await watched.look({ name: 'tea' })
      await clock.advance(5)
      const again = await watched.look({ name: 'tea' })
      t.true(again instanceof Item)
      t.deepEqual({ ...again }, { ...first })
      t.is(tags[0], tags[1])
      const total = await watched.total()
      await clock.advance(5)
      t.is(await watched.total(), total)
      stock.count++
      await clock.advance(5)
      t.is(await watched.total(), total + 1)
      t.is((await watched.look({ name: 'tea' })).count, stock.count)
      await disconnect(remote)
    }
  }
  await server.close()
})

test('a target that says something else of get is refused', t => {
  t.throws(() => connect(Stock, 'http://a?get=yes'), { message: /get must be true or false, got "yes"/ })
})
