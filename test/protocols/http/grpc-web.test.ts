import { createRequire } from 'node:module'
import { connect as connectSocket } from 'node:net'
import { text } from 'node:stream/consumers'
import { Code as ConnectCode, ConnectError, createClient } from '@connectrpc/connect'
import { createGrpcWebTransport } from '@connectrpc/connect-web'
import test, { type ExecutionContext } from 'ava'
import type { ClientReadableStream, GrpcWebClientBase, Metadata, RpcError as WebError } from 'grpc-web'
import { request } from 'undici'
import { rateLimit, type ServeOptions, serve } from '../../../src/index.js'
import { Base64Stream } from '../../../src/protocols/http/base64-stream.js'
import { frameOf } from '../../../src/protocols/length-prefixed.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { connectDescriptor, grpcJsDefinition } from '../grpc/peers.js'

// What a browser has and Node lacks.
const require = createRequire(import.meta.url)
Object.assign(globalThis, { XMLHttpRequest: require('xhr2').XMLHttpRequest })
const grpcWeb = require('grpc-web') as typeof import('grpc-web')

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const reports: unknown[] = []
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1', report: error => reports.push(error), ...options })
  t.teardown(() => server.close())
  return { url: `http://${server.address}`, server, service, reports }
}

// connect-web

interface Client {
  sayHello(request: object, options?: object): Promise<{ message: string }>
  divide(request: object): Promise<{ value: number }>
  hang(request: object, options?: object): Promise<object>
  fail(request: object, options?: object): Promise<object>
  headers(request: object, options: object): Promise<{ message: string }>
  watch(request: object, options?: object): AsyncIterable<{ n: number }>
}

const descriptor = connectDescriptor(Hello)

for (const useBinaryFormat of [true, false]) {
  test(`connect-web ${useBinaryFormat ? 'in protobuf' : 'in JSON'}: unary, streams, errors, metadata, deadline`, async t => {
    const { url } = await start(t)
    const hello = createClient(
      descriptor,
      createGrpcWebTransport({ baseUrl: url, useBinaryFormat }),
    ) as unknown as Client
    const name = 'Wörld'.repeat(20_000)
    t.is((await hello.sayHello({ name })).message, `Hello, ${name}!`)
    const seen: number[] = []
    for await (const { n } of hello.watch({ upTo: 1000 })) seen.push(n)
    t.is(seen.length, 1000)
    t.is(seen.at(-1), 1000)
    const divided = await t.throwsAsync(hello.divide({ dividend: 1, divisor: 0 }), { instanceOf: ConnectError })
    t.is(divided?.code, ConnectCode.InvalidArgument)
    t.is(divided?.rawMessage, 'cannot divide by zero')
    t.like(divided?.details[0], { type: 'hello.DivisionByZero' })
    const failed = await t.throwsAsync(hello.fail({ how: 'not_found' }), { instanceOf: ConnectError })
    t.is(failed?.code, ConnectCode.NotFound)
    t.is(failed?.metadata.get('x-why'), 'not_found')
    let head: Headers | undefined
    let tail: Headers | undefined
    const replied = await hello.headers(
      {},
      {
        headers: { 'x-in': 'a' },
        onHeader: (headers: Headers) => {
          head = headers
        },
        onTrailer: (trailers: Headers) => {
          tail = trailers
        },
      },
    )
    t.is(replied.message, 'a')
    t.is(head?.get('x-head'), 'first')
    t.is(tail?.get('x-tail'), 'last')
    const late = await t.throwsAsync(hello.hang({}, { timeoutMs: 50 }), { instanceOf: ConnectError })
    t.is(late?.code, ConnectCode.DeadlineExceeded)
  })
}

test('a page that aborts a call or a stream stops the handler', async t => {
  const { url, service } = await start(t)
  const hello = createClient(descriptor, createGrpcWebTransport({ baseUrl: url })) as unknown as Client
  const stopped = (): Promise<void> =>
    new Promise(resolve => {
      service.onStop = resolve
    })
  const left = stopped()
  const leaving = new AbortController()
  const stream = hello.watch({ upTo: 1_000_000 }, { signal: leaving.signal })
  const read = async () => {
    for await (const { n } of stream) if (n === 3) leaving.abort()
  }
  await t.throwsAsync(read(), { instanceOf: ConnectError })
  await left
  const aborted = stopped()
  const aborting = new AbortController()
  const { hang } = service
  service.hang = call => {
    aborting.abort()
    return hang.call(service, call)
  }
  const error = await t.throwsAsync(hello.hang({}, { signal: aborting.signal }), { instanceOf: ConnectError })
  t.is(error?.code, ConnectCode.Canceled)
  await aborted
})

// grpc-web

const definition = grpcJsDefinition(Hello)

interface Reply {
  readonly message?: string
  readonly n?: number
}

/** A generated stub in the form of grpc-web's. */
function stub(client: GrpcWebClientBase, url: string) {
  const described = (name: string) => {
    const { requestSerialize, responseDeserialize } = definition[name] as (typeof definition)[string]
    const method = new grpcWeb.MethodDescriptor<object, Reply>(
      `/hello.Hello/${name}`,
      (definition[name] as { responseStream: boolean }).responseStream ? 'server_streaming' : 'unary',
      Object,
      Object as never,
      requestSerialize,
      (bytes: Uint8Array) => responseDeserialize(Buffer.from(bytes)),
    )
    return [`${url}/hello.Hello/${name}`, method] as const
  }
  return {
    unary(name: string, message: object, metadata: Metadata = {}): Promise<Reply> {
      const [path, method] = described(name)
      return client.unaryCall<object, Reply>(path, message, metadata, method)
    },
    stream(name: string, message: object): ClientReadableStream<Reply> {
      const [path, method] = described(name)
      return client.serverStreaming<object, Reply>(path, message, {}, method)
    },
  }
}

for (const format of ['text', 'binary']) {
  test(`grpc-web in ${format}: unary, errors, metadata, deadline`, async t => {
    const { url } = await start(t)
    const hello = stub(new grpcWeb.GrpcWebClientBase({ format }), url)
    for (const name of ['', 'W', 'Wo', 'Wor', 'Wörld'.repeat(20_000)])
      t.is((await hello.unary('SayHello', { name })).message, `Hello, ${name}!`)
    const divided = await t.throwsAsync(hello.unary('Divide', { dividend: 1, divisor: 0 }) as Promise<never>, {
      any: true,
    })
    t.is((divided as unknown as WebError).code, 3)
    t.is((divided as unknown as WebError).message, 'cannot divide by zero')
    const failed = await t.throwsAsync(hello.unary('Fail', { how: 'not_found' }) as Promise<never>, { any: true })
    t.is((failed as unknown as WebError).code, 5)
    t.is((failed as unknown as WebError).metadata['x-why'], 'not_found')
    t.is((await hello.unary('Headers', {}, { 'x-in': 'a' })).message, 'a')
    const deadline = String(Date.now() + 50)
    const late = await t.throwsAsync(hello.unary('Hang', {}, { deadline }) as Promise<never>, { any: true })
    t.is((late as unknown as WebError).code, 4)
  })
}

test('grpc-web streams in text', async t => {
  const { url } = await start(t)
  const stream = stub(new grpcWeb.GrpcWebClientBase({ format: 'text' }), url).stream('Watch', { upTo: 500 })
  const seen: unknown[] = []
  await new Promise<void>((resolve, reject) => {
    stream.on('data', ({ n }) => seen.push(n))
    stream.on('error', reject)
    stream.on('end', () => resolve())
  })
  t.deepEqual(
    seen,
    Array.from({ length: 500 }, (_, at) => at + 1),
  )
})

// Bytes

async function post(url: string, path: string, headers: Record<string, string>, body: Buffer | string = '') {
  const reply = await request(url + path, { method: 'POST', headers, body })
  return { ...reply, bytes: Buffer.from(await reply.body.arrayBuffer()) }
}

const binary = { 'content-type': 'application/grpc-web+proto' }
const sayHello = '/hello.Hello/SayHello'
const message = frameOf(0, Buffer.from([0x0a, 1, 0x61]))

/** The trailers in a reply, which may have messages before them. */
function trailersOf(bytes: Buffer): string {
  let at = 0
  while (bytes[at] === 0) at += 5 + bytes.readUInt32BE(at + 1)
  if (bytes[at] !== 0x80) throw new Error('no trailers')
  return bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1)).toString('latin1')
}

test('the reply is a message and a frame of trailers', async t => {
  const { url } = await start(t)
  const reply = await post(url, sayHello, binary, message)
  t.is(reply.statusCode, 200)
  t.is(reply.headers['content-type'], 'application/grpc-web+proto')
  t.is(trailersOf(reply.bytes), 'grpc-status: 0\r\n')
})

test('pages can read every header, from an origin that may call', async t => {
  const page = 'https://app.example.com'
  const { url } = await start(t, { cors: { origins: [page] } })
  const reply = await post(url, '/hello.Hello/Headers', { ...binary, origin: page }, message)
  t.is(reply.headers['access-control-allow-origin'], page)
  t.regex(String(reply.headers['access-control-expose-headers']), /\bx-head\b/)
})

for (const [name, body, code] of [
  ['an empty body', Buffer.alloc(0), 12],
  ['two messages', Buffer.concat([message, message]), 12],
  ['half a message', message.subarray(0, 6), 3],
  ['unknown flags', frameOf(0x40, Buffer.from('x')), 3],
  ['trailers', frameOf(0x80, Buffer.from('a: b\r\n')), 3],
  ['a message that is not protobuf', frameOf(0, Buffer.from([0xff, 0xff])), 3],
  ['a compressed message without an encoding', frameOf(1, Buffer.from('x')), 13],
  ['a message above the limit', Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(100)]), 8],
] as const) {
  test(`a request of ${name} gets a status, and the connection serves the next`, async t => {
    const { url } = await start(t)
    const reply = await post(url, sayHello, binary, body)
    t.is(reply.statusCode, 200)
    t.regex(trailersOf(reply.bytes), new RegExp(`^grpc-status: ${code}\r\n`))
    const encoded = await post(url, sayHello, { 'content-type': 'application/grpc-web-text' }, body.toString('base64'))
    t.regex(trailersOf(Buffer.from(encoded.bytes.toString(), 'base64')), new RegExp(`^grpc-status: ${code}\r\n`))
    t.is(trailersOf((await post(url, sayHello, binary, message)).bytes), 'grpc-status: 0\r\n')
  })
}

for (const body of ['%%%%', 'AAAA=', 'AAA', '\0\0\0\0\0', '====', 'AA==='])
  test(`text that is not base64 is refused: ${JSON.stringify(body)}`, async t => {
    const { url, service } = await start(t)
    const reply = await post(url, sayHello, { 'content-type': 'application/grpc-web-text+proto' }, body)
    t.regex(trailersOf(Buffer.from(reply.bytes.toString(), 'base64')), /^grpc-status: 3\r\n/)
    t.is(service.calls, 0)
  })

test('base64 in any chunks, with padding between pieces', t => {
  const pieces = ['a', 'bc', 'def', '', 'ghij', 'k'].map(piece => Buffer.from(piece).toString('base64'))
  const body = Buffer.from(pieces.join(''))
  for (let size = 1; size <= body.length; size++) {
    const stream = new Base64Stream()
    const out: Buffer[] = []
    for (let at = 0; at < body.length; at += size) out.push(Buffer.from(stream.push(body.subarray(at, at + size))))
    t.is(Buffer.concat(out).toString(), 'abcdefghijk', `chunks of ${size}`)
    t.true(stream.isWhole)
  }
})

test('a header or a message cannot smuggle a trailer', async t => {
  const { url } = await start(t)
  const how = Buffer.from('x\r\ngrpc-status: 0')
  const reply = await post(
    url,
    '/hello.Hello/Fail',
    binary,
    frameOf(0, Buffer.concat([Buffer.from([0x0a, how.length]), how])),
  )
  const trailers = trailersOf(reply.bytes)
  t.notRegex(trailers, /^grpc-status: 0\r\n/m)
})

test('refusals of the server are statuses too: limits, policies, timeouts, unknown codecs', async t => {
  const { url } = await start(t, { policies: [rateLimit({ rate: 0.0001, burst: 1 })] })
  t.regex(trailersOf((await post(url, sayHello, binary, message)).bytes), /^grpc-status: 0\r\n/)
  t.regex(trailersOf((await post(url, sayHello, binary, message)).bytes), /^grpc-status: 8\r\n/)
  const timeout = await post(url, sayHello, { ...binary, 'grpc-timeout': 'soon' }, message)
  t.regex(trailersOf(timeout.bytes), /^grpc-status: 13\r\n/)
  const encoding = await post(url, sayHello, { ...binary, 'grpc-encoding': 'snappy' }, message)
  t.regex(trailersOf(encoding.bytes), /^grpc-status: 12\r\n/)
  t.regex(String(encoding.headers['grpc-accept-encoding']), /gzip/)
  const codec = await post(url, sayHello, { 'content-type': 'application/grpc-web+cbor' }, message)
  t.is(codec.statusCode, 415)
})

test('a call above the limit of its connection gets a status', async t => {
  const { server, service } = await start(t, { limits: { callsPerConnection: 1 } })
  const socket = connectSocket({ port: server.port, host: '127.0.0.1' })
  const head = (path: string, rest: string) =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/grpc-web\r\ncontent-length: 5\r\n${rest}\r\n\0\0\0\0\0`
  socket.write(head('/hello.Hello/Hang', 'grpc-timeout: 300m\r\n') + head(sayHello, 'connection: close\r\n'))
  const statuses = [...(await text(socket)).matchAll(/grpc-status: (\d+)\r\n/g)].map(match => match[1])
  t.deepEqual(statuses, ['4', '8'])
  t.is(service.calls, 1)
})
