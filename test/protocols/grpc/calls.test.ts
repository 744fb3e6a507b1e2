import test from 'ava'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { type Call, Code, connect, disconnect, RpcError, serve, withCall } from '../../../src/index.js'
import { grpc } from '../../../src/protocols/grpc/protocol.js'
import { DivisionByZero, Hello, HelloReply, HelloService, type Tick } from '../../fixtures/hello.js'

async function pair(codec = 'proto') {
  const service = new HelloService()
  const reported: unknown[] = []
  const server = await serve([service], {
    protocols: [grpc],
    codecs: [protobuf],
    report: error => reported.push(error),
  })
  const hello = connect(Hello, { protocol: grpc, codec, endpoints: [server.address] }, { codecs: [protobuf] })
  const close = async () => {
    await disconnect(hello)
    await server.close()
  }
  return { service, server, hello, reported, close }
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of stream) all.push(one)
  return all
}

async function* ticks(...numbers: number[]): AsyncGenerator<Tick> {
  for (const n of numbers) yield { n }
}

test('a unary call', async t => {
  const { hello, close } = await pair()
  const reply = await hello.sayHello({ name: 'World', tags: [] })
  t.true(reply instanceof HelloReply)
  t.is(reply.message, 'Hello, World!')
  t.is(await hello.divide(1, 4), 0.25)
  t.is(await hello.ping(), undefined)
  await close()
})

test('streams out, in, and both', async t => {
  const { hello, close } = await pair()
  t.deepEqual(
    (await collect(hello.watch(3))).map(tick => tick.n),
    [1, 2, 3],
  )
  t.deepEqual(await collect(hello.watch(0)), [])
  t.is(await hello.add(ticks(1, 2, 3)), 6)
  t.is(await hello.add(ticks()), 0)
  t.deepEqual(
    (await collect(hello.chat(ticks(1, 2, 3)))).map(tick => tick.n),
    [2, 4, 6],
  )
  await close()
})

test('an undeclared error keeps its secrets, and a code its headers', async t => {
  const { hello, reported, close } = await pair()
  const hidden = (await t.throwsAsync(hello.fail('error'), { instanceOf: RpcError })) as RpcError
  t.is(hidden.code, Code.internal)
  t.notRegex(hidden.message, /secret/)
  t.is(reported.length, 1)
  const error = (await t.throwsAsync(hello.fail('not_found'))) as RpcError
  t.is(error.code, Code.not_found)
  t.is(error.message, 'failed with not_found')
  t.is(error.headers?.get('x-why'), 'not_found')
  await close()
})

test('metadata goes both ways, binary and repeated', async t => {
  const { hello, close } = await pair()
  let ended: Call | undefined
  const remote = withCall(hello, {
    headers: [
      ['x-in', 'a'],
      ['x-in', 'b'],
    ],
    onEnd: call => {
      ended = call
    },
  })
  t.is((await remote.headers({ name: '', tags: [] })).message, 'a,b')
  t.is(ended?.replyHeaders.get('x-head'), 'first')
  t.deepEqual(new Uint8Array(ended?.replyHeaders.get('x-bytes-bin') ?? []), new Uint8Array([1, 2, 255]))
  t.is(ended?.replyTrailers.get('x-tail'), 'last')
  await close()
})

test('a deadline ends the call on both sides', async t => {
  const { hello, service, close } = await pair()
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  // The connection stands, so that the call reaches the server before its deadline.
  await hello.ping()
  const error = (await t.throwsAsync(withCall(hello, { timeout: '1s' }).hang())) as RpcError
  t.is(error.code, Code.deadline_exceeded)
  await stopped
  await close()
})

test('a signal, and leaving a loop, cancel the call on the server', async t => {
  const { hello, service, close } = await pair()
  const controller = new AbortController()
  const call = withCall(hello, { signal: controller.signal }).hang()
  let stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  await hello.ping()
  controller.abort()
  t.is(((await t.throwsAsync(call)) as RpcError).code, Code.canceled)
  await stopped
  stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  for await (const { n } of hello.watch(1_000_000)) if (n === 3) break
  await stopped
  t.is(service.stopped, 2)
  await close()
})

test('a large message passes, one over the limit is refused', async t => {
  const { hello, close } = await pair()
  const name = 'x'.repeat(4 * 1024 * 1024 - 100)
  t.is((await hello.sayHello({ name, tags: [] })).message.length, name.length + 8)
  const error = (await t.throwsAsync(hello.sayHello({ name: `${name}${name}`, tags: [] }))) as RpcError
  t.is(error.code, Code.resource_exhausted)
  t.is(await hello.ping(), undefined)
  await close()
})

test('a declared error arrives as its class', async t => {
  const { hello, close } = await pair('proto')
  const error = await t.throwsAsync(hello.divide(7, 0), { instanceOf: DivisionByZero })
  t.is(error?.dividend, 7)
  await close()
})
