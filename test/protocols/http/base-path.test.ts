// Servers that have the service below a path, as behind a gateway.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Server } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import express from 'express'
import {
  connect,
  disconnect,
  expressMiddleware,
  Method,
  nothing,
  RpcError,
  Service,
  serve,
  type Target,
} from '../../../src/index.js'
import { DivisionByZero, Hello, HelloService, type Tick } from '../../fixtures/hello.js'
import { PathGateway } from '../../support/path-gateway.js'

const backend = await serve([HelloService], { host: '127.0.0.1', report: () => {} })
test.after.always(() => backend.close())

async function listening(t: ExecutionContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An app of Express with the service below `/api/v1`. */
async function mounted(t: ExecutionContext): Promise<string> {
  const app = express().use('/api/v1', expressMiddleware([HelloService]))
  const server = createServer((request, response) => void app(request, response))
  t.teardown(() => server.closeAllConnections())
  return listening(t, server)
}

/** A gateway over HTTP/2 that takes `/api/v1` off the paths. */
async function behindGateway(t: ExecutionContext): Promise<string> {
  const gateway = await PathGateway.before(backend.address, '/api/v1')
  t.teardown(() => gateway.close())
  return gateway.address
}

/** A gateway of bytes that takes `/api/v1` off the handshake of each WebSocket. */
async function behindRelay(t: ExecutionContext): Promise<string> {
  const server = createTcpServer(incoming => {
    const outgoing = connectTcp(backend.port, '127.0.0.1')
    incoming.once('data', (head: Buffer) => {
      outgoing.write(head.toString('latin1').replace(/^GET \/api\/v1\//, 'GET /'), 'latin1')
      incoming.pipe(outgoing).pipe(incoming)
    })
    for (const socket of [incoming, outgoing]) socket.on('error', () => socket.destroy())
  })
  return listening(t, server)
}

@Service('paths.Unary')
class Unary {
  @Method(nothing) async ping(): Promise<void> {}
}

async function* ticks(): AsyncGenerator<Tick> {
  for (const n of [1, 2, 3]) yield { n }
}

async function callsAll(t: ExecutionContext, target: Target): Promise<void> {
  const hello = connect(Hello, target)
  t.teardown(() => disconnect(hello))
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  await t.throwsAsync(hello.divide(1, 0), { instanceOf: DivisionByZero })
  const seen: number[] = []
  for await (const { n } of hello.watch(3)) seen.push(n)
  t.deepEqual(seen, [1, 2, 3])
  t.is(await hello.add(ticks()), 6)
}

test('a path over HTTP/1.1, with and without a slash at its end', async t => {
  const address = await mounted(t)
  await callsAll(t, `http://${address}/api/v1`)
  await callsAll(t, `http://${address}/api/v1/?codec=proto`)
})

test('a path of a GET', async t => {
  await callsAll(t, `http://${await mounted(t)}/api/v1?get=true`)
})

test('a path over HTTP/2', async t => {
  await callsAll(t, `http2://${await behindGateway(t)}/api/v1`)
})

test('a path over WebSocket', async t => {
  await callsAll(t, `ws://${await behindRelay(t)}/api/v1`)
})

test('a path behind a name in DNS, as a setting, and of an object', async t => {
  const address = await mounted(t)
  await callsAll(t, `http+dns://localhost:${address.split(':')[1]}/api/v1`)
  await callsAll(t, `http://${address}?path=/api/v1`)
  await callsAll(t, { protocol: 'http', endpoints: [address], path: 'api/v1' })
})

test('a slash alone is no path', async t => {
  await callsAll(t, `http://${backend.address}/`)
})

test('a wrong path is an error that names the method and its status', async t => {
  const hello = connect(Hello, `http://${await mounted(t)}/api`)
  t.teardown(() => disconnect(hello))
  const error = await t.throwsAsync(hello.sayHello({ name: 'World', tags: [] }), { instanceOf: RpcError })
  t.is(error?.reason, 'unexpected_status')
  t.regex(error?.message ?? '', /^\/hello\.Hello\/SayHello: .*404/)
})

const refused: readonly (readonly [Target, RegExp])[] = [
  ['grpc://a:1/api', /grpc has no paths; leave out "\/api"/],
  ['memory://a/api', /memory has no paths/],
  ['thrift://a:1/api', /only transport=http/],
  ['avro://a:1/api', /only transport=http has a path/],
  ['http://a/api?path=/other', /leave out one of them/],
  ['http://a//api', /path must be one such as \/api, got "\/\/api"/],
  ['http://a/a/../b', /path must be one such as/],
  ['http://a/a b', /path must be one such as/],
  ['http://a?path=api', /path must be one such as/],
  [{ protocol: 'http', endpoints: ['a'], path: '/api' }, /path must be one such as/],
  [{ protocol: 'http', endpoints: ['a'], path: 'api#x' }, /path must be one such as/],
]

for (const [target, message] of refused)
  test(`connect refuses the path of ${JSON.stringify(target)}`, t => {
    const error = t.throws(() => connect(Unary, target), { instanceOf: RpcError, message })
    t.is(error?.reason, 'invalid_target')
  })

for (const scheme of ['thrift', 'avro'])
  test(`a path of ${scheme} over HTTP`, async t => {
    const asked: (string | undefined)[] = []
    const server = createServer(({ url }, response) => {
      asked.push(url)
      response.writeHead(404).end()
    })
    const unary = connect(Unary, `${scheme}://${await listening(t, server)}/rpc/v1?transport=http`)
    t.teardown(() => disconnect(unary))
    await t.throwsAsync(unary.ping(), { message: /404/ })
    t.deepEqual(asked, ['/rpc/v1'])
  })
