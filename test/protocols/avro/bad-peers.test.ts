import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { avro } from '../../../src/protocols/avro/protocol.js'
import { failure, outcome } from '../../support/calls.js'
import { badPeers } from '../suites/bad-peers.js'
import { pair, rawClient, Shop, ShopService, serveAvro } from './fixture.js'
import { call, frame, handshake, reply, shopProtocol, unframe, written } from './wire.js'

badPeers('avro')

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

/** A handshake response of the match BOTH and an empty reply. */
const welcome = Buffer.from([0, 0, 0, 0, 0, 0])

const hello = (text: string) =>
  written(out => {
    out.int(0)
    out.boolean(false)
    out.string(text)
  })

/** A server that accepts every handshake, and does with each request what it is told. */
async function fake(answer: (socket: Socket, serial: number, request: Buffer) => void, first: Buffer = welcome) {
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    let gathered = Buffer.alloc(0)
    let seen = 0
    socket.on('error', () => {})
    socket.on('data', chunk => {
      gathered = Buffer.concat([gathered, chunk])
      for (const { serial, bytes } of unframe('netty', gathered).slice(seen)) {
        if (seen++ === 0) socket.write(frame('netty', serial, first))
        else answer(socket, serial, bytes)
      }
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  }
  return { target: `avro://127.0.0.1:${(listener.address() as AddressInfo).port}`, sockets, close }
}

test('replies are matched by serial: late, unknown and doubled ones are dropped', async t => {
  const held: [number, Socket][] = []
  const { target, close } = await fake((socket, serial, request) => {
    if (request.includes('hold')) held.push([serial, socket])
    else {
      socket.write(frame('netty', 54_321, hello('unknown')))
      for (const [late] of held) socket.write(frame('netty', late, hello('late')))
      socket.write(Buffer.concat([frame('netty', serial, hello('right')), frame('netty', serial, hello('doubled'))]))
    }
  })
  const shop = connect(Shop, target)
  t.is(await shop.sayHello('first'), 'right')
  t.is((await failure(withCall(shop, { timeout: '50ms' }).sayHello('hold'))).code, Code.deadline_exceeded)
  t.is(await shop.sayHello('a'), 'right')
  t.is(await shop.sayHello('b'), 'right')
  await disconnect(shop)
  close()
})

test('a reply that cannot be read is an error of its call alone', async t => {
  const bad: Buffer[] = [
    Buffer.alloc(0),
    Buffer.from([0]),
    Buffer.from([0, 2]),
    Buffer.from([0, 0, 0x7f]),
    Buffer.concat([hello('x'), Buffer.alloc(1)]),
    Buffer.from([0, 1, 8, 0]),
    Buffer.from([1, 0]),
  ]
  const { target, close } = await fake((socket, serial, request) => {
    const which = /bad(\d)/.exec(request.toString('latin1'))
    socket.write(frame('netty', serial, which === null ? hello('fine') : (bad[Number(which[1])] as Buffer)))
  })
  const shop = connect(Shop, target)
  for (const at of bad.keys()) {
    const error = await failure(shop.sayHello(`bad${at}`))
    t.deepEqual([error.code, error.reason], [Code.internal, 'malformed_reply'], String(at))
  }
  t.is(await shop.sayHello('good'), 'fine')
  await disconnect(shop)
  close()
})

test('random bytes of a server fail calls and nothing else', async t => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (chunks, framed) => {
        const { target, close } = await fake((socket, serial) => {
          for (const chunk of chunks) socket.write(framed ? frame('netty', serial, Buffer.from(chunk)) : chunk)
          socket.end()
        })
        const shop = connect(Shop, target, { policies: [] })
        const { error } = await outcome(withCall(shop, { timeout: '20s' }).sayHello('x'))
        t.true(error === undefined || (error instanceof RpcError && error.code !== Code.deadline_exceeded))
        await disconnect(shop)
        close()
      },
    ),
    { numRuns: 40 },
  )
})

test('a handshake that does not succeed is told, and the call never left', async t => {
  const none = written(out => {
    out.int(2)
    out.int(1)
    out.string(shopProtocol.text)
    out.int(1)
    out.raw(Buffer.from(shopProtocol.hash, 'latin1'))
    out.int(0)
  })
  const never = await fake((socket, serial) => socket.write(frame('netty', serial, none)), none)
  const refused = connect(Shop, never.target)
  const error = await failure(withCall(refused, { timeout: '20s' }).ping())
  t.deepEqual([error.code, error.delivery], [Code.unavailable, 'unsent'])
  t.regex(error.message, /does not accept the client's protocol/)
  await disconnect(refused)
  never.close()
  for (const first of [Buffer.from('no handshake at all'), Buffer.from([2, 2, 8, 0x7b, 0x7b, 0x7b, 0x7b, 0, 0])]) {
    const odd = await fake(() => {}, first)
    const shop = connect(Shop, odd.target)
    t.is((await failure(withCall(shop, { timeout: '20s' }).ping())).code, Code.unavailable)
    await disconnect(shop)
    odd.close()
  }
})

test('over HTTP, what is no Avro is told from it', async t => {
  const server = await serve([ShopService], { host: '127.0.0.1', report: () => {}, limits: { messageBytes: 1000 } })
  const post = (body: Buffer) =>
    fetch(`http://${server.address}/`, { method: 'POST', headers: { 'content-type': 'avro/binary' }, body }).then(
      async reply => [reply.status, await reply.text()] as const,
    )
  const framed = (body: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    return Buffer.concat([length, body, Buffer.alloc(4)])
  }
  t.is((await post(Buffer.from('hello')))[0], 400)
  t.is((await post(Buffer.alloc(0)))[0], 400)
  t.deepEqual(await post(framed(Buffer.alloc(10, 7))), [
    400,
    'unreadable avro message: the message ends within a value',
  ])
  t.is((await post(framed(Buffer.alloc(2000))))[0], 413)
  await server.close()
})

test('a server that answers with anything else is told with what', async t => {
  const listener = createHttpServer((request, response) => {
    request.resume()
    if (request.url === '/text') response.end('hello')
    else response.writeHead(503).end()
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const text = connect(Shop, `avro://127.0.0.1:${port}?transport=http&path=/text`)
  const busy = connect(Shop, `avro://127.0.0.1:${port}?transport=http`)
  const odd = (await t.throwsAsync(text.ping())) as RpcError
  t.deepEqual([odd.code, odd.reason], [Code.internal, 'malformed_reply'])
  t.is(((await t.throwsAsync(busy.ping())) as RpcError).code, Code.unavailable)
  await Promise.all([disconnect(text), disconnect(busy)])
  listener.close()
})
