// A server without gRPC speaks HTTP/2 too: Connect, REST and pages, with and without TLS.
import { mkdtemp, rm } from 'node:fs/promises'
import { request as ask } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import Koa from 'koa'
import { Code, connect, disconnect, type RpcError, type ServeOptions, serve } from '../../src/index.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { Greeter } from '../fixtures/greeter.js'
import { Hello, HelloService } from '../fixtures/hello.js'
import { gone, openSocket } from '../support/raw-clients.js'

async function alone(t: ExecutionContext, options: ServeOptions = {}) {
  const place = options.path === undefined ? { host: '127.0.0.1' } : {}
  const server = await serve([HelloService], { ...place, protocols: ['http'], ...options })
  t.teardown(() => server.close())
  return server
}

function calling(t: ExecutionContext, target: Parameters<typeof connect>[1]): Hello {
  const hello = connect(Hello, target)
  t.teardown(() => disconnect(hello))
  return hello
}

const count = async (replies: AsyncIterable<unknown>) => {
  let sum = 0
  for await (const _ of replies) sum++
  return sum
}

test('a server of HTTP alone speaks HTTP/2', async t => {
  const server = await alone(t)
  const hello = calling(t, `http2://${server.address}`)
  t.is(await hello.ping(), undefined)
  t.is(await count(hello.watch(3)), 3)
  t.deepEqual(server.protocols, ['http'])
  t.is(server.inspect().protocols.http?.connections, 1)
  const [connection] = server.connections()
  t.like(connection, { protocol: 'http', calls: 0 })
  t.true((connection?.http2?.streams.succeeded ?? 0) >= 2)
  const error = (await t.throwsAsync(calling(t, `grpc://${server.address}`).ping())) as RpcError
  t.not(error.code, Code.deadline_exceeded)
})

test('beside Thrift and Avro HTTP speaks HTTP/2, and each takes its own connections', async t => {
  const protocols = ['http', 'thrift', 'avro']
  const server = await serve([Greeter], { host: '127.0.0.1', protocols })
  t.teardown(() => server.close())
  for (const scheme of ['http2', ...protocols]) {
    const greeter = connect(Greeter, `${scheme}://${server.address}`)
    t.is(await greeter.greet(scheme), `Hello, ${scheme}!`)
    await disconnect(greeter)
  }
})

test('a listener without gRPC speaks HTTP/2, also if another one has gRPC', async t => {
  const listeners = [{ protocols: ['http'] }, { protocols: ['grpc'] }].map(one => ({ host: '127.0.0.1', ...one }))
  const server = await serve([HelloService], { protocols: ['http', 'grpc'], listeners })
  t.teardown(() => server.close())
  const [first = '', second = ''] = server.addresses
  t.is(await calling(t, `http2://${first}`).ping(), undefined)
  t.is(await calling(t, `grpc://${second}`).ping(), undefined)
  t.is(server.inspect().protocols.http?.connections, 1)
})

test('it offers HTTP/2 to clients of HTTP/1.1, and they go over', async t => {
  const server = await alone(t)
  const hello = calling(t, `http://${server.address}`)
  const speaksHttp2 = () => server.connections().some(({ http2 }) => http2 !== undefined)
  for (let round = 0; round < 1000 && !speaksHttp2(); round++) await Promise.all([hello.ping(), hello.ping()])
  t.true(speaksHttp2())
})

test('over a Unix socket too, clients of HTTP/1.1 are offered HTTP/2 and go over', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const protocols of [['http'], ['grpc', 'http']]) {
    const server = await alone(t, { path: join(folder, `${protocols}.sock`), protocols })
    const hello = calling(t, { protocol: 'http', endpoints: [server.address] })
    const speaksHttp2 = () => server.connections().some(({ http2 }) => http2 !== undefined)
    for (let round = 0; round < 1000 && !speaksHttp2(); round++) await Promise.all([hello.ping(), hello.ping()])
    t.true(speaksHttp2())
    const begun = calling(t, { protocol: 'http', endpoints: [server.address], options: { version: '1.1' } })
    t.is(await begun.ping(), undefined)
  }
})

test('within TLS the client chooses HTTP/2 or HTTP/1.1', async t => {
  const server = await alone(t, { tls: certificate })
  for (const version of ['2', '1.1']) {
    const target = { protocol: 'http', options: { version }, endpoints: [server.address], tls: { ca: authority } }
    t.is(await calling(t, target).ping(), undefined)
  }
  t.deepEqual(
    server.connections().map(({ http2, secure }) => [http2 !== undefined, secure]),
    [
      [true, true],
      [false, true],
    ],
  )
})

test('pages and paths that nobody serves are answered over HTTP/2', async t => {
  const server = await alone(t)
  const session = connectHttp2(`http://${server.address}`)
  t.teardown(() => session.destroy())
  const get = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const stream = session.request({ ':path': path })
      stream.once('response', head => resolve(Number(head[':status'])))
      stream.once('error', reject)
      stream.resume()
    })
  t.is(await get('/healthz'), 200)
  t.is(await get('/nobody'), 404)
})

test('the middleware of a Koa app runs before calls over HTTP/2, too', async t => {
  const seen: string[] = []
  const koa = new Koa()
  koa.use(async (context, next) => {
    if (seen.push(context.path) === 1) context.status = 401
    else await next()
  })
  const server = await alone(t, { koa })
  const hello = calling(t, `http2://${server.address}`)
  const error = (await t.throwsAsync(hello.ping())) as RpcError
  t.is(error.code, Code.unauthenticated)
  t.is(await hello.ping(), undefined)
  t.deepEqual(seen, ['/hello.Hello/Ping', '/hello.Hello/Ping'])
})

test('what is no HTTP is still answered by a server of HTTP alone', async t => {
  const server = await alone(t)
  const socket = await openSocket(server.port)
  const answer = new Promise<string>(resolve => socket.once('data', bytes => resolve(String(bytes))))
  socket.write('BREW /pot HTTP/1.1\r\n\r\n')
  t.regex(await answer, /^HTTP\/1\.1 400 /)
  await gone(socket)
  const status = await new Promise(resolve =>
    ask({ port: server.port, host: '127.0.0.1', method: 'PROPFIND', path: '/x' }, reply => {
      reply.resume()
      resolve(reply.statusCode)
    }).end(),
  )
  t.is(status, 404)
})

test('it drains calls over HTTP/2', async t => {
  const server = await alone(t, { limits: { drainTimeout: '10s' } })
  const hello = calling(t, `http2://${server.address}`)
  const replies = hello.watch(1_000_000)[Symbol.asyncIterator]()
  await replies.next()
  const closed = server.close()
  t.false((await replies.next()).done)
  await replies.return?.()
  await closed
  t.is(server.inspect().protocols.http?.connections, 0)
})
