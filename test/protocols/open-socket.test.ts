import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import test from 'ava'
import { builtInCodecs } from '../../src/codecs/built-in.js'
import { json } from '../../src/codecs/json/codec.js'
import { Code } from '../../src/core/code.js'
import { defaultLimits } from '../../src/core/limits.js'
import type { RpcError } from '../../src/core/rpc-error.js'
import { systemClock } from '../../src/core/timer-wheel.js'
import { serviceOf } from '../../src/decorators/read-service.js'
import { connect, disconnect, serve } from '../../src/index.js'
import { avro } from '../../src/protocols/avro/protocol.js'
import { grpc } from '../../src/protocols/grpc/protocol.js'
import { http } from '../../src/protocols/http/protocol.js'
import { placeOf } from '../../src/protocols/open-socket.js'
import type { ClientSettings, Protocol } from '../../src/protocols/protocol.js'
import { thrift } from '../../src/protocols/thrift/protocol.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { authority, server as certificate } from '../fixtures/certificates.js'
import { Greeter } from '../fixtures/greeter.js'
import { Hello } from '../fixtures/hello.js'
import { runProgram } from '../support/programs.js'

const wires: readonly (readonly [protocol: string, options: Readonly<Record<string, string>>])[] = [
  ['grpc', {}],
  ['http', {}],
  ['thrift', {}],
  ['thrift', { transport: 'http' }],
  ['avro', {}],
  ['avro', { transport: 'framed' }],
  ['avro', { transport: 'http' }],
]

test.serial('every socket of a client has TCP keepalive, with TLS and without', async t => {
  const kept = new Set<Socket>()
  const { setKeepAlive } = Socket.prototype
  Socket.prototype.setKeepAlive = function (this: Socket, enable, delay) {
    if (enable === true) kept.add(this)
    return setKeepAlive.call(this, enable, delay)
  }
  t.teardown(() => {
    Socket.prototype.setKeepAlive = setKeepAlive
  })
  for (const tls of [undefined, certificate]) {
    const server = await serve([Greeter], { host: '127.0.0.1', ...(tls && { tls }) })
    for (const [protocol, options] of wires) {
      kept.clear()
      const greeter = connect(Greeter, {
        protocol: tls === undefined ? protocol : `${protocol}s`,
        authority: server.address,
        options,
        ...(tls && { tls: { ca: authority } }),
      })
      t.is(await greeter.greet('x'), 'Hello, x!')
      t.is(kept.size, 1, `${protocol} ${JSON.stringify(options)}`)
      await disconnect(greeter)
    }
    await server.close()
  }
})

for (const [protocol, options] of [
  [grpc, {}],
  [http, {}],
  [thrift, {}],
  [thrift, { transport: 'http' }],
  [avro, {}],
  [avro, { transport: 'http' }],
] as readonly (readonly [Protocol, Readonly<Record<string, string>>])[]) {
  test(`the connect timeout runs on the channel's clock: ${protocol.name} ${JSON.stringify(options)}`, async t => {
    const silent = createServer().listen(0, '127.0.0.1')
    t.teardown(() => silent.close())
    await once(silent, 'listening')
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const clock = new VirtualClock()
    const codec =
      protocol.codecs?.[protocol.defaultCodec] ?? builtInCodecs.find(({ name }) => name === protocol.defaultCodec)
    const settings = { codec, options, limits: defaultLimits, clock, connectTimeout: 60_000, tls: {} }
    const failed = t.throwsAsync(
      protocol.bind([serviceOf(Greeter)], settings as never).dial({ address }, new AbortController().signal),
    )
    await clock.advance(60_000)
    const { code, reason, delivery, message } = (await failed) as RpcError
    t.deepEqual([code, reason, delivery], [Code.unavailable, 'connect_failed', 'unsent'])
    t.regex(message, /no connection within 60000 ms \(connectTimeout\)/)
  })
}

test('idle connections keep no process alive', async t => {
  const server = await serve([Greeter], { host: '127.0.0.1' })
  t.teardown(() => server.close())
  // An idle HTTP/2 connection still keeps its process alive, until `limits.idleTimeout` ends it.
  const targets = wires
    .filter(([protocol]) => protocol !== 'grpc')
    .map(([protocol, options]) => `${protocol}://${server.address}?${new URLSearchParams(options)}`)
  const { code, output } = await runProgram('test/fixtures/programs/idle-caller.js', ...targets)
  t.deepEqual([code, output], [0, targets.map(target => `Hello, ${target}!\n`).join('')])
})

function dialerOf(settings: Partial<ClientSettings> = {}) {
  const defaults = { codec: json, limits: defaultLimits, clock: systemClock, connectTimeout: 2000 }
  return http.bind([serviceOf(Hello)], { ...defaults, ...settings })
}

const never = new AbortController().signal

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
