import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { calls } from '../suites/calls.js'
import { callOf, dial, head, post, raw, readUntil, say, serveHello } from './loopback.js'

calls('http')

test('a safe method by GET', async t => {
  const server = await serveHello(t, { client: { options: { get: 'true' } } })
  const link = await server.dial()
  t.like(await link.handle(callOf('sayHello', { name: 'Wörld & co?', tags: [] })), { message: 'Hello, Wörld & co?!' })
  t.is(await link.handle(callOf('divide', { dividend: 1, divisor: 4 })), 0.25)
})

test('what is taken: parameters of a content type, other cases, compression, every accepted form of GET', async t => {
  const server = await serveHello(t)
  const hello = { message: 'Hello, you!' }
  const body = '{"name":"you"}'
  t.deepEqual((await post(server, { type: 'Application/JSON; charset=UTF-8', body })).json, hello)
  t.deepEqual((await post(server, { headers: { 'content-encoding': 'gzip' }, body: gzipSync(body) })).json, hello)
  const message = Buffer.from(body).toString('base64url')
  for (const query of [
    `encoding=json&message=${encodeURIComponent(body)}`,
    `connect=v1&base64=1&encoding=json&message=${message}`,
  ]) {
    t.deepEqual((await post(server, { path: `${say}?${query}`, method: 'GET' })).json, hello)
  }
  const zipped = gzipSync(body).toString('base64url')
  const compressed = `${say}?base64=1&compression=gzip&encoding=json&message=${zipped}`
  t.deepEqual((await post(server, { path: compressed, method: 'GET' })).json, hello)
})

test('__proto__ in a body never becomes a prototype', async t => {
  const server = await serveHello(t)
  const reply = await post(server, { body: '{"name":"x","__proto__":{"polluted":true},"counts":{"__proto__":"1"}}' })
  t.is(reply.status, 200)
  t.is(({} as { polluted?: boolean }).polluted, undefined)
})

test('what is no RPC goes to the fallback, an unknown method of a known service does not', async t => {
  const server = await serveHello(t, { fallback: (_request, response) => void response.writeHead(418).end('{}') })
  t.is((await post(server, { path: '/elsewhere' })).status, 418)
  t.is((await post(server, { path: '/hello.Hello/Nothing' })).status, 404)
})

for (const target of [
  'http://x/hello.Hello/SayHello',
  'HTTP://other.example:8080/hello.Hello/SayHello',
  'https://x/hello.Hello/SayHello?of=nothing',
]) {
  test(`the whole address as target: ${target}`, async t => {
    const server = await serveHello(t)
    const reply = await raw(server.port, `${head('content-length: 12').replace(say, target)}{"name":"a"}`, /Hello, a!/)
    t.regex(reply, /^HTTP\/1.1 200 /)
  })
}

test('the whole address as target of what is no RPC, as the fallback sees it', async t => {
  const seen: (string | undefined)[] = []
  const server = await serveHello(t, {
    fallback: (request, response) => {
      seen.push(request.url)
      response.end('{}')
    },
  })
  for (const target of ['http://x/some?a=b', 'http://x', 'http://x?a', '/plain', '//x/y', '*'])
    await raw(server.port, `OPTIONS ${target} HTTP/1.1\r\nhost: x\r\n\r\n`, /\{\}/)
  t.deepEqual(seen, ['/some?a=b', '/', '/?a', '/plain', '//x/y', '*'])
})

test('requests that are pipelined are all answered, in order, however many', async t => {
  const server = await serveHello(t)
  const socket = connectSocket(server.port, '127.0.0.1')
  const names = Array.from({ length: 500 }, (_, n) => `n${n}`)
  socket.write(names.map(name => `${head(`content-length: ${name.length + 11}`)}{"name":"${name}"}`).join(''))
  const replies = await readUntil(socket, /Hello, n499!/)
  t.deepEqual(
    [...replies.matchAll(/Hello, (n\d+)!/g)].map(([, name]) => name),
    names,
  )
  socket.destroy()
})

test('every request says who sends it, unless the caller does', async t => {
  const agents: (string | null)[] = []
  const server = createHttpServer((request, response) => {
    agents.push(request.headers['user-agent'] ?? null)
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const link = await dial(t, port, { client: { options: { get: 'true' } } })
  await link.handle(callOf('sayHello', { name: '', tags: [] }))
  await link.handle(callOf('ping', {}))
  await link.handle(callOf('ping', {}, { headers: { 'user-agent': 'shop/2' } }))
  t.deepEqual(agents, ['connect-node-polywire', 'connect-node-polywire', 'shop/2'])
})
