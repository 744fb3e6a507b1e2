import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, connect as openSocket } from 'node:net'
import { deflateSync } from 'node:zlib'
import test from 'ava'
import { binaryFormat } from '../../../src/codecs/thrift/binary/format.js'
import { Kind, Wire } from '../../../src/codecs/thrift/wire.js'
import { Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { framed } from './raw.js'

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
