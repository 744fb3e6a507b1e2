import test from 'ava'
import fc from 'fast-check'
import { Code, connect, disconnect, RpcError, serve } from '../../../src/index.js'
import { avro } from '../../../src/protocols/avro/protocol.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { pair, rawClient, Shop, ShopService, serveAvro } from './fixture.js'
import { Second } from './second-service.js'
import { call, frame, handshake, reply, shopProtocol, unframe } from './wire.js'

const framings = ['netty', 'framed'] as const
const greet = (name: string) => call('SayHello', out => out.string(name))
/** A handshake response of the match BOTH: no protocol, no hash, no metadata. */
const both = Buffer.from([0, 0, 0, 0])

async function until(condition: () => boolean, socket: { once(event: 'data', listener: () => void): unknown }) {
  while (!condition()) await new Promise<void>(resolve => socket.once('data', resolve))
}

for (const framing of framings) {
  test(`${framing}: a byte at a time, many at once`, async t => {
    const { server, port } = await serveAvro([ShopService])
    const { socket, received } = await rawClient(port)
    const stream = Buffer.concat([
      frame(framing, 1, handshake(), greet('a')),
      frame(framing, 2, greet('b')),
      frame(framing, 3, greet('c').subarray(0, 4), greet('c').subarray(4)),
    ])
    for (const byte of stream) socket.write(Buffer.from([byte]))
    await until(() => unframe(framing, received()).length === 3, socket)
    const [first, ...rest] = unframe(framing, received())
    t.deepEqual(first?.bytes.subarray(0, 4), both)
    t.is(reply(first?.bytes.subarray(4) as Buffer).from.string(), 'Hello, a!')
    t.deepEqual(
      rest.map(({ bytes }) => reply(bytes).from.string()),
      ['Hello, b!', 'Hello, c!'],
    )
    socket.destroy()
    await server.close()
  })

  test(`${framing}: bad requests get an error and harm no other`, async t => {
    const { server, port } = await serveAvro([ShopService], { limits: { messageBytes: 1000, headerBytes: 100 } })
    const { socket, received } = await rawClient(port)
    const large = Buffer.alloc(2000)
    socket.write(
      Buffer.concat([
        frame(framing, 1, handshake(), call('')),
        frame(framing, 2, call('Nothing')),
        frame(framing, 3, call('SayHello')),
        frame(framing, 4, Buffer.from([0xff])),
        frame(framing, 5, large),
        frame(
          framing,
          6,
          Buffer.concat([Buffer.from([2, 2, 97, 200, 2]), Buffer.alloc(164), Buffer.from([0]), greet('x')]),
        ),
        frame(framing, 7, greet('ok')),
      ]),
    )
    await until(() => unframe(framing, received()).length === 7, socket)
    const codes = unframe(framing, received())
      .slice(1)
      .sort((a, b) => a.serial - b.serial)
      .map(({ bytes }) => reply(bytes).code)
    t.deepEqual(codes, [
      'unimplemented',
      'invalid_argument',
      'invalid_argument',
      'resource_exhausted',
      'resource_exhausted',
      undefined,
    ])
    socket.destroy()
    await server.close()
  })
}

test('replies without serials keep the order of their requests', async t => {
  const { server, port } = await serveAvro([ShopService])
  const { socket, received } = await rawClient(port)
  const slow = Buffer.concat([
    Buffer.from([2, 20]),
    Buffer.from('timeout-ms'),
    Buffer.from([4]),
    Buffer.from('50'),
    Buffer.from([0]),
    call('Hang').subarray(1),
  ])
  socket.write(
    Buffer.concat([
      frame('framed', 0, handshake(), call('')),
      frame('framed', 0, slow),
      frame('framed', 0, greet('b')),
    ]),
  )
  await until(() => unframe('framed', received()).length === 3, socket)
  const [, hung, hello] = unframe('framed', received())
  t.is(reply(hung?.bytes as Buffer).code, 'deadline_exceeded')
  t.is(reply(hello?.bytes as Buffer).from.string(), 'Hello, b!')
  socket.destroy()
  await server.close()
})

test('a client that is not known is asked for its protocol, and never under a hash that is not its own', async t => {
  const { server, port } = await serveAvro([ShopService])
  const other = JSON.stringify({
    protocol: 'Shop',
    namespace: 'shop',
    messages: { SayHello: { request: [{ name: 'name', type: 'bytes' }], response: 'string' } },
  })
  const ask = async (request: Parameters<typeof handshake>[0]) => {
    const { socket, received } = await rawClient(port)
    socket.write(frame('netty', 1, handshake(request), greet('x')))
    await until(() => unframe('netty', received()).length === 1, socket)
    socket.destroy()
    return unframe('netty', received())[0]?.bytes as Buffer
  }
  const unknown = 'x'.repeat(16)
  t.is((await ask({ clientHash: unknown }))[0], 4)
  // Planted: the text is sent under a hash that is another's.
  t.is((await ask({ clientHash: unknown, clientProtocol: other }))[0], 0)
  t.is((await ask({ clientHash: unknown }))[0], 4)
  const wrong = await ask({ clientHash: unknown, clientProtocol: other, serverHash: unknown })
  t.is(wrong[0], 2)
  t.true(wrong.includes(shopProtocol.hash, 0, 'latin1'))
  const hopeless = await rawClient(port)
  hopeless.socket.write(frame('netty', 1, handshake({ clientHash: unknown, clientProtocol: '{"no":"protocol"}' })))
  await hopeless.closed
  t.is(unframe('netty', hopeless.received())[0]?.bytes[0], 4)
  await server.close()
})

test('what is no Avro is closed, with Avro alone and among all protocols', async t => {
  for (const options of [{ protocols: [avro] }, {}]) {
    const server = await serve([ShopService], { host: '127.0.0.1', report: () => {}, ...options })
    for (const salad of [
      'x'.repeat(100),
      '\x00'.repeat(100),
      `\x00\x00\x00\x01\x00\x00\x00\x01${'\x00'.repeat(100)}`,
    ]) {
      const { socket, closed } = await rawClient(server.port)
      socket.write(Buffer.from(salad, 'latin1'))
      await closed
    }
    t.pass()
    await server.close()
  }
})

test('random bytes behind a handshake close the connection or are answered, and harm nobody', async t => {
  const { server, shop, port, close } = await pair()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...framings),
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }),
      fc.boolean(),
      async (framing, chunks, framed) => {
        const { socket, closed } = await rawClient(port)
        socket.write(frame(framing, 0, handshake(), call('')))
        for (const chunk of chunks) socket.write(framed ? frame(framing, 5, Buffer.from(chunk)) : chunk)
        socket.end()
        await closed
        t.is(await shop.sayHello('still'), 'Hello, still!')
      },
    ),
    { numRuns: 60 },
  )
  t.truthy(server)
  await close()
})

/** Begins so many calls of `hang`, and waits until they are served. */
async function hang({ shop, service }: Awaited<ReturnType<typeof pair>>, count: number): Promise<Promise<void>[]> {
  const served = new Promise<void>(resolve => {
    service.onHang = () => {
      if (service.hanging.length === count) resolve()
    }
  })
  const calls = Array.from({ length: count }, () => shop.hang())
  await served
  return calls
}

test('more calls than one connection may have are refused, provably unseen', async t => {
  const both = await pair({ limits: { callsPerConnection: 2 } })
  const calls = await hang(both, 2)
  const error = (await t.throwsAsync(both.shop.ping())) as RpcError
  t.is(error.code, Code.resource_exhausted)
  t.is(error.delivery, 'refused')
  for (const end of both.service.hanging) end()
  await Promise.all(calls)
  t.is(await both.shop.ping(), undefined)
  await both.close()
})

test('a closing server lets calls end and refuses new ones', async t => {
  const both = await pair()
  const { shop, server, service, target } = both
  const calls = await hang(both, 1)
  const closing = server.close()
  const refused = (await t.throwsAsync(shop.ping())) as RpcError
  t.is(refused.code, Code.unavailable)
  service.hanging[0]?.()
  t.deepEqual(await Promise.all(calls), [undefined])
  await closing
  const late = connect(Shop, target)
  t.is(((await t.throwsAsync(late.ping())) as RpcError).code, Code.unavailable)
  await Promise.all([disconnect(shop), disconnect(late)])
})

test('a client that goes away cancels its calls', async t => {
  const service = new ShopService()
  const { server, port } = await serveAvro([service])
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const begun = new Promise<void>(resolve => {
    service.onHang = resolve
  })
  const { socket } = await rawClient(port)
  socket.write(frame('netty', 1, handshake(), call('Hang')))
  await begun
  socket.destroy()
  await stopped
  t.pass()
  await server.close()
})

test('calls in flight are answered before a connection with garbage is closed', async t => {
  const service = new ShopService()
  const { server, port } = await serveAvro([service])
  t.teardown(() => server.close())
  const begun = new Promise<void>(resolve => {
    service.onHang = resolve
  })
  const { socket, received, closed } = await rawClient(port)
  socket.write(Buffer.concat([frame('netty', 1, handshake(), call('')), frame('netty', 2, call('Hang'))]))
  await begun
  socket.write(Buffer.from([0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff]))
  await new Promise(resolve => setImmediate(resolve))
  for (const end of service.hanging) end()
  await closed
  t.deepEqual(
    unframe('netty', received()).map(({ serial }) => serial),
    [1, 2],
  )
})

test('a handshake, a message and a connection that take too long are ended', async t => {
  const clock = new VirtualClock()
  const limits = { handshakeTimeout: 1000, bodyTimeout: 2000, idleTimeout: 10_000 }
  const { server, port } = await serveAvro([ShopService], { clock, limits })
  const silent = await rawClient(port)
  const partial = await rawClient(port)
  const idle = await rawClient(port)
  silent.socket.write(Buffer.from([0]))
  const whole = frame('netty', 1, handshake(), call(''))
  partial.socket.write(Buffer.concat([whole, frame('netty', 2, greet('x')).subarray(0, 14)]))
  idle.socket.write(whole)
  for (const { socket, received } of [partial, idle]) await until(() => received().length > 0, socket)
  await clock.advance(2000)
  await Promise.all([silent.closed, partial.closed])
  t.false(idle.socket.destroyed)
  await clock.advance(20_000)
  await idle.closed
  await server.close()
})

test('a service that Avro cannot carry is served by the others, and named with Avro refused', async t => {
  const { Hello, HelloService } = await import('../../fixtures/hello.js')
  const server = await serve([HelloService, Second], { host: '127.0.0.1', report: () => {} })
  t.true(server.protocols.includes('avro'))
  const second = connect(Second, `avro://${server.address}`)
  t.is(await second.only(), 'second')
  const refused = await t.throwsAsync(serve([HelloService], { protocols: ['avro'] }))
  t.regex(refused?.message ?? '', /HelloService\.watch: avro cannot carry it: Avro RPC has no streams; leave avro out/)
  const error = t.throws(() => connect(Hello, `avro://${server.address}`))
  t.regex(error?.message ?? '', /avro cannot carry it: Avro RPC has no streams/)
  await disconnect(second)
  await server.close()
})
