import { once } from 'node:events'
import { createServer as createHttpServer, request as httpRequest, type RequestListener } from 'node:http'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import test from 'ava'
import avsc from 'avsc'
import { serviceOf } from '../../../src/decorators/read-service.js'
import {
  Arg,
  Code,
  connect,
  disconnect,
  double,
  Method,
  RpcError,
  Service,
  serve,
  unimplemented,
} from '../../../src/index.js'
import { protocolOf } from '../../../src/protocols/avro/protocol-schema.js'
import type { Class } from '../../../src/schema/type.js'
import { outcome } from '../../support/calls.js'
import { DivisionByZero, NotFound, Order, Shop, ShopService, serveAvro } from './fixture.js'
import { Second } from './second-service.js'

const long = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
})

/** The protocol that we make of the class, as avsc takes it. */
function shopOfAvsc() {
  const { text } = protocolOf(serviceOf(Shop), serviceOf(Shop).methods)
  return avsc.Service.forProtocol(JSON.parse(text), { registry: { long }, wrapUnions: false } as never)
}

type Reply = (error: unknown, reply?: unknown) => void

async function listen(accept: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    accept(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  }
  return { target: `avro://127.0.0.1:${(listener.address() as AddressInfo).port}`, close, sockets }
}

async function avscClient(service: ReturnType<typeof shopOfAvsc>, port: number) {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
  const client = service.createClient({ timeout: 5000 } as never)
  client.createChannel(socket)
  const call = (name: string, request: unknown): Promise<unknown> =>
    new Promise((resolve, reject) =>
      client.emitMessage(
        name,
        request as never,
        ((error: unknown, reply: unknown) =>
          error === null || error === undefined ? resolve(reply) : reject(error)) as never,
      ),
    )
  return { call, close: () => socket.destroy() }
}

test('avsc calls our class: replies, 64-bit integers, unicode, large payloads', async t => {
  const { server, port } = await serveAvro([ShopService])
  const { call, close } = await avscClient(shopOfAvsc(), port)
  t.is(await call('SayHello', { name: 'naïve 日本語 \u{1F600}' }), 'Hello, naïve 日本語 \u{1F600}!')
  t.is(await call('Next', { n: 2n ** 63n - 2n }), 2n ** 63n - 1n)
  t.is(await call('Next', { n: 2n ** 63n - 1n }), -(2n ** 63n))
  const order = { name: 'pens', pieces: 3, tags: ['a'], counts: { x: -(2n ** 63n) }, parent: null }
  t.deepEqual(JSON.stringify(await call('Order', { request: order })), '{"text":"3 pens"}')
  const echoed = (await call('Echo', { request: order })) as typeof order
  t.deepEqual({ ...echoed, counts: { ...echoed.counts } }, order)
  t.is(((await call('Reverse', { data: Buffer.alloc(0) })) as Buffer).length, 0)
  const large = Buffer.alloc(1024 * 1024, 'abc')
  t.true(((await call('Reverse', { data: large })) as Buffer).equals(Buffer.from(large).reverse()))
  t.is(await call('Ping', {}), null)
  close()
  await server.close()
})

test('avsc gets our errors: declared ones as records, any other as text', async t => {
  const { server, port } = await serveAvro([ShopService])
  const { call, close } = await avscClient(shopOfAvsc(), port)
  const declared = (await outcome(call('Divide', { dividend: 7, divisor: 0 }))).error as { dividend: number }
  t.is(declared.dividend, 7)
  const missing = (await outcome(call('Find', { title: 'Emma' }))).error
  t.like(missing as object, { message: 'there is no Emma', shelf: 3 })
  t.is(((await outcome(call('Fail', { how: 'not_found' }))).error as Error).message, 'failed with not_found')
  close()
  await server.close()
})

test('avsc with a protocol of its own is resolved, whichever service of the port it means', async t => {
  const { server, port } = await serveAvro([ShopService, (await import('./second-service.js')).Second])
  const own = avsc.Service.forProtocol({
    protocol: 'Shop',
    namespace: 'other',
    messages: {
      SayHello: { request: [{ name: 'name', type: 'bytes' }], response: ['null', 'string'] },
      Divide: {
        request: [
          { name: 'divisor', type: 'int' },
          { name: 'dividend', type: 'float' },
        ],
        response: 'double',
        // avsc refuses a server that declares more errors than the client.
        errors: [{ type: 'error', name: 'shop.DivisionByZero', fields: [] }],
      },
    },
  })
  const { call, close } = await avscClient(own, port)
  t.is(await call('SayHello', { name: Buffer.from('x') }), 'Hello, x!')
  t.is(await call('Divide', { divisor: 2, dividend: 3 }), 1.5)
  close()
  await server.close()
})

function avscServer(service: ReturnType<typeof shopOfAvsc>) {
  const server = service.createServer({ silent: true } as never)
  const on = (name: string, handler: (request: never, reply: Reply) => void) => server.onMessage(name, handler as never)
  on('SayHello', ({ name }: { name: string }, reply) => reply(null, `Hello, ${name}!`))
  on('Next', ({ n }: { n: bigint }, reply) => reply(null, n + 1n))
  on('Echo', ({ request }: { request: unknown }, reply) => reply(null, request))
  on('Reverse', ({ data }: { data: Buffer }, reply) => reply(null, Buffer.from(data).reverse()))
  on('Divide', ({ dividend }: { dividend: number }, reply) => reply({ dividend }))
  on('Find', ({ title }: { title: string }, reply) => reply({ message: `there is no ${title}`, shelf: 3 }))
  on('Fail', ({ how }: { how: string }, reply) => reply(new Error(how)))
  on('Note', (_: never, reply) => reply?.(null))
  return server
}

test('our proxy calls a server of avsc: replies, errors, one-way messages, in any number at once', async t => {
  const server = avscServer(shopOfAvsc())
  const { target, close } = await listen(socket => void server.createChannel(socket))
  const shop = connect(Shop, target)
  t.is(await shop.sayHello('naïve 日本語'), 'Hello, naïve 日本語!')
  t.is(await shop.next(-(2n ** 63n)), -(2n ** 63n) + 1n)
  const order = Object.assign(new Order(), { name: 'x', counts: new Map([['y', 5n]]), parent: new Order() })
  t.deepEqual(await shop.echo(order), order)
  t.is((await shop.reverse(new Uint8Array(1024 * 1024).fill(1))).length, 1024 * 1024)
  const error = (await t.throwsAsync(shop.divide(7, 0), { instanceOf: DivisionByZero })) as DivisionByZero
  t.is(error.dividend, 7)
  const missing = await t.throwsAsync(shop.find('Emma'), { instanceOf: NotFound })
  t.like(missing, { message: 'there is no Emma', shelf: 3, code: Code.not_found })
  const text = (await t.throwsAsync(shop.fail('in plain text'))) as RpcError
  t.is(text.message, 'in plain text')
  t.is(text.code, Code.unknown)
  t.is(await shop.note('x'), undefined)
  const many = Array.from({ length: 300 }, (_, n) => shop.sayHello(String(n)))
  t.deepEqual(
    await Promise.all(many),
    many.map((_, n) => `Hello, ${n}!`),
  )
  await disconnect(shop)
  close()
})

test('our proxy calls a server of avsc that has another protocol', async t => {
  const own = avsc.Service.forProtocol({
    protocol: 'Shop',
    namespace: 'shop',
    messages: {
      SayHello: {
        request: [
          { name: 'name', type: 'string' },
          { name: 'greeting', type: 'string', default: 'Hi' },
        ],
        response: { type: 'enum', name: 'Answer', symbols: ['yes', 'no'] },
      },
      Next: { request: [{ name: 'n', type: 'long' }], response: 'int' },
    },
  })
  const server = own.createServer({ silent: true } as never)
  server.onMessage('Next', (({ n }: { n: number }, reply: Reply) => reply(null, n + 1)) as never)
  const { target, close } = await listen(socket => void server.createChannel(socket))
  const shop = connect(Shop, target)
  const missing = (await t.throwsAsync(shop.ping())) as RpcError
  // avsc refuses a client with messages that it lacks already in the handshake.
  t.is(missing.code, Code.unavailable)
  await disconnect(shop)
  close()
})

test('avsc reaches each service of a server that has several', async t => {
  const { server, port } = await serveAvro([ShopService, Second])
  t.teardown(() => server.close())
  for (const [type, name] of [
    [Shop, 'SayHello'],
    [Second, 'Only'],
  ] as const) {
    const schema = serviceOf(type as Class<object>)
    const { text } = protocolOf(schema, schema.methods)
    const service = avsc.Service.forProtocol(JSON.parse(text), { registry: { long }, wrapUnions: false } as never)
    const { call, close } = await avscClient(service, port)
    t.teardown(close)
    t.is(await call(name, { name: 'x' }), name === 'Only' ? 'second' : 'Hello, x!')
  }
})

function avscShop() {
  const { text } = protocolOf(serviceOf(Shop), serviceOf(Shop).methods)
  return avsc.Service.forProtocol(JSON.parse(text), { wrapUnions: false } as never)
}

test('avsc calls our class over HTTP', async t => {
  const server = await serve([ShopService, Second], { host: '127.0.0.1', report: () => {} })
  const client = avscShop().createClient()
  client.createChannel(((reply: (error: unknown, body: unknown) => void) =>
    httpRequest(
      { port: server.port, host: '127.0.0.1', method: 'POST', headers: { 'content-type': 'avro/binary' } },
      response => reply(null, response),
    )) as never)
  const call = (name: string, request: unknown): Promise<unknown> =>
    new Promise((resolve, reject) =>
      client.emitMessage(
        name,
        request as never,
        ((error: unknown, answer: unknown) =>
          error === null || error === undefined ? resolve(answer) : reject(error)) as never,
      ),
    )
  t.is(await call('SayHello', { name: 'Wörld' }), 'Hello, Wörld!')
  const declared = (await outcome(call('Divide', { dividend: 7, divisor: 0 }))).error as { dividend: number }
  t.is(declared.dividend, 7)
  t.is(((await outcome(call('Fail', { how: 'aborted' }))).error as Error).message, 'failed with aborted')
  await server.close()
})

/**
 * A server of Node, which keeps its connections. In a busy process the timer for idle ones would fire before a request that has arrived, and
 * reset its connection.
 */
async function listening(answer: RequestListener) {
  const listener = createHttpServer({ keepAliveTimeout: 0 }, answer)
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  return { port, listener }
}

test('our proxy calls a server of avsc over HTTP', async t => {
  const theirs = avscShop().createServer({ silent: true } as never)
  theirs.onMessage('SayHello', (({ name }: { name: string }, reply: (error: unknown, text: string) => void) =>
    reply(null, `Hello, ${name}!`)) as never)
  theirs.onMessage('Fail', (({ how }: { how: string }, reply: (error: unknown) => void) =>
    reply(new Error(how))) as never)
  const seen: string[] = []
  const { port, listener } = await listening((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
    theirs.createChannel(((reply: (error: unknown, body: unknown) => void) => {
      response.setHeader('content-type', 'avro/binary')
      reply(null, response)
      return request
    }) as never)
  })
  const shop = connect(Shop, `avro://127.0.0.1:${port}?transport=http&path=/rpc`, { connectTimeout: '30s' })
  t.is(await shop.sayHello('Wörld'), 'Hello, Wörld!')
  t.is(((await t.throwsAsync(shop.fail('plain'))) as RpcError).message, 'plain')
  t.deepEqual([...new Set(seen)], ['POST /rpc avro/binary'])
  await disconnect(shop)
  listener.close()
})

@Service('calc.Calc')
class Calc {
  @Method(double) async twice(@Arg(1, 'n', double) _n: number): Promise<number> {
    return unimplemented()
  }
}

test('over HTTP, servers of different protocols may answer in turn', async t => {
  const servers = ['double', 'float', 'long'].map(response => {
    const messages = { Twice: { request: [{ name: 'n', type: 'double' }], response } }
    const service = avsc.Service.forProtocol({ protocol: 'Calc', namespace: 'calc', messages } as never)
    const server = service.createServer({ silent: true } as never)
    server.onMessage('Twice', (({ n }: { n: number }, reply: (error: unknown, value: number) => void) =>
      reply(null, 2 * n)) as never)
    return server
  })
  let turn = 0
  const { port, listener } = await listening((request, response) => {
    servers[turn++ % servers.length]?.createChannel(((reply: (error: unknown, body: unknown) => void) => {
      response.setHeader('content-type', 'avro/binary')
      reply(null, response)
      return request
    }) as never)
  })
  const calc = connect(Calc, `avro://127.0.0.1:${port}?transport=http`, { connectTimeout: '30s' })
  const numbers = Array.from({ length: 60 }, (_, n) => n)
  t.deepEqual(
    await Promise.all(numbers.map(n => calc.twice(n))),
    numbers.map(n => 2 * n),
  )
  await disconnect(calc)
  listener.close()
})
