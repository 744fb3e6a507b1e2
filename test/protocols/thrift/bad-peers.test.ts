import { once } from 'node:events'
import { type AddressInfo, createServer, connect as openSocket } from 'node:net'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { binaryFormat, oldBinaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { compactFormat } from '../../../src/codecs/thrift/compact/format.js'
import { jsonFormat } from '../../../src/codecs/thrift/json/format.js'
import { Kind, type ThriftWriter, Wire } from '../../../src/codecs/thrift/wire.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { readHeaderFrame } from '../../../src/protocols/thrift/theader.js'
import { captured } from '../../fixtures/thrift/captured.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { rawServer } from '../../support/raw-servers.js'

import { badPeers } from '../suites/bad-peers.js'

import { framed, message, RawClient, read, served, text } from './raw.js'

badPeers('thrift')

const number = (writer: ThriftWriter) => {
  writer.field(Wire.i32, 1)
  writer.i32(1)
}

test('what is wrong with a request has its own type of exception, and the connection goes on', async t => {
  const { port, service, close } = await served({ messageBytes: 1000, headerBytes: 100 })
  const client = await RawClient.open(port)
  const cases: [Buffer, number][] = [
    [message({ name: 'Nothing' }), 1],
    [message({ name: 'SayHello', kind: 7 }), 2],
    [message({ name: 'SayHello', kind: Kind.reply }), 2],
    [message({ name: 'Echo' }), 7],
    [Buffer.concat([message({ name: 'SayHello' }), Buffer.from('more')]), 7],
    [message({ name: 'SayHello', fields: number }), 7],
    [message({ name: 'SayHello', fields: text('x').bind(null) }).subarray(0, -3), 7],
    [message({ name: 'SayHello', fields: text('x'.repeat(5000)) }), 6],
    [message({ name: 'Fail', fields: text('error') }), 6],
    [message({ name: 'Fail', fields: text('unknown') }), 0],
  ]
  for (const [bytes, type] of cases) {
    client.send(framed(bytes))
    const reply = await client.next()
    t.is(reply.kind, Kind.exception, reply.text)
    t.is(reply.type, type, reply.text)
  }
  client.send(framed(message({ name: 'SayHello', sequence: 9, fields: text('x') })))
  t.is((await client.next()).text, 'Hello, x!')
  t.is(service.calls, 1)
  client.end()
  await close()
})

for (const format of [binaryFormat, compactFormat, jsonFormat]) {
  test(`a request over the limit is answered, and the connection goes on: ${format.name}`, async t => {
    const { port, service, close } = await served({ messageBytes: 1000, headerBytes: 100 })
    const client = await RawClient.open(port, { format })
    client.send(framed(message({ format, name: 'SayHello', sequence: 7, fields: text('x'.repeat(5000)) })))
    const refusal = await client.next()
    t.deepEqual([refusal.kind, refusal.name, refusal.sequence, refusal.type], [Kind.exception, 'SayHello', 7, 6])
    t.regex(refusal.text, /limits\.messageBytes/)
    client.send(framed(message({ format, name: 'SayHello', sequence: 8, fields: text('x') })))
    t.is((await client.next()).text, 'Hello, x!')
    t.is(service.calls, 1)
    client.end()
    await close()
  })
}

test('a JSON message that cannot be parsed costs its own call, once its header can be read', async t => {
  const { port, service, close } = await served()
  const client = await RawClient.open(port, { format: jsonFormat })
  const nested = '{"1":{"rec":'.repeat(10_000)
  for (const [sequence, values] of [
    [7, '{"1":{"str":"x"'],
    [8, nested],
  ] as const) {
    client.send(framed(Buffer.from(`[1,"SayHello",1,${sequence},${values}`)))
    t.like(await client.next(), { kind: Kind.exception, name: 'SayHello', sequence })
  }
  client.send(framed(message({ format: jsonFormat, name: 'SayHello', sequence: 9, fields: text('x') })))
  t.is((await client.next()).text, 'Hello, x!')
  t.is(service.calls, 1)
  client.end()
  await close()
})

test('a JSON request over the limit whose header cannot be read ends the connection', async t => {
  const { port, close } = await served({ messageBytes: 1000, headerBytes: 100 })
  const client = await RawClient.open(port, { format: jsonFormat })
  client.send(framed(Buffer.from(`[1,"${'x'.repeat(5000)}`)))
  await client.closed()
  t.true(client.socket.destroyed)
  await close()
})

const foreign = Object.values(captured).map(hex => Buffer.from(hex, 'hex'))

const valid = [binaryFormat, oldBinaryFormat, compactFormat].flatMap(format =>
  [message({ name: 'SayHello', format, fields: text('x') }), message({ name: 'Echo', format })].flatMap(one => [
    one,
    framed(one),
  ]),
)

test('no bytes crash the server or hang it', async t => {
  const { port, address, close } = await served({ messageBytes: 10_000, bodyTimeout: 500, handshakeTimeout: 500 })
  const mutated = fc
    .record({
      bytes: fc.constantFrom(...valid, ...foreign),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      tail: fc.uint8Array({ maxLength: 20 }),
    })
    .map(({ bytes, flips, tail }) => {
      const changed = Buffer.concat([bytes, bytes, tail])
      for (const [at, value] of flips) changed[at % changed.length] = value
      return changed
    })
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), async bytes => {
      const client = await RawClient.open(port)
      client.socket.removeAllListeners('data')
      client.socket.resume()
      client.socket.end(bytes)
      if (!client.socket.destroyed) await once(client.socket, 'close')
    }),
    { numRuns: 150 },
  )
  const hello = connect(Hello, `thrift://${address}`)
  t.is(await hello.sayHello('still there'), 'Hello, still there!')
  await disconnect(hello)
  await close()
})

/** A THeader frame that says it holds one message of the binary protocol. */
function headerFrame(header: readonly number[], payload: Buffer, sequence: number): Buffer {
  const padded = Buffer.alloc(Math.ceil(header.length / 4) * 4)
  padded.set(header)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(0x0fff, 0)
  fixed.writeInt32BE(sequence, 4)
  fixed.writeUInt16BE(padded.length / 4, 8)
  return framed(Buffer.concat([fixed, padded, payload]))
}

for (const [what, header, type] of [
  ['an unknown transform', [0, 1, 2], 8],
  ['several transforms', [2, 2, 1, 1], 8],
  ['an unknown protocol', [7, 0], 9],
  ['headers over the limit', [0, 0, ...new Array<number>(600).fill(0)], 6],
] as const) {
  test(`a first THeader frame with ${what} is answered in one that has none, and the next is served`, async t => {
    const { port, close } = await served({ headerBytes: 500 })
    const client = await RawClient.open(port)
    const frames: Buffer[] = []
    client.message = (bytes, start, end) => frames.push(bytes.subarray(start, end))
    client.send(headerFrame(header, message({ name: 'SayHello', sequence: 77 }), 77))
    client.send(headerFrame([0, 0], message({ name: 'SayHello', sequence: 78, fields: text('x') }), 78))
    while (frames.length < 2) await once(client.socket, 'data')
    const [refusal, reply] = frames.map(frame => {
      const { format, zlib, payload } = readHeaderFrame(frame, defaultLimits)
      return {
        zlib,
        inFrame: frame.readInt32BE(4),
        ...read(format.reader(payload, 0, payload.length, Number.POSITIVE_INFINITY)),
      }
    })
    t.like(refusal, { zlib: false, inFrame: 77, sequence: 77, kind: Kind.exception, type })
    t.like(reply, { inFrame: 78, sequence: 78, kind: Kind.reply, text: 'Hello, x!' })
    client.end()
    await close()
  })
}

for (const [what, bytes] of [
  ['random bytes', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a negative length', Buffer.from([255, 255, 255, 255, 0])],
  ['a reply to a call that was not made', framed(message({ name: 'SayHello', kind: 2, sequence: 12_345 }))],
] as const) {
  test(`a connection that answers with ${what} is given up, and its calls told at once`, async t => {
    const { address } = await rawServer(t, socket => socket.once('data', () => socket.write(bytes)))
    const hello = connect(Hello, `thrift://${address}`)
    const error = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
    t.is(error.code, Code.unavailable)
    t.is(error.reason, 'connection_lost')
    t.regex(error.message, /SayHello: the connection to 127\.0\.0\.1:\d+ was lost: /)
    await disconnect(hello)
  })
}

test('a reply without a result, and one that cannot be read, are errors of their call alone', async t => {
  const { address } = await rawServer(t, socket =>
    socket.on('data', (chunk: Buffer) => {
      const sequence = chunk.readInt32BE(4 + 4 + 4 + 'SayHello'.length)
      const reply = message({ name: 'SayHello', kind: 2, sequence })
      socket.write(framed(sequence === 1 ? reply : reply.subarray(0, -1)))
    }),
  )
  const hello = connect(Hello, `thrift://${address}`)
  const missing = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
  t.is(missing.reason, 'missing_result')
  t.is(missing.code, Code.internal)
  const garbled = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
  t.is(garbled.reason, 'malformed_reply')
  await disconnect(hello)
})

/** A THeader frame of the binary protocol. */
function header(sequence: number, payload: Buffer, { value = '', zlib = false } = {}): Buffer {
  const info =
    value === ''
      ? []
      : [1, 1, 1, 0x61, (value.length & 127) | 128, ((value.length >> 7) & 127) | 128, value.length >> 14]
  const parts = [Buffer.from([0, ...(zlib ? [1, 1] : [0]), ...info]), Buffer.from(value)]
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(0x0fff)
  fixed.writeInt32BE(sequence, 4)
  fixed.writeUInt16BE(Math.ceil(size / 4), 8)
  return framed(Buffer.concat([fixed, ...parts, Buffer.alloc((4 - (size % 4)) % 4), payload]))
}

function reply(sequence: number, text: string): Buffer {
  const writer = binaryFormat.writer()
  writer.beginMessage(Kind.reply, binaryFormat.prepareName('SayHello'), sequence)
  const begun = writer.beginStruct()
  writer.field(Wire.binary, 0)
  writer.string(text)
  writer.endStruct(begun)
  writer.endMessage()
  return Buffer.from(writer.finish())
}

const bomb = deflateSync(Buffer.alloc(16 << 20))

test('a THeader reply over a limit fails its own call, and the connection goes on', async t => {
  let connections = 0
  const server = createServer(socket => {
    connections++
    socket.on('error', () => {})
    let calls = 0
    socket.on('data', chunk => {
      const sequence = chunk.readInt32BE(8)
      calls++
      if (calls === 1) socket.write(header(sequence, reply(sequence, 'x'), { value: 'v'.repeat(20_000) }))
      else if (calls === 2) socket.write(header(sequence, bomb, { zlib: true }))
      else if (calls === 3) socket.write(header(sequence, Buffer.alloc(5 << 20), { zlib: true }))
      else socket.write(header(sequence, reply(sequence, 'well')))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const hello = connect(Hello, `thrift://127.0.0.1:${(server.address() as AddressInfo).port}?transport=header`)
  for (const reason of ['reply_headers_too_large', 'message_too_large', 'message_too_large']) {
    const error = (await t.throwsAsync(hello.sayHello('x'), { instanceOf: RpcError })) as RpcError
    t.deepEqual([error.code, error.reason, error.delivery], [Code.resource_exhausted, reason, 'unknown'])
  }
  t.is(await hello.sayHello('x'), 'well')
  t.is(connections, 1)
  await disconnect(hello)
  server.close()
})

test('a THeader request over a limit is refused by itself, and the connection goes on', async t => {
  const server = await serve([HelloService], { host: '127.0.0.1', protocols: ['thrift'], report: () => {} })
  const hello = connect(Hello, `thrift://${server.address}?transport=header`)
  const beside = hello.slow('beside', 50)
  const calling = withCall(hello, { headers: { 'x-long': 'x'.repeat(20_000) } }).sayHello('x')
  const error = (await t.throwsAsync(calling, { instanceOf: RpcError })) as RpcError
  t.is(error.code, Code.resource_exhausted)
  t.regex(error.message, /limits\.headerBytes/)
  t.truthy(await beside)
  t.is(await hello.sayHello('x'), 'Hello, x!')

  const socket = openSocket(server.port, '127.0.0.1')
  let got = Buffer.alloc(0)
  const until = async (length: number) => {
    while (got.length < length) got = Buffer.concat([got, (await once(socket, 'data'))[0] as Buffer])
  }
  socket.write(header(5, bomb, { zlib: true }))
  await until(20)
  t.is(got.readInt32BE(8), 5, 'its sequence id')
  t.regex(got.toString('latin1'), /limits\.messageBytes/)
  t.false(socket.readableEnded)
  socket.destroy()
  await disconnect(hello)
  await server.close()
})
