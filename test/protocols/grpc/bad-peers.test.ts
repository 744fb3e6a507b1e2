import * as http2 from 'node:http2'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { Code, serve } from '../../../src/index.js'
import { HelloService } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'
import { badPeers } from '../suites/bad-peers.js'
import { answering } from './peers.js'

badPeers('grpc')

interface Answer {
  readonly headers: http2.IncomingHttpHeaders
  readonly trailers: http2.IncomingHttpHeaders
  readonly body: Buffer
}

/** One request of Node's HTTP/2 client; what a gRPC server answers to bytes that no gRPC client sends. */
async function raw(address: string, path: string, body: Buffer, headers: http2.OutgoingHttpHeaders = {}) {
  const session = http2.connect(`http://${address}`)
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
    let trailers: http2.IncomingHttpHeaders = {}
    stream.on('trailers', received => {
      trailers = received
    })
    stream.end(body)
    const received = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', resolve)
      stream.once('error', reject)
    })
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return { headers: received, trailers, body: Buffer.concat(chunks) } satisfies Answer
  } finally {
    session.close()
  }
}

function statusOf({ headers, trailers }: Answer): number {
  return Number(trailers['grpc-status'] ?? headers['grpc-status'])
}

function message(payload: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flags
  prefix.writeUInt32BE(payload.length, 1)
  return Buffer.concat([prefix, payload])
}

const sayHello = '/hello.Hello/SayHello'

const request = message(Buffer.from([0x0a, 1, 0x41]))

test('requests that are malformed are answered with a status, and the server goes on', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'], report: () => {} })
  t.teardown(() => server.close())
  const { address } = server
  const cases: [string, Buffer, http2.OutgoingHttpHeaders, Code][] = [
    ['no message', Buffer.alloc(0), {}, Code.unimplemented],
    ['two messages', Buffer.concat([request, request]), {}, Code.unimplemented],
    ['half a prefix', Buffer.alloc(3), {}, Code.internal],
    ['half a message', request.subarray(0, 7), {}, Code.internal],
    ['unknown flags', message(Buffer.alloc(0), 7), {}, Code.internal],
    ['4 GiB declared', Buffer.from([0, 255, 255, 255, 255]), {}, Code.resource_exhausted],
    ['not protobuf', message(Buffer.from([0xff, 0xff])), {}, Code.internal],
    ['compressed without an encoding', message(gzipSync(Buffer.from([0x0a, 1, 0x41])), 1), {}, Code.internal],
    ['broken gzip', message(Buffer.from('nonsense'), 1), { 'grpc-encoding': 'gzip' }, Code.internal],
    ['gzip bomb', message(gzipSync(Buffer.alloc(64 << 20)), 1), { 'grpc-encoding': 'gzip' }, Code.resource_exhausted],
    ['unknown encoding', request, { 'grpc-encoding': 'snappy' }, Code.unimplemented],
    ['bad timeout', request, { 'grpc-timeout': 'soon' }, Code.internal],
    ['expired', request, { 'grpc-timeout': '0m' }, Code.deadline_exceeded],
    ['headers over the limit', request, { 'x-long': 'x'.repeat(20_000) }, Code.resource_exhausted],
    ['headers far over the limit', request, { 'x-long': 'x'.repeat(60_000) }, Code.resource_exhausted],
    ['unknown codec', request, { 'content-type': 'application/grpc+xyz' }, Code.unimplemented],
  ]
  for (const [what, body, headers, code] of cases) {
    const answer = await raw(address, sayHello, body, headers)
    t.is(Number(answer.headers[':status']), 200, what)
    t.is(statusOf(answer), code, what)
    if (what === 'unknown encoding') t.regex(String(answer.headers['grpc-accept-encoding']), /gzip/)
  }
  t.is(statusOf(await raw(address, sayHello, request)), Code.ok)
})

test('an error before any reply is one block of headers, so that clients may retry', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'], report: () => {} })
  t.teardown(() => server.close())
  const answer = await raw(server.address, '/hello.Hello/Nothing', request)
  t.is(answer.headers['grpc-status'], '12')
  t.deepEqual(answer.trailers, {})
})

const grpcHead = { ':status': 200, 'content-type': 'application/grpc' }

/** A reply with this body and status 0. */
function reply(stream: http2.ServerHttp2Stream, body: Buffer): void {
  stream.respond(grpcHead, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(body)
}

test('replies that are malformed become errors of the call', async t => {
  const cases: [string, (stream: http2.ServerHttp2Stream) => void, Code][] = [
    ['a proxy says 503', stream => stream.respond({ ':status': 503 }, { endStream: true }), Code.unavailable],
    [
      'a proxy says 404 and a page',
      stream => {
        stream.respond({ ':status': 404, 'content-type': 'text/html' })
        stream.end('<h1>404 page not found</h1>')
      },
      Code.unimplemented,
    ],
    [
      '200 and a page',
      stream => {
        stream.respond({ ':status': 200, 'content-type': 'text/html' })
        stream.end('808 MB of it')
      },
      Code.unknown,
    ],
    [
      'no trailers',
      stream => {
        stream.respond(grpcHead)
        stream.end(message(Buffer.alloc(0)))
      },
      Code.unknown,
    ],
    ['no message', stream => reply(stream, Buffer.alloc(0)), Code.unimplemented],
    ['not protobuf', stream => reply(stream, message(Buffer.from([0xff]))), Code.internal],
    ['half a message', stream => reply(stream, message(Buffer.alloc(10)).subarray(0, 8)), Code.internal],
    ['half a prefix', stream => reply(stream, Buffer.alloc(3)), Code.internal],
    [
      'too long',
      stream => {
        stream.respond(grpcHead)
        stream.write(Buffer.from([0, 255, 255, 255, 255]))
      },
      Code.resource_exhausted,
    ],
    [
      'unknown encoding',
      stream => {
        stream.respond({ ...grpcHead, 'grpc-encoding': 'snappy' })
      },
      Code.internal,
    ],
    ['status 99', stream => stream.respond({ ...grpcHead, 'grpc-status': '99' }, { endStream: true }), Code.unknown],
    ['reset with CANCEL', stream => stream.close(http2.constants.NGHTTP2_CANCEL), Code.canceled],
    ['reset with INTERNAL_ERROR', stream => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), Code.internal],
    ['ENHANCE_YOUR_CALM', stream => stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM), Code.resource_exhausted],
  ]
  for (const [what, how, code] of cases) {
    const { hello, close } = await answering(how)
    t.is((await failure(hello.sayHello({ name: '', tags: [] }))).code, code, what)
    await close()
  }
})
