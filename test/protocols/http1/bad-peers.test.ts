import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import test from 'ava'
import { Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { openSocket } from '../../support/raw-clients.js'

for (const [protocol, mediaType] of [
  ['thrift', 'application/x-thrift'],
  ['avro', 'avro/binary'],
] as const) {
  test(`a body that does not arrive in time is answered: ${protocol}`, async t => {
    const server = await serve([HelloService], { host: '127.0.0.1', limits: { bodyTimeout: 100 } })
    t.teardown(() => server.close())
    const socket = await openSocket(server.port)
    socket.setEncoding('latin1')
    socket.write(`POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-type: ${mediaType}\r\ncontent-length: 100\r\n\r\nhalf`)
    let reply = ''
    socket.on('data', text => {
      reply += text
    })
    await once(socket, 'close')
    t.regex(reply, /^HTTP\/1\.1 408 /)
    t.regex(reply, /\/rpc: the request did not arrive within 100 ms \(limits\.bodyTimeout\)$/)
  })

  test(`a server that only sends informational responses fails the call: ${protocol}`, async t => {
    const sockets = new Set<Socket>()
    const flood = createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('data', () => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(17)))
    })
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
      flood.close()
    })
    flood.listen(0, '127.0.0.1')
    await once(flood, 'listening')
    const hello = connect(Hello, `${protocol}://127.0.0.1:${(flood.address() as AddressInfo).port}?transport=http`)
    t.teardown(() => disconnect(hello))
    const error = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
    t.deepEqual([error.code, error.reason], [Code.internal, 'malformed_reply'])
  })

  test(`a lost connection reads the same as over HTTP: ${protocol}`, async t => {
    const cut = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.destroy())
    })
    t.teardown(() => cut.close())
    cut.listen(0, '127.0.0.1')
    await once(cut, 'listening')
    const address = `127.0.0.1:${(cut.address() as AddressInfo).port}`
    const failures = [`${protocol}://${address}?transport=http`, `http://${address}`].map(async target => {
      const hello = connect(Hello, target, { policies: [] })
      const { code, reason, delivery, message } = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
      await disconnect(hello)
      return { code, reason, delivery, message }
    })
    const [one, other] = await Promise.all(failures)
    t.deepEqual(one, other)
  })
}

test("Thrift over HTTP refuses to send a header that is HTTP's own", async t => {
  const server = await serve([HelloService], { host: '127.0.0.1' })
  t.teardown(() => server.close())
  const hello = connect(Hello, `thrift://${server.address}?transport=http`)
  t.teardown(() => disconnect(hello))
  const error = (await t.throwsAsync(
    withCall(hello, { headers: { 'transfer-encoding': 'chunked' } }).sayHello('x'),
  )) as RpcError
  t.deepEqual([error.code, error.reason], [Code.invalid_argument, 'reserved_header'])
})

test('over HTTP, reply headers over the limit fail the call, and are not taken for a lost connection', async t => {
  for (const protocol of ['thrift', 'avro']) {
    const server = createHttpServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'x-long': 'x'.repeat(20_000) })
      response.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const hello = connect(Hello, `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}?transport=http`)
    const error = (await t.throwsAsync(hello.sayHello('x'), { instanceOf: RpcError })) as RpcError
    t.deepEqual(
      [error.code, error.reason, error.delivery],
      [Code.resource_exhausted, 'reply_headers_too_large', 'unknown'],
    )
    await disconnect(hello)
    server.closeAllConnections()
    server.close()
  }
})
