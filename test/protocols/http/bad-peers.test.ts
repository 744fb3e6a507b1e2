import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect as connectSocket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { Code, connect, disconnect, RpcError } from '../../../src/index.js'
import { Hello } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'
import { badPeers } from '../suites/bad-peers.js'
import { answering, callOf, dial, head, httpReply, post, raw, readUntil, say, serveHello } from './loopback.js'
import { malformedReplies } from './malformed-replies.js'
import { malformedRequests } from './malformed-requests.js'

malformedRequests()
malformedReplies()
badPeers('http')

test('a declared length over the limit is refused before the body comes', async t => {
  const server = await serveHello(t, { limits: { messageBytes: 1000 } })
  const reply = await raw(server.port, `${head('content-length: 1000000')}{`, /message_|over the limit/)
  t.regex(reply, /^HTTP\/1.1 429 .*connection: close.*resource_exhausted/is)
})

test('a chunked body over the limit is refused at the limit', async t => {
  const server = await serveHello(t, { limits: { messageBytes: 1000 } })
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`
  const reply = await raw(server.port, head('transfer-encoding: chunked') + chunk + chunk, /over the limit/)
  t.regex(reply, /^HTTP\/1.1 429 .*connection: close.*resource_exhausted/is)
  t.is(server.service.calls, 0)
})

test('a body that is longer than it says: its call is answered, the surplus is no request', async t => {
  const server = await serveHello(t)
  const reply = await raw(server.port, `${head('content-length: 12')}{"name":"a"}surplus\r\n\r\n`)
  t.regex(reply, /^HTTP\/1.1 200 .*Hello, a!.*HTTP\/1.1 400 .*invalid_argument/s)
})

test('a body that ends before its length is invalid', async t => {
  const server = await serveHello(t)
  const socket = connectSocket({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(`${head('content-length: 100')}{"name":"a"}`)
  t.regex(await readUntil(socket), /^HTTP\/1.1 400 .*invalid_argument/s)
  t.is(server.service.calls, 0)
})

test.serial('a body that does not come in time', async t => {
  const server = await serveHello(t, { limits: { bodyTimeout: 500 } })
  const reply = await raw(server.port, `${head('content-length: 100')}{`)
  t.regex(reply, /^HTTP\/1.1 504 .*deadline_exceeded/s)
})

test('a body that does not come before the deadline', async t => {
  const server = await serveHello(t)
  const reply = await raw(server.port, `${head('content-length: 100', 'connect-timeout-ms: 20\r\n')}{`, /\}$/)
  t.regex(reply, /^HTTP\/1.1 504 .*deadline_exceeded/s)
})

test.serial('a head that does not come in time', async t => {
  const server = await serveHello(t, { limits: { bodyTimeout: 40 } })
  const reply = await raw(server.port, `POST ${say} HTTP/1.1\r\nhost: x\r\n`)
  t.regex(reply, /^HTTP\/1.1 408 .*deadline_exceeded/s)
})

test('headers over the limit', async t => {
  const server = await serveHello(t, { limits: { headerBytes: 2000 } })
  const reply = await raw(server.port, head('content-length: 2', `x-long: ${'y'.repeat(5000)}\r\n`))
  t.regex(reply, /^HTTP\/1.1 431 .*resource_exhausted/s)
})

test('bytes that are no HTTP', async t => {
  const server = await serveHello(t)
  t.regex(await raw(server.port, Buffer.from([0, 1, 2, 3, 255, 13, 10, 13, 10])), /^HTTP\/1.1 400 .*invalid_argument/s)
  t.is((await post(server, { body: '{"name":"again"}' })).status, 200)
})

test('more calls on one connection than it may have', async t => {
  const server = await serveHello(t, { limits: { callsPerConnection: 2 } })
  const hang = `POST /hello.Hello/Hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnect-timeout-ms: 500\r\ncontent-length: 2\r\n\r\n{}`
  const reply = await raw(server.port, hang + hang + hang, /resource_exhausted/)
  t.is(server.service.calls, 2)
  t.regex(reply, /polywire-refused: 1/)
})

test('two Host fields, and none, are a bad request', async t => {
  const server = await serveHello(t)
  const two = await raw(server.port, `${head('content-length: 12', 'Host: x\r\n')}{"name":"a"}`)
  t.regex(two, /^HTTP\/1.1 400 .*connection: close.*several Host fields/is)
  const none = await raw(server.port, `${head('content-length: 12').replace('host: x\r\n', '')}{"name":"a"}`)
  t.regex(none, /^HTTP\/1.1 400 /)
  t.is(server.service.calls, 0)
})

test('an expectation that the server does not know is refused', async t => {
  const server = await serveHello(t)
  const reply = await raw(server.port, `${head('content-length: 12', 'expect: gold\r\n')}{"name":"a"}`)
  t.regex(reply, /^HTTP\/1.1 417 .*connection: close/is)
  t.is(server.service.calls, 0)
})

test('Retry-After of a 503 is a pushback in milliseconds, in seconds or as a date', async t => {
  const date = new Date(Date.now() + 60_000).toUTCString()
  for (const [value, least, most] of [
    ['3', 3000, 3000],
    [date, 20_000, 61_000],
  ] as const) {
    const server = await answering(t, httpReply('503 Unavailable', 'text/plain', '', `retry-after: ${value}\r\n`))
    const link = await dial(t, server.port)
    const error = await failure(link.handle(callOf('ping', {})))
    const pushback = Number(error.headers?.get('grpc-retry-pushback-ms'))
    t.true(pushback >= least && pushback <= most, String(pushback))
  }
})

test('details of unknown types are kept, and headers of the reply go with the error', async t => {
  const body = '{"code":"not_found","message":"gone","details":[{"type":"a.B","value":"AQI","debug":{"x":1}}]}'
  const server = await answering(
    t,
    httpReply('404 Not Found', 'application/json', body, 'x-why: because\r\ntrailer-x-tail: t\r\n'),
  )
  const link = await dial(t, server.port)
  const error = await failure(link.handle(callOf('sayHello', { name: '', tags: [] })))
  t.like(error, { code: Code.not_found, message: 'gone' })
  t.deepEqual(
    error.details.map(detail => [detail.type, [...detail.value], detail.debug]),
    [['a.B', [1, 2], { x: 1 }]],
  )
  t.is(error.headers?.get('x-why'), 'because')
  t.is(error.headers?.get('x-tail'), 't')
})

test('a stream of requests is answered by one message', async t => {
  for (const [body, count] of [
    [envelope(2, '{}'), 'none'],
    [envelope(0, '{}') + envelope(0, '{}') + envelope(2, '{}'), 'more than one'],
  ] as const) {
    const server = await answering(t, stream(body))
    const link = await dial(t, server.port)
    async function* names() {}
    const error = await failure(link.handle(callOf('add', names())))
    t.is(error.code, Code.unimplemented)
    t.is(error.reason, 'wrong_message_count')
    t.true(error.message.endsWith(`the reply must be one message, got ${count}`), error.message)
  }
})

const envelope = (flags: number, json: string) =>
  String.fromCharCode(flags, 0, 0, json.length >> 8, json.length & 255) + json

const stream = (body: string) => httpReply('200 OK', 'application/connect+json', body)

type Bytes = string | Buffer

/** One envelope. */
function envelopeOf(flags: number, body: Bytes): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head[0] = flags
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

interface Streamed {
  readonly ticks: number
  readonly error: RpcError | undefined
}

/** What our client makes of a stream of these bytes, however they are cut. */
async function streamed(
  bytes: Buffer,
  { encoding = 'gzip', pieces = 1, messageBytes = 4 << 20 } = {},
): Promise<Streamed> {
  const server = createHttpServer((request, response) => {
    request.resume()
    const headers = {
      'content-type': 'application/connect+json',
      ...(encoding !== '' && { 'connect-content-encoding': encoding }),
    }
    response.writeHead(200, headers)
    const size = Math.ceil(bytes.length / pieces)
    for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size))
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const hello = connect(Hello, `http://${address}`, { limits: { messageBytes } })
  let ticks = 0
  try {
    for await (const _ of hello.watch(1)) ticks++
    return { ticks, error: undefined }
  } catch (error) {
    return { ticks, error: error as RpcError }
  } finally {
    await disconnect(hello)
    server.closeAllConnections()
    server.close()
  }
}

const compressions = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const

const aborted = JSON.stringify({ error: { code: 'aborted', message: 'enough' }, metadata: { 'x-tail': ['t'] } })

for (const [encoding, compress] of Object.entries(compressions)) {
  test(`an end of stream in ${encoding}, with an error, without one, and behind messages`, async t => {
    for (const pieces of [1, 7]) {
      for (const messages of [0, 1, 3]) {
        const before = Array.from({ length: messages }, () => envelopeOf(1, compress('{}')))
        const well = await streamed(Buffer.concat([...before, envelopeOf(3, compress('{}'))]), { encoding, pieces })
        t.deepEqual([well.ticks, well.error], [messages, undefined])
        const failed = await streamed(Buffer.concat([...before, envelopeOf(3, compress(aborted))]), {
          encoding,
          pieces,
        })
        t.is(failed.ticks, messages)
        t.deepEqual([failed.error?.code, failed.error?.message], [Code.aborted, 'enough'])
        t.is(failed.error?.headers?.get('x-tail'), 't')
      }
    }
  })
}

async function fails(t: ExecutionContext, given: Promise<Streamed>, code: Code, reason?: string): Promise<void> {
  const { error } = await given
  t.true(error instanceof RpcError)
  t.is(Code[error?.code ?? 0], Code[code])
  if (reason !== undefined) t.is(error?.reason, reason)
}

test('an end of stream that inflates to more than it may is given up within its limit', async t => {
  const bomb = gzipSync(Buffer.alloc(64 << 20, ' '))
  await fails(t, streamed(envelopeOf(3, bomb)), Code.resource_exhausted, 'message_too_large')
})

test('an end of stream that is not of its encoding, or of none', async t => {
  await fails(t, streamed(envelopeOf(3, 'nonsense')), Code.internal, 'malformed_encoding')
  await fails(t, streamed(envelopeOf(3, gzipSync('[]'))), Code.internal, 'malformed_reply')
  await fails(t, streamed(envelopeOf(3, gzipSync('{}')), { encoding: '' }), Code.internal, 'malformed_envelope')
})

test('an end of stream over the limit of a message keeps its code, compressed or not', async t => {
  const end = JSON.stringify({ error: { code: 'aborted', message: 'x'.repeat(100_000) } })
  await fails(t, streamed(envelopeOf(2, end), { messageBytes: 1000 }), Code.aborted)
  await fails(t, streamed(envelopeOf(3, gzipSync(end)), { messageBytes: 1000 }), Code.aborted)
  // A message of that size is still one too large.
  await fails(
    t,
    streamed(envelopeOf(0, `{"a":"${'x'.repeat(5000)}"}`), { messageBytes: 1000 }),
    Code.resource_exhausted,
  )
})
