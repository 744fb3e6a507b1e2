import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { LimitOptions } from '../../src/core/limits.js'
import { serviceOf } from '../../src/decorators/read-service.js'
import { connect, disconnect, int32, Method, Safe, Service, serve, streamOf, string } from '../../src/index.js'
import type { Framing } from '../../src/protocols/avro/framing.js'
import { protocolOf } from '../../src/protocols/avro/protocol-schema.js'
import { server as certificate } from '../fixtures/certificates.js'
import { call, frame, handshake } from '../protocols/avro/wire.js'
import { framed, message, text } from '../protocols/thrift/raw.js'
import { drip, openSocket } from '../support/raw-clients.js'

@Service('half.Half')
class Half {
  @Method(string) @Safe() async ping(): Promise<string> {
    return 'pong'
  }
}

@Service('half.Sum')
class Sum {
  @Method({ accepts: streamOf(int32), returns: int32 }) async add(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0
    for await (const number of numbers) sum += number
    return sum
  }
}

/** A drip is far more often than the limits, so that any that a drip extends is never over. */
const every = 20
const limits = { bodyTimeout: 300, handshakeTimeout: 300, messageBytes: 10_000 } satisfies LimitOptions

async function served(services: Parameters<typeof serve>[0], options: Parameters<typeof serve>[1] = {}) {
  const reports: unknown[] = []
  const server = await serve(services, {
    host: '127.0.0.1',
    limits,
    report: error => reports.push(error),
    ...options,
  })
  return { server, reports }
}

const head = (path: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n${more}\r\n`
const chunked = (type: string) =>
  `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`

function introduced(framing: Framing): Buffer {
  const { hash } = protocolOf(serviceOf(Half), serviceOf(Half).methods)
  return frame(framing, 0, handshake({ clientHash: hash, serverHash: hash }), call(''))
}

const bigFrame = framed(message({ name: 'Ping', fields: text('x'.repeat(9000)) }))
const hugeFrame = framed(message({ name: 'Ping', fields: text('x'.repeat(60_000)) }))
const hugeAvro = (framing: Framing) => frame(framing, 1, Buffer.alloc(60_000))

/** What is sent at once; then a byte at a time follows, for ever. */
const halves: Readonly<Record<string, { readonly first: string | Buffer; readonly byte?: string }>> = {
  'an HTTP head': { first: 'POST /half.Half/Ping HTTP/1.1\r\nx: ', byte: 'y' },
  'an HTTP head behind a whole request': {
    first:
      'GET /half.Half/Ping?connect=v1&encoding=json&message=%7B%7D HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nx: ',
    byte: 'y',
  },
  'the body of a call': { first: head('/half.Half/Ping') },
  'the body of a path that is not served (404)': { first: head('/nothing') },
  'the body of a method that is not served (404)': { first: head('/half.Half/Pong') },
  'the body of a wrong media type (415)': {
    first: head('/half.Half/Ping').replace('application/json', 'text/odd'),
  },
  'a body of another length than a message may have (413)': {
    first: head('/half.Half/Ping').replace('9000', '900000'),
  },
  'a body in another encoding': { first: head('/half.Half/Ping', 'content-encoding: odd\r\n') },
  'a body with an unknown expectation (417)': { first: head('/half.Half/Ping', 'expect: odd\r\n') },
  'a body with two hosts (400)': { first: head('/half.Half/Ping', 'host: y\r\n') },
  'the body of a GET': {
    first: `GET /half.Half/Ping?connect=v1&encoding=json&message=%7B%7D HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n`,
  },
  'the chunked body of a GET': {
    first: `GET /half.Half/Ping?connect=v1&encoding=json&message=%7B%7D HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\n`,
  },
  'a chunk size': {
    first: `${head('/half.Half/Ping').replace('content-length: 9000', 'transfer-encoding: chunked')}1;`,
    byte: 'x',
  },
  trailers: {
    first: `${head('/half.Half/Ping').replace('content-length: 9000', 'transfer-encoding: chunked')}0\r\nx: `,
  },
  'an envelope': { first: `${head('/half.Sum/Add').replace('/json', '/connect+json')}\0\0\0\0\x09` },
  'an envelope behind a whole one': {
    first: `${head('/half.Sum/Add').replace('/json', '/connect+json')}\0\0\0\0\x011\0\0\0\x40\0`,
  },
  'an Avro body over HTTP': { first: head('/').replace('application/json', 'avro/binary') },
  'a huge Avro body over HTTP (413)': {
    first: Buffer.concat([Buffer.from(`${chunked('avro/binary')}eaab\r\n`), hugeAvro('framed').subarray(0, 20_000)]),
  },
  'a Thrift body over HTTP': { first: head('/').replace('application/json', 'application/x-thrift') },
  'a huge Thrift body over HTTP (413)': { first: `${chunked('application/x-thrift')}eaab\r\n${'x'.repeat(20_000)}` },
  'a Thrift frame': { first: bigFrame.subarray(0, 200) },
  'a Thrift frame behind a whole one': {
    first: Buffer.concat([framed(message({ name: 'Ping' })), bigFrame.subarray(0, 200)]),
  },
  'a Thrift message without a frame': { first: bigFrame.subarray(4, 200) },
  'a Thrift frame that is too large': { first: hugeFrame.subarray(0, 2000) },
  'an Avro handshake': { first: introduced('framed').subarray(0, 10), byte: 'x' },
  'an Avro message': { first: Buffer.concat([introduced('netty'), hugeAvro('netty').subarray(0, 500)]) },
  'an Avro message that is too large': {
    first: Buffer.concat([introduced('framed'), hugeAvro('framed').subarray(0, 20_000)]),
  },
}

async function sent(port: number, bytes: string | Buffer): Promise<Socket> {
  const socket = await openSocket(port)
  socket.write(bytes, 'latin1')
  return socket
}

/** The first call over HTTP loads a library, for longer than the handshake limit of these tests. */
test.before(async () => {
  const server = await serve([Half], { host: '127.0.0.1' })
  const half = connect(Half, `http://${server.address}`)
  await half.ping()
  await disconnect(half)
  await server.close()
})

test.serial('nothing that drips keeps its connection, and a good client beside it loses no call', async t => {
  const { server, reports } = await served([Half, Sum])
  const good = connect(Half, `http://${server.address}`)
  await good.ping()
  const open = new Set(Object.keys(halves))
  const ends = Object.entries(halves).map(async ([what, { first, byte = '\0' }]) => {
    await drip(await sent(server.port, first), { every, byte })
    open.delete(what)
  })
  const ended = Promise.race([Promise.all(ends), sleep(10_000, undefined, { ref: false })])
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    t.is(await good.ping(), 'pong')
    await sleep(5)
  }
  t.deepEqual([...open], [], 'these are still open')
  t.deepEqual(reports, [])
  await disconnect(good)
  await server.close()
})

for (const protocol of ['http', 'thrift', 'avro']) {
  test.serial(`${protocol} alone: first bytes that drip do not keep a connection`, async t => {
    const { server } = await served([Half], { protocols: [protocol] })
    const first = { http: 'P', thrift: '\0', avro: '\0' }[protocol] as string
    await drip(await sent(server.port, first), { every, byte: protocol === 'http' ? 'P' : '\0' })
    t.pass()
    await server.close()
  })
}

for (const plain of [false, true]) {
  test.serial(
    `a TLS handshake that drips does not keep its connection${plain ? ', beside plain ones' : ''}`,
    async t => {
      const { server } = await served([Half], { tls: certificate, plain })
      const hello = Buffer.from('160301020001', 'hex')
      await drip(await sent(server.port, hello), { every, byte: '\0' })
      t.pass()
      await server.close()
    },
  )
}

test.serial('a client that sends without a pause keeps its connection, wherever its chunks end', async t => {
  const { server } = await served([Half])
  const socket = await openSocket(server.port)
  let replies = 0
  socket.on('data', chunk => {
    replies += chunk.length
  })
  const started = performance.now()
  // Every chunk ends within a message, for longer than a message may take.
  let rest = Buffer.alloc(0)
  while (performance.now() - started < 3 * limits.bodyTimeout) {
    const bytes = Buffer.concat([rest, bigFrame])
    socket.write(bytes.subarray(0, bytes.length - 100))
    rest = bytes.subarray(bytes.length - 100)
    await sleep(5)
    if (socket.destroyed) break
  }
  t.false(socket.destroyed)
  t.true(replies > 0)
  socket.destroy()
  await server.close()
})
