import { once } from 'node:events'
import * as http2 from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import { prepareHeaders } from '../../../src/http2/header-block.js'
import { ServerConnection } from '../../../src/http2/server-connection.js'
import type { Http2Stream } from '../../../src/http2/stream.js'
import {
  Arg,
  Code,
  connect,
  disconnect,
  int32,
  Method,
  RpcError,
  Service,
  serve,
  string,
  withCall,
} from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'
import { badPeers } from '../suites/bad-peers.js'
import { answering, grpcJsClient, grpcJsDefinition } from './peers.js'

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
  await server.close()
})

test('an error before any reply is one block of headers, so that clients may retry', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'], report: () => {} })
  const answer = await raw(server.address, '/hello.Hello/Nothing', request)
  t.is(answer.headers['grpc-status'], '12')
  t.deepEqual(answer.trailers, {})
  await server.close()
})

const grpcHead = { ':status': 200, 'content-type': 'application/grpc' }

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
    [
      'no message',
      stream => {
        stream.respond(grpcHead, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end()
      },
      Code.unimplemented,
    ],
    [
      'not protobuf',
      stream => {
        stream.respond(grpcHead, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end(message(Buffer.from([0xff])))
      },
      Code.internal,
    ],
    [
      'half a message',
      stream => {
        stream.respond(grpcHead, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end(message(Buffer.alloc(10)).subarray(0, 8))
      },
      Code.internal,
    ],
    [
      'half a prefix',
      stream => {
        stream.respond(grpcHead, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end(Buffer.alloc(3))
      },
      Code.internal,
    ],
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

@Service('test.Failing')
class Failing {
  @Method(string)
  async fail(@Arg(1, 'length', int32) length: number): Promise<string> {
    throw new RpcError(`not here: ${'é'.repeat(length)}`, Code.not_found)
  }
}

const head = prepareHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
])

const noFields = prepareHeaders([])

const reply = Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x41])

/** A gRPC server that takes no notice of what its client takes; the request's `x-want` says what it sends. */
async function careless() {
  let connections = 0
  const held: Http2Stream[] = []
  const wants: Record<string, (stream: Http2Stream) => void> = {
    nothing: stream => held.push(stream),
    'long message': stream => stream.sendOnly(head, ['grpc-status', '5', 'grpc-message', 'x'.repeat(700_000)]),
    'long message first': stream => stream.sendOnly(head, ['grpc-message', 'x'.repeat(20_000), 'grpc-status', '5']),
    'long headers': stream => {
      stream.sendHeaders(head, ['x-long', 'x'.repeat(100_000)])
      stream.write(reply)
      stream.end(noFields, ['grpc-status', '0'])
    },
    'long trailers': stream => {
      stream.sendHeaders(head)
      stream.write(reply)
      stream.end(noFields, ['grpc-status', '0', 'x-long', 'x'.repeat(100_000)])
    },
    reply: stream => {
      stream.sendHeaders(head)
      stream.write(reply)
      stream.end(noFields, ['grpc-status', '0'])
    },
  }
  const listener = createServer(socket => {
    connections++
    new ServerConnection(socket, {
      onRequest: (stream, headers) => wants[headers.get('x-want') ?? 'reply']?.(stream),
    })
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    connections: () => connections,
    release: () => held.map(stream => wants.reply?.(stream)),
    close: () => listener.close(),
  }
}

test("a reply's headers over the client's limit fail their own call, and the connection goes on", async t => {
  const server = await careless()
  const hello = connect(Hello, `grpc://${server.address}`)
  const calling = (want: string) => withCall(hello, { headers: { 'x-want': want } }).sayHello({ name: 'A', tags: [] })
  const beside = calling('nothing')
  const cases: readonly [string, Code][] = [
    ['long message', Code.not_found],
    ['long message first', Code.resource_exhausted],
    ['long headers', Code.resource_exhausted],
    ['long trailers', Code.resource_exhausted],
  ]
  for (const [want, code] of cases) {
    const error = (await t.throwsAsync(calling(want), { instanceOf: RpcError }, want)) as RpcError
    t.is(error.code, code, want)
    t.is(error.reason, 'reply_headers_too_large')
    t.is(error.delivery, 'unknown', 'the handler may have run')
    t.regex(error.message, /the headers of the reply are larger than 16384 bytes \(limits\.headerBytes\)/)
  }
  t.is((await calling('reply')).message, 'A')
  server.release()
  t.is((await beside).message, 'A')
  t.is(server.connections(), 1)
  await disconnect(hello)
  server.close()
})

test('a request with more headers than the server takes is not sent', async t => {
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1', protocols: ['grpc'], limits: { headerBytes: 4096 } })
  const hello = connect(Hello, `grpc://${server.address}`)
  const calling = (length: number) =>
    withCall(hello, { headers: { 'x-long': 'x'.repeat(length) } }).sayHello({ name: 'A', tags: [] })
  t.is((await calling(3000)).message, 'Hello, A!')
  for (const length of [5000, 500_000]) {
    const error = (await t.throwsAsync(calling(length), { instanceOf: RpcError })) as RpcError
    t.deepEqual([error.code, error.reason, error.delivery], [Code.resource_exhausted, 'headers_too_large', 'unsent'])
    t.regex(
      error.message,
      /SayHello: the headers of the request have \d+ bytes, but 127\.0\.0\.1:\d+ takes at most 4096/,
    )
  }
  t.is((await calling(10)).message, 'Hello, A!')
  await disconnect(hello)
  await server.close()
})

test('a long error reaches grpc-js, and a client that takes little, with its code', async t => {
  const server = await serve([Failing], { host: '127.0.0.1', protocols: ['grpc'], report: () => {} })
  const client = grpcJsClient(grpcJsDefinition(Failing), server.address)
  const small = connect(Failing, `grpc://${server.address}`, { limits: { headerBytes: 1000 } })
  for (const length of [100, 17_000, 100_000]) {
    const theirs = (await t.throwsAsync(client.unary('Fail', { length }))) as grpcJs.ServiceError
    t.is(theirs.code, grpcJs.status.NOT_FOUND)
    t.true(theirs.details.startsWith('not here: é'), theirs.details.slice(0, 20))
    const ours = (await t.throwsAsync(small.fail(length), { instanceOf: RpcError })) as RpcError
    t.is(ours.code, Code.not_found)
    t.true(ours.message.startsWith('not here: é'))
  }
  client.close()
  await disconnect(small)
  await server.close()
})
