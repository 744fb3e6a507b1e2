import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import test from 'ava'
import { Code, connect, disconnect } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { failure } from '../../support/calls.js'
import { life } from '../suites/life.js'
import { rawClient, Shop, ShopService, serveAvro } from './fixture.js'
import { call, frame, handshake, reply, unframe } from './wire.js'

life('avro')

const greet = (name: string) => call('SayHello', out => out.string(name))

async function until(condition: () => boolean, socket: { once(event: 'data', listener: () => void): unknown }) {
  while (!condition()) await new Promise<void>(resolve => socket.once('data', resolve))
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

test('a server that says nothing to the handshake is given up after the connect timeout', async t => {
  const listener = createServer(() => {})
  const sockets = new Set<Socket>()
  listener.on('connection', socket => sockets.add(socket))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const shop = connect(Shop, `avro://127.0.0.1:${port}`, { connectTimeout: '300ms' })
  const error = await failure(shop.ping())
  t.is(error.code, Code.unavailable)
  t.regex(error.message, /within 300 ms/)
  await disconnect(shop)
  for (const socket of sockets) socket.destroy()
  listener.close()
})
