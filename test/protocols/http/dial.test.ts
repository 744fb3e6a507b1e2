import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import test from 'ava'
import { json } from '../../../src/codecs/json/codec.js'
import { Code } from '../../../src/core/code.js'
import { defaultLimits } from '../../../src/core/limits.js'
import type { RpcError } from '../../../src/core/rpc-error.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { serviceOf } from '../../../src/decorators/read-service.js'
import { http } from '../../../src/protocols/http/protocol.js'
import { placeOf } from '../../../src/protocols/open-socket.js'
import type { ClientSettings } from '../../../src/protocols/protocol.js'
import { authority as ca, server as certificate } from '../../fixtures/certificates.js'
import { Hello } from '../../fixtures/hello.js'
import { callOf, serveHello } from './loopback.js'

function dialerOf(settings: Partial<ClientSettings> = {}) {
  const defaults = { codec: json, limits: defaultLimits, clock: systemClock, connectTimeout: 2000 }
  return http.bind([serviceOf(Hello)], { ...defaults, ...settings })
}

const never = new AbortController().signal

test('over TLS, by a name that the certificate holds and no other', async t => {
  const server = await serveHello()
  const listener = createTlsServer(certificate, socket => server.binding.accept(socket, new Uint8Array(0)))
  listener.on('tlsClientError', () => {})
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = `127.0.0.1:${(listener.address() as { port: number }).port}`
  const link = await dialerOf({ tls: { ca, serverName: 'localhost' } }).dial({ address }, never)
  t.like(await link.handle(callOf('sayHello', { name: 'TLS', tags: [] })), { message: 'Hello, TLS!' })
  t.like(await link.handle(callOf('sayHello', { name: 'again', tags: [] })), { message: 'Hello, again!' })
  await link.close()
  for (const tls of [{ ca, serverName: 'example.com' }, {}]) {
    const refused = (await t.throwsAsync(dialerOf({ tls }).dial({ address }, never))) as RpcError
    t.like(refused, { code: Code.unavailable, delivery: 'unsent', reason: 'connect_failed' })
  }
  listener.close()
  await server.close()
})

test('over a Unix socket', async t => {
  const server = await serveHello()
  const path = join(tmpdir(), `polywire-${process.pid}-${Date.now()}.sock`)
  const listener = createServer(socket => server.binding.accept(socket, new Uint8Array(0))).listen(path)
  await once(listener, 'listening')
  const link = await dialerOf().dial({ address: `unix:${path}` }, never)
  t.like(await link.handle(callOf('sayHello', { name: 'Unix', tags: [] })), { message: 'Hello, Unix!' })
  await link.close()
  listener.close()
  await server.close()
})

test('a dial that is aborted, and one that takes too long', async t => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = `127.0.0.1:${(silent.address() as { port: number }).port}`
  const controller = new AbortController()
  // Nobody answers the TLS handshake, so these dials wait.
  const aborted = t.throwsAsync(dialerOf({ tls: {} }).dial({ address }, controller.signal))
  controller.abort()
  t.like((await aborted) as RpcError, { delivery: 'unsent', reason: 'connect_failed' })
  const late = await t.throwsAsync(dialerOf({ tls: {}, connectTimeout: 30 }).dial({ address }, never))
  t.like(late as RpcError, { code: Code.unavailable, delivery: 'unsent' })
  t.regex((late as RpcError).message, /30 ms/)
  silent.close()
})

test('addresses', t => {
  t.deepEqual(placeOf('10.0.0.1:50051', 80), { host: '10.0.0.1', port: 50051 })
  t.deepEqual(placeOf('hello.default.svc', 80), { host: 'hello.default.svc', port: 80 })
  t.deepEqual(placeOf('[::1]:8080', 80), { host: '::1', port: 8080 })
  t.deepEqual(placeOf('[::1]', 443), { host: '::1', port: 443 })
  t.deepEqual(placeOf('unix:/run/hello.sock', 80), { path: '/run/hello.sock' })
})
