import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Code as ConnectCode, ConnectError, createClient, type HandlerContext } from '@connectrpc/connect'
import { compressionGzip, connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node'
import test from 'ava'
import { Code, connect, disconnect, type RpcError, serve, withCall } from '../../../src/index.js'
import { Hello, HelloService, type Tick } from '../../fixtures/hello.js'
import { connectDescriptor } from './peers.js'

const descriptor = connectDescriptor(Hello)

interface Client {
  sayHello(request: object, options?: object): Promise<{ message: string }>
  divide(request: object): Promise<{ value: number }>
  hang(request: object, options?: object): Promise<object>
  headers(request: object, options: object): Promise<{ message: string }>
  watch(request: object): AsyncIterable<{ n: number }>
  add(requests: AsyncIterable<object>): Promise<{ value: number }>
  chat(requests: AsyncIterable<object>): AsyncIterable<{ n: number }>
}

async function numbers(stream: AsyncIterable<{ n: number }>): Promise<number[]> {
  const all: number[] = []
  for await (const { n } of stream) all.push(n)
  return all
}

async function* ticks(...all: number[]): AsyncGenerator<Tick> {
  for (const n of all) yield { n }
}

test("Connect's gRPC client: four kinds, errors, metadata, deadline, compression", async t => {
  const server = await serve([HelloService], { protocols: ['grpc'] })
  const transport = createGrpcTransport({
    baseUrl: `http://${server.address}`,
    sendCompression: compressionGzip,
    compressMinBytes: 10,
  })
  const hello = createClient(descriptor, transport) as unknown as Client
  const name = 'World'.repeat(1000)
  t.is((await hello.sayHello({ name })).message, `Hello, ${name}!`)
  t.deepEqual(await numbers(hello.watch({ upTo: 3 })), [1, 2, 3])
  t.is((await hello.add(ticks(1, 2, 3))).value, 6)
  t.deepEqual(await numbers(hello.chat(ticks(1, 2))), [2, 4])
  const divided = await t.throwsAsync(hello.divide({ dividend: 1, divisor: 0 }), { instanceOf: ConnectError })
  t.is(divided?.code, ConnectCode.InvalidArgument)
  t.is(divided?.rawMessage, 'cannot divide by zero')
  t.like(divided?.details[0], { type: 'hello.DivisionByZero' })
  let head: Headers | undefined
  const replied = await hello.headers(
    {},
    {
      headers: [
        ['x-in', 'a'],
        ['x-in', 'b'],
      ],
      onHeader: (headers: Headers) => {
        head = headers
      },
    },
  )
  t.regex(replied.message, /^a, ?b$/)
  t.is(head?.get('x-head'), 'first')
  const late = await t.throwsAsync(hello.hang({}, { timeoutMs: 50 }), { instanceOf: ConnectError })
  t.is(late?.code, ConnectCode.DeadlineExceeded)
  await server.close()
})

test("Connect's gRPC server: four kinds, errors, metadata, deadline", async t => {
  const adapter = connectNodeAdapter({
    routes: router => {
      router.service(descriptor, {
        sayHello: ({ name }: { name: string }) => ({ message: `Hello, ${name}!` }),
        divide: () => {
          throw new ConnectError('no zeros', ConnectCode.OutOfRange)
        },
        hang: () => new Promise(() => {}),
        headers: (_request: object, context: HandlerContext) => {
          context.responseHeader.set('x-head', 'first')
          context.responseTrailer.set('x-tail', 'last')
          return { message: context.requestHeader.get('x-in') ?? '' }
        },
        async *watch({ upTo }: { upTo: number }) {
          for (let n = 1; n <= upTo; n++) yield { n }
        },
        async add(requests: AsyncIterable<{ n: number }>) {
          return { value: (await numbers(requests)).reduce((sum, n) => sum + n, 0) }
        },
        async *chat(requests: AsyncIterable<{ n: number }>) {
          for await (const { n } of requests) yield { n: n * 2 }
        },
      } as never)
    },
  })
  const server = createServer(adapter)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const hello = connect(Hello, `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const name = 'x'.repeat(100_000)
  t.is((await hello.sayHello({ name, tags: [] })).message, `Hello, ${name}!`)
  t.deepEqual(await numbers(hello.watch(3)), [1, 2, 3])
  t.is(await hello.add(ticks(1, 2, 3)), 6)
  t.deepEqual(await numbers(hello.chat(ticks(1, 2))), [2, 4])
  const divided = (await t.throwsAsync(hello.divide(1, 0))) as RpcError
  t.is(divided.code, Code.out_of_range)
  t.is(divided.message, 'no zeros')
  let tail: string | undefined
  const remote = withCall(hello, {
    headers: { 'x-in': 'seen' },
    onEnd: call => {
      tail = call.replyTrailers.get('x-tail')
    },
  })
  t.is((await remote.headers({ name: '', tags: [] })).message, 'seen')
  t.is(tail, 'last')
  t.is(((await t.throwsAsync(withCall(hello, { timeout: '50ms' }).hang())) as RpcError).code, Code.deadline_exceeded)
  await disconnect(hello)
  server.close()
})
