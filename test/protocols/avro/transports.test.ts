import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  withCall,
} from '../../../src/index.js'
import { protocolOf } from '../../../src/protocols/avro/protocol-schema.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'
import { outcome } from '../../support/calls.js'
import { DivisionByZero, Order, Shop, ShopService } from './fixture.js'
import { Second } from './second-service.js'

for (const transport of ['netty', 'framed', 'http']) {
  test(`${transport}: everything that a call can be, on the one port of a server with every protocol`, async t => {
    const service = new ShopService()
    const server = await serve([service, Second], { host: '127.0.0.1', report: () => {} })
    const shop = connect(Shop, `avro://${server.address}?transport=${transport}`)
    const second = connect(Second, `avro://${server.address}?transport=${transport}`)
    t.is(await shop.sayHello('World'), 'Hello, World!')
    t.is(await second.sayHello('World'), 'Second hello, World!')
    t.is(await second.only(), 'second')
    const order = Object.assign(new Order(), { name: 'é', counts: new Map([['x', -(2n ** 63n)]]), parent: new Order() })
    t.deepEqual(await shop.echo(order), order)
    t.is(await shop.next(2n ** 63n - 1n), -(2n ** 63n))
    const large = Buffer.alloc(1024 * 1024, 'xyz')
    t.true(Buffer.from(await shop.reverse(large)).equals(Buffer.from(large).reverse()))
    t.is((await shop.reverse(new Uint8Array(0))).length, 0)
    t.is((await t.throwsAsync(shop.divide(7, 0), { instanceOf: DivisionByZero }))?.dividend, 7)
    const error = (await t.throwsAsync(shop.fail('not_found'))) as RpcError
    t.deepEqual([error.code, error.headers?.get('x-why')], [Code.not_found, 'not_found'])
    t.is(await withCall(shop, { headers: { 'x-in': ['a', 'b'] } }).headers(), 'a,b')
    const noted = new Promise<void>(resolve => {
      service.onNote = resolve
    })
    await shop.note('one way')
    await noted
    const many = Array.from({ length: 100 }, (_, n) => shop.sayHello(String(n)))
    t.deepEqual(
      await Promise.all(many),
      many.map((_, n) => `Hello, ${n}!`),
    )
    const stopped = new Promise<void>(resolve => {
      service.onStop = resolve
    })
    const late = (await t.throwsAsync(withCall(shop, { timeout: '1s' }).hang())) as RpcError
    t.is(late.code, Code.deadline_exceeded)
    await stopped
    t.is(await shop.sayHello('after'), 'Hello, after!')
    await Promise.all([disconnect(shop), disconnect(second)])
    await server.close()
  })
}

test('over TLS, sockets and HTTP alike', async t => {
  const server = await serve([ShopService], { host: '127.0.0.1', report: () => {}, tls: certificate })
  for (const transport of ['netty', 'framed', 'http']) {
    const shop = connect(Shop, {
      protocol: 'avros',
      authority: server.address,
      options: { transport },
      tls: { ca: authority },
    })
    t.is(await shop.sayHello(transport), `Hello, ${transport}!`)
    await disconnect(shop)
    const stranger = connect(
      Shop,
      { protocol: 'avros', authority: server.address, options: { transport } },
      { policies: [] },
    )
    t.is(((await t.throwsAsync(stranger.ping())) as RpcError).code, Code.unavailable)
    await disconnect(stranger)
  }
  await server.close()
})

test('over a Unix socket', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-avro-'))
  const path = join(folder, 'shop.sock')
  const server = await serve([ShopService], { path, report: () => {} })
  for (const transport of ['netty', 'http']) {
    const shop = connect(Shop, { protocol: 'avro', endpoints: [`unix:${path}`], options: { transport } })
    t.is(await shop.sayHello('unix'), 'Hello, unix!')
    await disconnect(shop)
  }
  await server.close()
  await rm(folder, { recursive: true })
})

function shopOfAvsc() {
  const { text } = protocolOf(serviceOf(Shop), serviceOf(Shop).methods)
  return avsc.Service.forProtocol(JSON.parse(text), { wrapUnions: false } as never)
}

test('avsc calls our class over HTTP', async t => {
  const server = await serve([ShopService, Second], { host: '127.0.0.1', report: () => {} })
  const client = shopOfAvsc().createClient()
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

test('our proxy calls a server of avsc over HTTP', async t => {
  const theirs = shopOfAvsc().createServer({ silent: true } as never)
  theirs.onMessage('SayHello', (({ name }: { name: string }, reply: (error: unknown, text: string) => void) =>
    reply(null, `Hello, ${name}!`)) as never)
  theirs.onMessage('Fail', (({ how }: { how: string }, reply: (error: unknown) => void) =>
    reply(new Error(how))) as never)
  const seen: string[] = []
  const listener = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
    theirs.createChannel(((reply: (error: unknown, body: unknown) => void) => {
      response.setHeader('content-type', 'avro/binary')
      reply(null, response)
      return request
    }) as never)
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const shop = connect(Shop, `avro://127.0.0.1:${port}?transport=http&path=/rpc`)
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
  const listener = createServer((request, response) => {
    servers[turn++ % servers.length]?.createChannel(((reply: (error: unknown, body: unknown) => void) => {
      response.setHeader('content-type', 'avro/binary')
      reply(null, response)
      return request
    }) as never)
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const calc = connect(Calc, `avro://127.0.0.1:${port}?transport=http`)
  const numbers = Array.from({ length: 60 }, (_, n) => n)
  t.deepEqual(
    await Promise.all(numbers.map(n => calc.twice(n))),
    numbers.map(n => 2 * n),
  )
  await disconnect(calc)
  listener.close()
})

test('over HTTP, what is no Avro is told from it', async t => {
  const server = await serve([ShopService], { host: '127.0.0.1', report: () => {}, limits: { messageBytes: 1000 } })
  const post = (body: Buffer) =>
    fetch(`http://${server.address}/`, { method: 'POST', headers: { 'content-type': 'avro/binary' }, body }).then(
      async reply => [reply.status, await reply.text()] as const,
    )
  const framed = (body: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    return Buffer.concat([length, body, Buffer.alloc(4)])
  }
  t.is((await post(Buffer.from('hello')))[0], 400)
  t.is((await post(Buffer.alloc(0)))[0], 400)
  t.deepEqual(await post(framed(Buffer.alloc(10, 7))), [
    400,
    'unreadable avro message: the message ends within a value',
  ])
  t.is((await post(framed(Buffer.alloc(2000))))[0], 413)
  await server.close()
})

test('a server that answers with anything else is told with what', async t => {
  const listener = createServer((request, response) => {
    request.resume()
    if (request.url === '/text') response.end('hello')
    else response.writeHead(503).end()
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const text = connect(Shop, `avro://127.0.0.1:${port}?transport=http&path=/text`)
  const busy = connect(Shop, `avro://127.0.0.1:${port}?transport=http`)
  const odd = (await t.throwsAsync(text.ping())) as RpcError
  t.deepEqual([odd.code, odd.reason], [Code.internal, 'malformed_reply'])
  t.is(((await t.throwsAsync(busy.ping())) as RpcError).code, Code.unavailable)
  await Promise.all([disconnect(text), disconnect(busy)])
  listener.close()
})

test('nobody there is unavailable, and the call never left', async t => {
  const listener = createServer()
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  await new Promise(resolve => listener.close(resolve))
  for (const transport of ['netty', 'framed', 'http']) {
    const shop = connect(Shop, `avro://127.0.0.1:${port}?transport=${transport}`, { policies: [] })
    const error = (await t.throwsAsync(shop.ping())) as RpcError
    t.is(error.code, Code.unavailable)
    t.is(error.delivery, 'unsent')
    await disconnect(shop)
  }
})

test('mistakes in a target are told when it is made', t => {
  const shop = (query: string) => () => connect(Shop, `avro://127.0.0.1:1?${query}`)
  t.regex(
    t.throws(shop('transport=carrier-pigeon'))?.message ?? '',
    /no transport "carrier-pigeon"; known: netty, framed/,
  )
  t.regex(t.throws(shop('transport=http&path=rpc'))?.message ?? '', /a path begins with \//)
  t.regex(t.throws(shop('codec=json'))?.message ?? '', /json/)
  t.true(t.throws(shop('speed=fast')) instanceof RpcError)
})
