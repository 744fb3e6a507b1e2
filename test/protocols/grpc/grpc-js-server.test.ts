import * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import { type Call, Code, connect, disconnect, RpcError, withCall } from '../../../src/index.js'
import { encodeStatus } from '../../../src/protocols/grpc/rpc-status.js'
import { DivisionByZero, Hello, type Tick } from '../../fixtures/hello.js'
import { grpcJsDefinition, grpcJsServer } from './peers.js'

const definition = grpcJsDefinition(Hello)

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

async function failure(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

test('unary calls', async t => {
  const { hello, close } = await dialHello()
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  t.is(await hello.divide(1, 4), 0.25)
  t.is(await hello.ping(), undefined)
  await close()
})

test('streams in every direction', async t => {
  const { hello, close } = await dialHello()
  t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
  t.deepEqual(await numbers(hello.watch(0)), [])
  t.is(await hello.add(ticks(1, 2, 3)), 6)
  t.deepEqual(await numbers(hello.chat(ticks(1, 2, 3))), [2, 4, 6])
  await close()
})

test('errors: typed details, and messages that must be percent-encoded', async t => {
  const { hello, close } = await dialHello()
  const error = await failure(hello.divide(7, 0))
  t.true(error instanceof DivisionByZero)
  t.is((error as DivisionByZero).dividend, 7)
  t.is(error.message, 'no zeros')
  t.is(error.code, Code.invalid_argument)
  const other = await failure(hello.fail('x'))
  t.is(other.code, Code.aborted)
  t.is(other.message, 'tschüß %')
  await close()
})

test('metadata, binary and repeated', async t => {
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

test('deadlines and cancellation reach the server', async t => {
  const first = await dialHello()
  await first.hello.ping()
  t.is((await failure(withCall(first.hello, { timeout: '30ms' }).hang())).code, Code.deadline_exceeded)
  await first.canceled
  await first.close()
  const second = await dialHello()
  const controller = new AbortController()
  const call = withCall(second.hello, { signal: controller.signal }).hang()
  await second.hello.ping()
  controller.abort()
  t.is((await failure(call)).code, Code.canceled)
  await second.canceled
  await second.close()
})

test('leaving a loop ends the stream on the server', async t => {
  const { hello, canceled, close } = await dialHello()
  for await (const { n } of hello.watch(100)) if (n === 2) break
  await canceled.then(() => t.pass())
  await close()
})

test('compressed replies, and large ones', async t => {
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

test('more calls than the server takes on one connection go over further ones', async t => {
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

test('a server that goes away by GOAWAY loses no call', async t => {
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
  t.is((await failure(hello.ping())).code, Code.unavailable)
  await close()
})
