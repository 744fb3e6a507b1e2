// A polywire client calls grpc-js. `interop.test.ts` has the other direction.
import * as grpcJs from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { type Call, Code, connect, disconnect, withCall } from '../../../src/index.js'
import { encodeStatus } from '../../../src/protocols/grpc-status/rpc-status.js'
import { DivisionByZero, Hello, type Tick } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'
import { grpcJsDefinition, grpcJsServer } from './peers.js'

const definition = grpcJsDefinition(Hello)

type Unary = grpcJs.handleUnaryCall<Record<string, unknown>, Record<string, unknown>>

type Duplex = grpcJs.ServerDuplexStream<Record<string, unknown>, Record<string, unknown>>

async function dialHello(t: ExecutionContext, options: grpcJs.ServerOptions = {}) {
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
  t.teardown(async () => {
    await disconnect(hello)
    server.close()
  })
  return { hello, server, canceled }
}

async function numbers(stream: AsyncIterable<Tick>): Promise<number[]> {
  const all: number[] = []
  for await (const { n } of stream) all.push(n)
  return all
}

async function* ticks(...all: number[]): AsyncGenerator<Tick> {
  for (const n of all) yield { n }
}

test('we call grpc-js: unary calls', async t => {
  const { hello } = await dialHello(t)
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  t.is(await hello.divide(1, 4), 0.25)
  t.is(await hello.ping(), undefined)
})

test('we call grpc-js: streams in every direction', async t => {
  const { hello } = await dialHello(t)
  t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
  t.deepEqual(await numbers(hello.watch(0)), [])
  t.is(await hello.add(ticks(1, 2, 3)), 6)
  t.deepEqual(await numbers(hello.chat(ticks(1, 2, 3))), [2, 4, 6])
})

test('we call grpc-js: errors: typed details, and messages that must be percent-encoded', async t => {
  const { hello } = await dialHello(t)
  const error = await failure(hello.divide(7, 0))
  t.true(error instanceof DivisionByZero)
  t.is((error as DivisionByZero).dividend, 7)
  t.is(error.message, 'no zeros')
  t.is(error.code, Code.invalid_argument)
  const other = await failure(hello.fail('x'))
  t.is(other.code, Code.aborted)
  t.is(other.message, 'tschüß %')
})

test('we call grpc-js: metadata, binary and repeated', async t => {
  const { hello } = await dialHello(t)
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
})

test('we call grpc-js: deadlines and cancellation reach the server', async t => {
  const first = await dialHello(t)
  await first.hello.ping()
  t.is((await failure(withCall(first.hello, { timeout: '30ms' }).hang())).code, Code.deadline_exceeded)
  await first.canceled
  const second = await dialHello(t)
  const controller = new AbortController()
  const call = withCall(second.hello, { signal: controller.signal }).hang()
  await second.hello.ping()
  controller.abort()
  t.is((await failure(call)).code, Code.canceled)
  await second.canceled
})

test('we call grpc-js: leaving a loop ends the stream on the server', async t => {
  const { hello, canceled } = await dialHello(t)
  for await (const { n } of hello.watch(100)) if (n === 2) break
  await canceled.then(() => t.pass())
})

test('we call grpc-js: compressed replies, and large ones', async t => {
  const { hello } = await dialHello(t, {
    'grpc.default_compression_algorithm': grpcJs.compressionAlgorithms.gzip,
    'grpc.max_receive_message_length': -1,
  })
  for (const size of [0, 10, 100_000, 4 * 1024 * 1024 - 20]) {
    t.is((await hello.sayHello({ name: 'x'.repeat(size), tags: [] })).message.length, size + 8)
  }
  t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
})

test('we call grpc-js: more calls than the server takes on one connection go over further ones', async t => {
  const { hello, server } = await dialHello(t, { 'grpc.max_concurrent_streams': 3 })
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
})

test('we call grpc-js: a server that goes away by GOAWAY loses no call', async t => {
  const { hello, server } = await dialHello(t)
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
})
