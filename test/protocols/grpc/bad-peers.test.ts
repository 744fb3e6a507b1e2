import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { Code, connect, disconnect, RpcError, serve } from '../../../src/index.js'
import { Hello, HelloService, type Tick } from '../../fixtures/hello.js'

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

test('JSON messages over gRPC, compressed both ways', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'] })
  for (const target of [
    `grpc://${server.address}?codec=json`,
    `grpc://${server.address}?codec=json&compression=gzip`,
  ]) {
    const hello = connect(Hello, target)
    const name = 'ab'.repeat(5000)
    t.is((await hello.sayHello({ name, tags: [] })).message, `Hello, ${name}!`)
    await disconnect(hello)
  }
  await server.close()
})

test('a target that asks for an unknown compression is a mistake', t => {
  const error = t.throws(() => connect(Hello, 'grpc://127.0.0.1:1?compression=snappy'), { instanceOf: RpcError })
  t.regex(error?.message ?? '', /no compression "snappy".*gzip/)
})

/** A server of Node's that answers every request in the same way. */
async function answering(how: (stream: http2.ServerHttp2Stream, session: number) => void) {
  const server = http2.createServer()
  let sessions = 0
  server.on('session', () => sessions++)
  server.on('stream', stream => {
    stream.on('error', () => {})
    how(stream, sessions)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const hello = connect(Hello, `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const close = async () => {
    await disconnect(hello)
    server.close()
  }
  return { hello, close, sessions: () => sessions }
}

async function failure(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

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

test('a connection that is lost is unavailable, and may have been processed', async t => {
  const { hello, close } = await answering(stream => stream.session?.destroy())
  const error = await failure(hello.divide(1, 2))
  t.is(error.code, Code.unavailable)
  t.is(error.delivery, 'unknown')
  await close()
})

test('REFUSED_STREAM proves that no handler saw the call: it is sent once more', async t => {
  let asked = 0
  const { hello, close } = await answering(stream => {
    if (++asked === 1) {
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
      return
    }
    stream.respond({ ...grpcHead, 'grpc-status': '5' }, { endStream: true })
  })
  const error = await failure(hello.sayHello({ name: '', tags: [] }))
  t.is(error.code, Code.not_found)
  t.is(asked, 2)
  await close()
})

test('after GOAWAY new calls go over a new connection', async t => {
  const { hello, close, sessions } = await answering(stream => {
    stream.respond(grpcHead, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(message(Buffer.alloc(0)))
    stream.session?.goaway()
  })
  for (let i = 0; i < 3; i++) await hello.ping()
  t.true(sessions() >= 2)
  await close()
})

test('a slow reader stops a fast writer', async t => {
  const server = await serve(
    [
      class extends HelloService {
        override async *watch(): AsyncIterable<Tick> {
          for (let n = 1; ; n++) {
            written = n
            yield { n }
          }
        }
      },
    ],
    { protocols: ['grpc'] },
  )
  let written = 0
  const hello = connect(Hello, `grpc://${server.address}`)
  const stream = hello.watch(0)[Symbol.asyncIterator]()
  t.is((await stream.next()).value?.n, 1)
  let before = -1
  while (before !== written) {
    before = written
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  t.true(written < 2_000_000)
  for (let n = 2; n < 1000; n++) t.is((await stream.next()).value?.n, n)
  await stream.return?.()
  await disconnect(hello)
  await server.close()
})

test('ten thousand calls at once all get their own reply', async t => {
  const server = await serve([HelloService], { protocols: ['grpc'] })
  const hello = connect(Hello, `grpc://${server.address}`)
  const replies = await Promise.all(
    Array.from({ length: 10_000 }, (_, n) => hello.sayHello({ name: String(n), tags: [] })),
  )
  t.true(replies.every(({ message }, n) => message === `Hello, ${n}!`))
  await disconnect(hello)
  await server.close()
})
