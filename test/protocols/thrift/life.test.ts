import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import test from 'ava'
import { thriftBinary } from '../../../src/codecs/thrift/codec.js'
import { ActiveCall } from '../../../src/core/active-call.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { type MethodSchema, serviceOf } from '../../../src/extend.js'
import {
  type Call,
  Code,
  connect,
  defaultLimits,
  disconnect,
  Field,
  int32,
  listOf,
  Message,
  Method,
  nothing,
  type RpcError,
  Service,
  serve,
  streamOf,
  string,
  withCall,
} from '../../../src/index.js'
import { thrift } from '../../../src/protocols/thrift/protocol.js'
import { refusalOf } from '../../../src/protocols/thrift/unsupported.js'
import { Hello, HelloService } from '../../fixtures/thrift/hello.js'
import { framed, message } from './raw.js'

/** A server that does with each connection what `serve` says. */
async function crooked(serveSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    serveSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

for (const transport of ['framed', 'buffered', 'header']) {
  test(`a peer that dies in the middle of a reply fails every call at once: ${transport}`, async t => {
    const half = message({ name: 'SayHello', kind: 2 })
    const { address, close } = await crooked(socket =>
      socket.once('data', () => socket.end((transport === 'buffered' ? half : framed(half)).subarray(0, 15))),
    )
    const hello = connect(Hello, `thrift://${address}?transport=${transport}`)
    const errors = await Promise.all(
      Array.from({ length: 5 }, () => hello.sayHello('x').catch((error: unknown) => error as RpcError)),
    )
    for (const error of errors as RpcError[]) {
      t.is(error.code, Code.unavailable)
      t.is(error.delivery, 'unknown')
      t.regex(error.message, /SayHello: the connection to 127\.0\.0\.1:\d+ was lost/)
    }
    await disconnect(hello)
    close()
  })
}

for (const [what, bytes] of [
  ['random bytes', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a negative length', Buffer.from([255, 255, 255, 255, 0])],
  ['a reply to a call that was not made', framed(message({ name: 'SayHello', kind: 2, sequence: 12_345 }))],
] as const) {
  test(`a connection that answers with ${what} is given up, and its calls told at once`, async t => {
    const { address, close } = await crooked(socket => socket.once('data', () => socket.write(bytes)))
    const hello = connect(Hello, `thrift://${address}`)
    const error = (await t.throwsAsync(hello.sayHello('x'))) as RpcError
    t.is(error.code, Code.unavailable)
    t.is(error.reason, 'connection_lost')
    t.regex(error.message, /SayHello: the connection to 127\.0\.0\.1:\d+ was lost: /)
    await disconnect(hello)
    close()
  })
}

test('a server that closes a connection on which it has answered is dialled again at once', async t => {
  const gone: Promise<unknown>[] = []
  const { address, close } = await crooked(socket => {
    gone.push(once(socket, 'close'))
    socket.once('data', () => socket.end(framed(message({ name: 'SayHello', kind: 2 }))))
  })
  t.teardown(close)
  const hello = connect(Hello, `thrift://${address}`)
  t.teardown(() => disconnect(hello))
  for (let call = 1; call <= 3; call++) {
    t.is(((await t.throwsAsync(hello.sayHello('x'))) as RpcError).reason, 'missing_result')
    t.is(gone.length, call)
    await gone[call - 1]
  }
})

test('a reply without a result, and one that cannot be read, are errors of their call alone', async t => {
  const { address, close } = await crooked(socket =>
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
  close()
})

test('a caller whose deadline passes is told in time, and the late reply is dropped', async t => {
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1' })
  const hello = connect(Hello, `thrift://${server.address}`)
  const late = (await t.throwsAsync(withCall(hello, { timeout: '20ms' }).slow('late', 60))) as RpcError
  t.is(late.code, Code.deadline_exceeded)
  t.is(await hello.slow('next', 80), 'next')
  t.is(service.cancelled, 0, 'framed Thrift has no word for a deadline')
  await disconnect(hello)
  await server.close()
})

test('THeader carries deadline, headers and trailers', async t => {
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1' })
  const hello = connect(Hello, `thrift://${server.address}?transport=header`)
  let ended: Call | undefined
  const remote = withCall(hello, { headers: { 'x-in': ['a', 'b'] }, onEnd: call => (ended = call) })
  t.is(await remote.heard('x-in'), 'a,b')
  t.is(ended?.replyHeaders.get('x-head'), 'first')
  t.deepEqual(ended?.replyHeaders.get('x-bytes-bin'), new Uint8Array([1, 2, 255]))
  t.is(ended?.replyTrailers.get('x-tail'), 'last')
  const cancelled = new Promise<void>(resolve => {
    service.onCancelled = resolve
  })
  const error = (await t.throwsAsync(withCall(hello, { timeout: '1s' }).slow('never', -1))) as RpcError
  t.is(error.code, Code.deadline_exceeded)
  await cancelled
  await disconnect(hello)
  await server.close()
})

test('a refused call is known not to have been handled, and its link takes no more', async t => {
  const service = new HelloService()
  let open = () => {}
  service.gate = new Promise(resolve => {
    open = resolve
  })
  const server = await serve([service], { host: '127.0.0.1' })
  const schema = serviceOf(Hello)
  const settings = { codec: thriftBinary, limits: defaultLimits, clock: systemClock, connectTimeout: 1000 }
  const dialer = thrift.bind([schema], settings)
  const link = await dialer.dial({ address: server.address }, new AbortController().signal)
  const call = (key: string, message: unknown) => {
    const method = schema.methods.find(one => one.key === key) as MethodSchema
    return link.handle(new ActiveCall({ method, message, clock: systemClock, deadline: Number.POSITIVE_INFINITY }))
  }
  const gate = call('slow', { name: 'gate', milliseconds: 0 })
  await call('ping', {})
  const closed = server.close()
  const error = (await t.throwsAsync(call('sayHello', { name: 'x' }))) as RpcError
  t.is(error.code, Code.unavailable)
  t.is(error.delivery, 'refused')
  t.false(link.open)
  t.is(((await t.throwsAsync(call('ping', {}))) as RpcError).delivery, 'unsent')
  open()
  t.is(await gate, 'gate')
  await link.close()
  await closed
})

test('a value that does not fit is refused before anything is sent, and other calls of the tick are not harmed', async t => {
  const server = await serve([new HelloService()], { host: '127.0.0.1' })
  const hello = connect(Hello, `thrift://${server.address}`)
  await hello.ping()
  const [one, bad, other] = await Promise.allSettled([
    hello.sayHello('a'),
    hello.sayHello(5 as unknown as string),
    hello.sayHello('b'),
  ])
  t.deepEqual(
    [one, other].map(result => result.status === 'fulfilled' && result.value),
    ['Hello, a!', 'Hello, b!'],
  )
  t.is(bad.status === 'rejected' && (bad.reason as RpcError).code, Code.invalid_argument)
  await disconnect(hello)
  await server.close()
})

test('a reply over the limit fails its call, and the connection goes on', async t => {
  const server = await serve([new HelloService()], { host: '127.0.0.1' })
  for (const wire of ['transport=framed', 'transport=header', 'codec=json']) {
    const hello = connect(Hello, `thrift://${server.address}?${wire}`, {
      limits: { messageBytes: 1000, headerBytes: 1000 },
    })
    const error = (await t.throwsAsync(hello.reverse(new Uint8Array(50_000)))) as RpcError
    t.is(error.code, Code.resource_exhausted)
    t.regex(error.message, /limits\.messageBytes/)
    t.is(await hello.sayHello('x'), 'Hello, x!')
    await disconnect(hello)
  }
  await server.close()
})

test('settings that Thrift does not have are found by connect', t => {
  const at = (query: string) => () => connect(Hello, `thrift://127.0.0.1:1?${query}`)
  t.throws(at('transport=pigeon'), { message: /transport=pigeon is none of framed, buffered, header/ })
  t.throws(at('codec=proto'), { message: /no codec "proto"; it can be binary, compact, json/ })
  t.throws(at('codec=json&transport=header'), { message: /transport=header cannot carry codec=json/ })
  t.throws(at('compression=zlib'), { message: /only transport=header/ })
  t.throws(at('colour=red'), { message: /thrift has no setting colour/ })
})

@Message()
class WithoutNumbers {
  @Field(listOf(string)) tags: string[] = []
}

@Message()
class LargeNumbers {
  @Field(40_000, int32) n = 0
}

@Service()
class Uncarried {
  @Method(streamOf(WithoutNumbers)) async *watch(): AsyncIterable<WithoutNumbers> {}
  @Method({ accepts: WithoutNumbers, returns: nothing }) async plain(_request: WithoutNumbers): Promise<void> {}
  @Method(LargeNumbers) async large(): Promise<LargeNumbers> {
    return new LargeNumbers()
  }
}

test('what Thrift cannot carry is refused at start-up, with class and field', async t => {
  const [watch, plain, large] = serviceOf(Uncarried).methods
  t.is(watch && refusalOf(watch), 'Thrift has no streams')
  t.regex((plain && refusalOf(plain)) ?? '', /^WithoutNumbers\.tags: Thrift needs field numbers/)
  t.regex((large && refusalOf(large)) ?? '', /^LargeNumbers\.n: 40000 is no field id in Thrift/)
  t.throws(() => connect(Uncarried, 'thrift://127.0.0.1:1'), { message: /Uncarried\.watch: thrift cannot carry it/ })
  await t.throwsAsync(serve([Uncarried], { protocols: ['thrift'] }), { message: /Uncarried\.watch/ })
  const server = await serve([Uncarried], { host: '127.0.0.1' })
  t.true(server.protocols.includes('thrift'), 'others of its methods may still be served by other protocols')
  await server.close()
})
