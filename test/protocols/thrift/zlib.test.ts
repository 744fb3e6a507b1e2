// Connections that are one zlib stream in each direction: Apache's TZlibTransport.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { constants, createDeflate, createInflate, deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import {
  bytes,
  type Call,
  Code,
  Context,
  connect,
  disconnect,
  type LimitOptions,
  Method,
  Service,
  serve,
  string,
} from '../../../src/index.js'
import { beginsZlib } from '../../../src/protocols/thrift/zlib-stream.js'
import { Everything, everything, Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { outcome } from '../../support/calls.js'
import { gone, goneUnread, openSocket } from '../../support/raw-clients.js'
import { framed, message, text } from './raw.js'

const MiB = 1024 * 1024

@Service('deflated.Big')
class Big {
  calls = 0
  private readonly reply = randomBytes(MiB)

  @Method(bytes) async random(): Promise<Uint8Array> {
    this.calls++
    return this.reply
  }

  @Method(string) async from(@Context() call?: Call): Promise<string> {
    return call?.peer?.address ?? ''
  }
}

const deflated = (part: Buffer) => deflateSync(part, { finishFlush: constants.Z_SYNC_FLUSH })

async function served(
  t: ExecutionContext,
  service: object,
  options: { limits?: LimitOptions; protocols?: string[] } = {},
) {
  const server = await serve([service], { host: '127.0.0.1', report: () => {}, ...options })
  t.teardown(() => server.close())
  return server
}

for (const protocols of [['thrift'], ['http', 'avro', 'thrift']]) {
  for (const codec of ['binary', 'compact', 'json']) {
    test(`a proxy calls a server of ${protocols} through zlib: ${codec}`, async t => {
      const { address } = await served(t, new HelloService(), { protocols })
      const hello = connect(Hello, `thrift://${address}?transport=zlib&codec=${codec}`)
      t.teardown(() => disconnect(hello))
      t.is(await hello.sayHello('World'), 'Hello, World!')
      t.deepEqual(await hello.echo(everything()), everything())
      t.deepEqual(await hello.echo(new Everything()), new Everything())
      const large = randomBytes(MiB)
      t.true(Buffer.from(await hello.reverse(large)).equals(Buffer.from(large).reverse()))
      const many = Array.from({ length: 300 }, (_, n) => hello.sayHello(`${n}`))
      t.deepEqual(
        await Promise.all(many),
        Array.from({ length: 300 }, (_, n) => `Hello, ${n}!`),
      )
    })
  }
}

test('what goes over the socket is compressed both ways', async t => {
  const { port, address } = await served(t, new HelloService())
  const counts = { sent: 0, received: 0 }
  const relay = createServer(client => {
    const server = openSocket(port)
    void server.then(opened => {
      client.on('data', chunk => {
        counts.sent += chunk.length
        opened.write(chunk)
      })
      opened.on('data', chunk => {
        counts.received += chunk.length
        client.write(chunk)
      })
      client.on('close', () => opened.destroy())
    })
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  t.teardown(() => relay.close())
  t.truthy(address)
  const hello = connect(Hello, `thrift://127.0.0.1:${(relay.address() as AddressInfo).port}?transport=zlib`)
  t.teardown(() => disconnect(hello))
  t.is((await hello.reverse(new Uint8Array(MiB))).length, MiB)
  t.true(counts.sent < MiB / 100, `${counts.sent} bytes sent`)
  t.true(counts.received < MiB / 100, `${counts.received} bytes received`)
})

test('frames in a zlib stream are answered in frames, whatever pieces they come in', async t => {
  const { port } = await served(t, new HelloService())
  const socket = await openSocket(port)
  t.teardown(() => socket.destroy())
  for (const byte of deflated(framed(message({ name: 'SayHello', fields: text('x') })))) socket.write(Buffer.of(byte))
  const inflate = socket.pipe(createInflate())
  const [frame] = (await once(inflate, 'data')) as [Buffer]
  t.is(frame.readInt32BE(0), frame.length - 4)
  t.true(frame.includes('Hello, x!'))
})

test('a handler sees the address of its client', async t => {
  const { address } = await served(t, new Big())
  const big = connect(Big, `thrift://${address}?transport=zlib`)
  t.teardown(() => disconnect(big))
  t.regex(await big.from(), /^127\.0\.0\.1:\d+$/)
})

/** Writes a deflated message with an endless text, as fast as it is taken. @returns the bytes of it that were taken, before compression */
function bomb(socket: Socket, head: Buffer): Promise<number> {
  const deflate = createDeflate()
  const block = Buffer.alloc(16 * MiB, 'x')
  deflate.write(head)
  deflate.pipe(socket)
  let written = 0
  return new Promise(resolve => {
    socket.once('close', () => {
      deflate.destroy()
      resolve(written)
    })
    const more = () => {
      if (socket.destroyed) return
      written += block.length
      deflate.write(block, more)
    }
    more()
  })
}

/** A message whose only text claims 2 GiB. */
function endless(kind: number, name: string): Buffer {
  const whole = message({ name, kind, fields: text('x'.repeat(8)) })
  const head = Buffer.from(whole.subarray(0, whole.length - 9))
  head.writeInt32BE(0x7fff_ffff, head.length - 4)
  return head
}

test('a server inflates no more of a message than it may have', async t => {
  const { port } = await served(t, new HelloService(), { limits: { messageBytes: MiB } })
  const socket = await openSocket(port)
  t.true((await bomb(socket, endless(1, 'SayHello'))) < 512 * MiB)
})

test('a client inflates no more of a reply than it may have', async t => {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.once('data', () => void bomb(socket, endless(2, 'SayHello')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const target = `thrift://127.0.0.1:${(server.address() as AddressInfo).port}?transport=zlib`
  const hello = connect(Hello, target, { limits: { messageBytes: MiB } })
  t.teardown(() => disconnect(hello))
  const { error } = await outcome(hello.sayHello('x'))
  t.like(error, { code: Code.resource_exhausted, reason: 'message_too_large' })
  t.true(sockets.length > 0)
})

test('a client that sends thousands of calls in a few bytes and reads nothing is served as far as unsentBytes', async t => {
  const service = new Big()
  const { port } = await served(t, service, { limits: { unsentBytes: 4 * MiB, stallTimeout: 500 } })
  const socket = await openSocket(port)
  t.teardown(() => socket.destroy())
  const calls = deflated(Buffer.concat(Array.from({ length: 3000 }, () => message({ name: 'Random' }))))
  t.true(calls.length < 1000)
  socket.pause().write(calls)
  while (service.calls < 4) await new Promise(setImmediate)
  // By the stall timeout. The bytes mean nothing: what tells the end is that they cannot be written.
  await goneUnread(socket, Buffer.of(0))
  t.true(service.calls < 100, `${service.calls} calls`)
})

test('bytes that are no zlib stream end the connection, behind the replies before them', async t => {
  const { port } = await served(t, new HelloService())
  const socket = await openSocket(port)
  const inflate = socket.pipe(createInflate())
  socket.write(deflated(message({ name: 'SayHello', fields: text('x') })))
  const [reply] = (await once(inflate, 'data')) as [Buffer]
  t.true(reply.includes('Hello, x!'))
  socket.write(Buffer.alloc(100, 0xff))
  inflate.on('error', () => {})
  await gone(socket)
  t.pass()
})

test('a closing server ends its zlib stream, and a zlib stream of something else is closed', async t => {
  const server = await serve([new HelloService()], { host: '127.0.0.1', report: () => {} })
  const stranger = await openSocket(server.port)
  stranger.write(deflated(Buffer.from('GET / HTTP/1.1\r\n\r\n')))
  await gone(stranger)
  const socket = await openSocket(server.port)
  const inflate = socket.pipe(createInflate({ finishFlush: constants.Z_SYNC_FLUSH }))
  socket.write(deflated(message({ name: 'SayHello', fields: text('x') })))
  await once(inflate, 'data')
  const ended = once(inflate, 'end')
  await server.close()
  await ended
  t.pass()
})

test('what a server said before it closed arrives, however slowly it is inflated', async t => {
  const { address } = await served(t, new HelloService(), { limits: { messageBytes: MiB } })
  const hello = connect(Hello, `thrift://${address}?transport=zlib`, { policies: [] })
  t.teardown(() => disconnect(hello))
  for (let n = 0; n < 20; n++) {
    await hello.sayHello('first')
    const { error } = await outcome(hello.sayHello('x'.repeat(2 * MiB)))
    t.like(error, { code: Code.resource_exhausted })
  }
})

test('a closing server answers calls in flight through zlib', async t => {
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1', report: () => {} })
  const hello = connect(Hello, `thrift://${server.address}?transport=zlib`)
  t.teardown(() => disconnect(hello))
  const slow = hello.slow('late', 200)
  while (service.calls === 0) await new Promise(setImmediate)
  await server.close()
  t.is(await slow, 'late')
})

test('the first bytes tell a zlib stream from the serial of an Avro frame', t => {
  for (const level of [0, 1, 6, 9]) {
    const head = deflateSync(message({ name: 'SayHello' }), { level })
    for (let length = 0; length < head.length; length++)
      t.is(beginsZlib(head.subarray(0, length)), length < 7 ? undefined : true)
  }
  t.is(beginsZlib(Buffer.from('789c01020000000100000012', 'hex')), false)
  t.is(beginsZlib(Buffer.from('GET / HTTP/1.1')), false)
  t.is(beginsZlib(Buffer.from('xyz')), false)
})

test('settings that contradict a zlib connection are refused', t => {
  t.throws(() => connect(Hello, 'thrift://127.0.0.1:1?transport=zlib&compression=zlib'), {
    message: /only transport=header can carry compression=zlib/,
  })
})
