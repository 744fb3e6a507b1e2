import * as http2 from 'node:http2'
import { createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import test from 'ava'
import Koa from 'koa'
import { serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { connectDescriptor } from './peers.js'

interface Reply {
  readonly status: number
  readonly headers: http2.IncomingHttpHeaders
  readonly body: string
}

async function ask(address: string, headers: http2.OutgoingHttpHeaders, body = ''): Promise<Reply> {
  const session = http2.connect(`http://${address}`)
  try {
    const stream = session.request(headers)
    if (body !== '') stream.end(body)
    const received = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve)
      stream.once('error', reject)
    })
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    return { status: Number(received[':status']), headers: received, body: text }
  } finally {
    session.close()
  }
}

test('JSON over HTTP/2 reaches the same methods', async t => {
  const server = await serve([HelloService])
  const headers = { ':method': 'POST', ':path': '/hello.Hello/SayHello', 'content-type': 'application/json' }
  const reply = await ask(server.address, headers, JSON.stringify({ name: 'World' }))
  t.is(reply.status, 200)
  t.is(reply.body, '{"message":"Hello, World!"}')
  const unknown = await ask(server.address, { ':method': 'GET', ':path': '/nothing' })
  t.is(unknown.status, 404)
  await server.close()
})

test("Connect's own client over HTTP/2: unary, streams, errors, large bodies", async t => {
  const server = await serve([HelloService])
  const transport = createConnectTransport({ baseUrl: `http://${server.address}`, httpVersion: '2' })
  const hello = createClient(connectDescriptor(Hello), transport) as unknown as {
    sayHello(request: object): Promise<{ message: string }>
    divide(request: object): Promise<{ value: number }>
    watch(request: object): AsyncIterable<{ n: number }>
  }
  t.is((await hello.sayHello({ name: 'World' })).message, 'Hello, World!')
  const long = 'x'.repeat(1_000_000)
  t.is((await hello.sayHello({ name: long })).message.length, long.length + 8)
  const seen: number[] = []
  for await (const { n } of hello.watch({ upTo: 3 })) seen.push(n)
  t.deepEqual(seen, [1, 2, 3])
  await t.throwsAsync(hello.divide({ dividend: 1, divisor: 0 }), { message: /cannot divide by zero/ })
  await server.close()
})

test('a Koa app behind HTTP/2: its middleware runs for RPC paths, its routes are served', async t => {
  const koa = new Koa()
  koa.use(async (context, next) => {
    context.set('x-seen', context.path)
    if (context.path === '/about') context.body = { protocol: context.req.httpVersion, host: context.host }
    else await next()
  })
  const server = await serve([HelloService], { koa })
  const about = await ask(server.address, { ':path': '/about' })
  t.is(about.status, 200)
  t.is(about.headers['x-seen'], '/about')
  t.deepEqual(JSON.parse(about.body), { protocol: '2.0', host: server.address })
  const headers = { ':method': 'POST', ':path': '/hello.Hello/SayHello', 'content-type': 'application/json' }
  const reply = await ask(server.address, headers, '{"name":"Koa"}')
  t.is(reply.body, '{"message":"Hello, Koa!"}')
  t.is(reply.headers['x-seen'], '/hello.Hello/SayHello')
  await server.close()
})

test('a header that HTTP/2 does not allow fails where it is set, as over HTTP/1.1', async t => {
  const koa = new Koa()
  koa.silent = true
  koa.use(context => {
    context.set('x-name', '\u0100')
    context.body = 'never'
  })
  const server = await serve([HelloService], { koa })
  t.teardown(() => server.close())
  for (const method of ['GET', 'HEAD'])
    t.is((await ask(server.address, { ':method': method, ':path': '/about' })).status, 500)
})

test("the response is used as Node's: callbacks of end, heads over set headers, statuses without bodies", async t => {
  const koa = new Koa()
  koa.use(async context => {
    context.respond = false
    const { req, res, path } = context
    req.headers = { ...req.headers, 'x-more': 'yes' }
    if (path === '/callback')
      await new Promise<void>(resolve => res.end(Buffer.from(String(req.headers['x-more'])), resolve))
    else if (path === '/twice') {
      res.setHeader('content-type', 'text/html')
      res.writeHead(200, ['content-type', 'application/json']).end('{}')
    } else res.writeHead(204).end('dropped')
  })
  const server = await serve([HelloService], { koa })
  t.teardown(() => server.close())
  t.is((await ask(server.address, { ':path': '/callback' })).body, 'yes')
  const { headers, body } = await ask(server.address, { ':path': '/twice' })
  t.deepEqual([headers['content-type'], body], ['application/json', '{}'])
  const empty = await ask(server.address, { ':path': '/empty' })
  t.deepEqual([empty.status, empty.body], [204, ''])
})

test('a client that goes away cancels the call', async t => {
  const service = new HelloService()
  const server = await serve([service])
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const session = http2.connect(`http://${server.address}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/hello.Hello/Hang',
    'content-type': 'application/json',
  })
  stream.on('error', () => {})
  stream.end('{}')
  while (service.calls === 0) await new Promise(resolve => setImmediate(resolve))
  stream.close(http2.constants.NGHTTP2_CANCEL)
  await stopped
  t.is(service.stopped, 1)
  session.close()
  await server.close()
})

test('what is neither gRPC nor HTTP that is served here is a content type that is not supported', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'] })
  const reply = await ask(server.address, {
    ':method': 'POST',
    ':path': '/hello.Hello/SayHello',
    'content-type': 'text/plain',
  })
  t.true(reply.status >= 400 && reply.status < 500)
  await server.close()
})
