import { once } from 'node:events'
import * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import { type Call, Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { decodeStatus, encodeStatus } from '../../../src/protocols/grpc/rpc-status.js'
import { DivisionByZero, Hello, HelloService, type Tick } from '../../fixtures/hello.js'
import { grpcJsClient, grpcJsDefinition, grpcJsServer } from './peers.js'

const definition = grpcJsDefinition(Hello)

async function serveHello(options: grpcJs.ClientOptions = {}) {
  const service = new HelloService()
  const server = await serve([service], { protocols: ['grpc'], report: () => {} })
  const client = grpcJsClient(definition, server.address, options)
  const close = async () => {
    client.close()
    await server.close()
  }
  return { service, server, client, close }
}

async function failure(call: Promise<unknown>): Promise<grpcJs.ServiceError> {
  try {
    await call
  } catch (error) {
    return error as grpcJs.ServiceError
  }
  throw new Error('the call did not fail')
}

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const one of stream) all.push(one)
  return all
}

test('grpc-js calls us: unary calls, with positional arguments and no arguments', async t => {
  const { client, close } = await serveHello()
  t.deepEqual(await client.unary('SayHello', { name: 'World' }), { message: 'Hello, World!' })
  t.deepEqual(await client.unary('Divide', { dividend: 1, divisor: 4 }), { value: 0.25 })
  t.deepEqual(await client.unary('Ping', {}), {})
  await close()
})

test('grpc-js calls us: streams in every direction', async t => {
  const { client, close } = await serveHello()
  t.deepEqual(await collect(client.serverStream('Watch', { upTo: 3 })), [{ n: 1 }, { n: 2 }, { n: 3 }])
  t.deepEqual(await collect(client.serverStream('Watch', { upTo: 0 })), [])
  t.deepEqual(await client.clientStream('Add', [{ n: 1 }, { n: 2 }]), { value: 3 })
  const chat = client.bidi('Chat')
  chat.write({ n: 4 })
  const [first] = (await once(chat, 'data')) as [unknown]
  t.deepEqual(first, { n: 8 })
  chat.write({ n: 5 })
  chat.end()
  t.deepEqual(await collect(chat), [{ n: 10 }])
  await close()
})

test('grpc-js calls us: errors with their code, message, headers and details', async t => {
  const { client, close } = await serveHello()
  const divided = await failure(client.unary('Divide', { dividend: 7, divisor: 0 }))
  t.is(divided.code, grpcJs.status.INVALID_ARGUMENT)
  t.is(divided.details, 'cannot divide by zero')
  const status = decodeStatus(divided.metadata.get('grpc-status-details-bin')[0] as Buffer)
  t.is(status?.code, 3)
  t.is(status?.details[0]?.type, 'hello.DivisionByZero')
  t.is(Buffer.from(status?.details[0]?.value ?? []).readDoubleLE(1), 7)
  const other = await failure(client.unary('Fail', { how: 'not_found' }))
  t.is(other.code, grpcJs.status.NOT_FOUND)
  t.deepEqual(other.metadata.get('x-why'), ['not_found'])
  const unknown = await failure(client.unary('Fail', { how: 'error' }))
  t.is(unknown.code, grpcJs.status.INTERNAL)
  await close()
})

test('grpc-js calls us: metadata, binary and repeated', async t => {
  const { client, close } = await serveHello()
  const metadata = new grpcJs.Metadata()
  metadata.add('x-in', 'a')
  metadata.add('x-in', 'b')
  metadata.add('x-extra-bin', Buffer.from([0, 255]))
  t.deepEqual(await client.unary('Headers', {}, { metadata }), { message: 'a,b' })
  t.deepEqual(client.headers?.get('x-head'), ['first'])
  t.deepEqual(client.headers?.get('x-bytes-bin'), [Buffer.from([1, 2, 255])])
  t.deepEqual(client.trailers?.get('x-tail'), ['last'])
  await close()
})

test('grpc-js calls us: a deadline ends the handler', async t => {
  const { client, service, close } = await serveHello()
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  await client.unary('Ping', {})
  const error = await failure(client.unary('Hang', {}, { deadline: Date.now() + 50 }))
  t.is(error.code, grpcJs.status.DEADLINE_EXCEEDED)
  await stopped
  await close()
})

test('grpc-js calls us: cancellation ends the handler of a stream', async t => {
  const { client, service, close } = await serveHello()
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const stream = client.serverStream('Watch', { upTo: 1_000_000_000 })
  stream.on('error', () => {})
  await once(stream, 'data')
  stream.cancel()
  await stopped
  t.is(service.stopped, 1)
  await close()
})

for (const [name, algorithm] of [
  ['gzip', grpcJs.compressionAlgorithms.gzip],
  ['deflate', grpcJs.compressionAlgorithms.deflate],
] as const) {
  test(`grpc-js calls us: messages compressed with ${name}, both ways`, async t => {
    const { client, close } = await serveHello({ 'grpc.default_compression_algorithm': algorithm })
    const long = 'ab'.repeat(50_000)
    t.deepEqual(await client.unary('SayHello', { name: long }), { message: `Hello, ${long}!` })
    t.deepEqual(await client.unary('SayHello', { name: '' }), { message: 'Hello, !' })
    t.deepEqual(await client.clientStream('Add', [{ n: 1 }, { n: 2 }]), { value: 3 })
    await close()
  })
}

test('grpc-js calls us: messages up to the limit, and one over it', async t => {
  const { client, close } = await serveHello({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  })
  const name = 'x'.repeat(4 * 1024 * 1024 - 1 - 5)
  t.is(((await client.unary('SayHello', { name })).message as string).length, name.length + 8)
  const error = await failure(client.unary('SayHello', { name: `${name}xx` }))
  t.is(error.code, grpcJs.status.RESOURCE_EXHAUSTED)
  t.deepEqual(await client.unary('Ping', {}), {})
  await close()
})

test('grpc-js calls us: an unknown method and an unknown service', async t => {
  const { client, close } = await serveHello()
  const call = (path: string) =>
    new Promise<grpcJs.ServiceError | null>(resolve => {
      const same = (bytes: Buffer) => bytes
      client.client.makeUnaryRequest(path, same, same, Buffer.alloc(0), error => resolve(error))
    })
  for (const path of ['/hello.Hello/Nothing', '/no.Such/Service']) {
    t.is((await call(path))?.code, grpcJs.status.UNIMPLEMENTED)
  }
  await close()
})

test('grpc-js calls us: a server that closes lets calls end and takes no more', async t => {
  const { client, server, service, close } = await serveHello()
  const chat = client.bidi('Chat')
  chat.write({ n: 1 })
  await once(chat, 'data')
  const closed = server.close()
  chat.write({ n: 2 })
  chat.end()
  t.deepEqual(await collect(chat), [{ n: 4 }])
  await closed
  t.is((await failure(client.unary('Ping', {}))).code, grpcJs.status.UNAVAILABLE)
  t.is(service.calls, 1)
  await close()
})

type Unary = grpcJs.handleUnaryCall<Record<string, unknown>, Record<string, unknown>>

type Duplex = grpcJs.ServerDuplexStream<Record<string, unknown>, Record<string, unknown>>

async function dialHello(options: grpcJs.ServerOptions = {}) {
  let cancelled: () => void = () => {}
  const canceled = new Promise<void>(resolve => {
    cancelled = resolve
  })
  const sayHello: Unary = (call, done) => done(null, { message: `Hello, ${call.request.name}!` })
  const divide: Unary = (call, done) => {
    const { dividend, divisor } = call.request as { dividend: number; divisor: number }
    if (divisor !== 0) return done(null, { value: dividend / divisor })
    const value = Buffer.alloc(9)
    value[0] = 0x09
    value.writeDoubleLE(dividend, 1)
    const metadata = new grpcJs.Metadata()
    const status = { code: 3, message: 'no zeros', details: [{ type: 'hello.DivisionByZero', value }] }
    metadata.set('grpc-status-details-bin', Buffer.from(encodeStatus(status)))
    return done({ code: grpcJs.status.INVALID_ARGUMENT, details: 'no zeros', metadata })
  }
  const headers: Unary = (call, done) => {
    const reply = new grpcJs.Metadata()
    reply.set('x-head', 'first')
    reply.set('x-bytes-bin', Buffer.from([1, 2, 255]))
    call.sendMetadata(reply)
    const trailers = new grpcJs.Metadata()
    trailers.set('x-tail', 'last')
    done(null, { message: call.metadata.get('x-in').join(',') }, trailers)
  }
  const implementation: grpcJs.UntypedServiceImplementation = {
    SayHello: sayHello,
    Divide: divide,
    Headers: headers,
    Ping: ((_call, done) => done(null, {})) as Unary,
    Hang: ((call: grpcJs.ServerUnaryCall<unknown, unknown>) => {
      call.on('cancelled', cancelled)
    }) as Unary,
    Fail: ((_call, done) => done({ code: grpcJs.status.ABORTED, details: 'tschüß %' })) as Unary,
    Watch: (call: grpcJs.ServerWritableStream<{ upTo: number }, { n: number }>) => {
      call.on('cancelled', cancelled)
      for (let n = 1; n <= call.request.upTo; n++) call.write({ n })
      if (call.request.upTo >= 0) call.end()
    },
    Add: (
      call: grpcJs.ServerReadableStream<{ n: number }, { value: number }>,
      done: grpcJs.sendUnaryData<{ value: number }>,
    ) => {
      let value = 0
      call.on('data', ({ n }) => {
        value += n
      })
      call.on('end', () => done(null, { value }))
    },
    Chat: (call: Duplex) => {
      call.on('data', ({ n }) => call.write({ n: (n as number) * 2 }))
      call.on('end', () => call.end())
    },
  }
  const server = await grpcJsServer(definition, implementation, options)
  const hello = connect(Hello, `grpc://${server.address}`)
  const close = async () => {
    await disconnect(hello)
    server.close()
  }
  return { hello, server, canceled, close }
}

async function numbers(stream: AsyncIterable<Tick>): Promise<number[]> {
  const all: number[] = []
  for await (const { n } of stream) all.push(n)
  return all
}

async function* ticks(...all: number[]): AsyncGenerator<Tick> {
  for (const n of all) yield { n }
}

async function rpcFailure(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

test('we call grpc-js: unary calls', async t => {
  const { hello, close } = await dialHello()
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  t.is(await hello.divide(1, 4), 0.25)
  t.is(await hello.ping(), undefined)
  await close()
})

test('we call grpc-js: streams in every direction', async t => {
  const { hello, close } = await dialHello()
  t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
  t.deepEqual(await numbers(hello.watch(0)), [])
  t.is(await hello.add(ticks(1, 2, 3)), 6)
  t.deepEqual(await numbers(hello.chat(ticks(1, 2, 3))), [2, 4, 6])
  await close()
})

test('we call grpc-js: errors: typed details, and messages that must be percent-encoded', async t => {
  const { hello, close } = await dialHello()
  const error = await rpcFailure(hello.divide(7, 0))
  t.true(error instanceof DivisionByZero)
  t.is((error as DivisionByZero).dividend, 7)
  t.is(error.message, 'no zeros')
  t.is(error.code, Code.invalid_argument)
  const other = await rpcFailure(hello.fail('x'))
  t.is(other.code, Code.aborted)
  t.is(other.message, 'tschüß %')
  await close()
})

test('we call grpc-js: metadata, binary and repeated', async t => {
  const { hello, close } = await dialHello()
  let ended: Call | undefined
  const remote = withCall(hello, {
    headers: { 'x-in': ['a', 'b'] },
    onEnd: call => {
      ended = call
    },
  })
  // Node's http2 module, which grpc-js stands on, joins what is repeated.
  t.is((await remote.headers({ name: '', tags: [] })).message, 'a, b')
  t.is(ended?.replyHeaders.get('x-head'), 'first')
  t.deepEqual([...(ended?.replyHeaders.get('x-bytes-bin') ?? [])], [1, 2, 255])
  t.is(ended?.replyTrailers.get('x-tail'), 'last')
  await close()
})

test('we call grpc-js: deadlines and cancellation reach the server', async t => {
  const first = await dialHello()
  await first.hello.ping()
  t.is((await rpcFailure(withCall(first.hello, { timeout: '30ms' }).hang())).code, Code.deadline_exceeded)
  await first.canceled
  await first.close()
  const second = await dialHello()
  const controller = new AbortController()
  const call = withCall(second.hello, { signal: controller.signal }).hang()
  await second.hello.ping()
  controller.abort()
  t.is((await rpcFailure(call)).code, Code.canceled)
  await second.canceled
  await second.close()
})

test('we call grpc-js: leaving a loop ends the stream on the server', async t => {
  const { hello, canceled, close } = await dialHello()
  for await (const { n } of hello.watch(100)) if (n === 2) break
  await canceled.then(() => t.pass())
  await close()
})

test('we call grpc-js: compressed replies, and large ones', async t => {
  const { hello, close } = await dialHello({
    'grpc.default_compression_algorithm': grpcJs.compressionAlgorithms.gzip,
    'grpc.max_receive_message_length': -1,
  })
  for (const size of [0, 10, 100_000, 4 * 1024 * 1024 - 20]) {
    t.is((await hello.sayHello({ name: 'x'.repeat(size), tags: [] })).message.length, size + 8)
  }
  t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
  await close()
})

test('we call grpc-js: more calls than the server takes on one connection go over further ones', async t => {
  const { hello, server, close } = await dialHello({ 'grpc.max_concurrent_streams': 3 })
  let waiting = 20
  let open: () => void = () => {}
  const all = new Promise<void>(resolve => {
    open = resolve
  })
  async function* one(): AsyncGenerator<Tick> {
    yield { n: 1 }
    await all
    yield { n: 2 }
  }
  const sums = Array.from({ length: waiting }, async () => {
    const seen: number[] = []
    for await (const { n } of hello.chat(one())) {
      seen.push(n)
      if (seen.length === 1 && --waiting === 0) open()
    }
    return seen
  })
  for (const seen of await Promise.all(sums)) t.deepEqual(seen, [2, 4])
  t.truthy(server)
  await close()
})

test('we call grpc-js: a server that goes away by GOAWAY loses no call', async t => {
  const { hello, server, close } = await dialHello()
  let go: () => void = () => {}
  const gone = new Promise<void>(resolve => {
    go = resolve
  })
  async function* slow(): AsyncGenerator<Tick> {
    yield { n: 1 }
    await gone
    yield { n: 2 }
  }
  const seen: number[] = []
  const shut = (async () => {
    for await (const { n } of hello.chat(slow())) {
      seen.push(n)
      if (seen.length === 1) {
        server.server.tryShutdown(() => {})
        setImmediate(go)
      }
    }
  })()
  await shut
  t.deepEqual(seen, [2, 4])
  t.is((await rpcFailure(hello.ping())).code, Code.unavailable)
  await close()
})
