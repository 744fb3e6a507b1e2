// grpc-js calls a polywire server. `interop-client.test.ts` has the other direction.
import { once } from 'node:events'
import * as grpcJs from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { serve } from '../../../src/index.js'
import { decodeStatus } from '../../../src/protocols/grpc-status/rpc-status.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { grpcJsClient, grpcJsDefinition } from './peers.js'

const definition = grpcJsDefinition(Hello)

async function serveHello(t: ExecutionContext, options: grpcJs.ClientOptions = {}) {
  const service = new HelloService()
  const server = await serve([service], { protocols: ['grpc'], report: () => {} })
  const client = grpcJsClient(definition, server.address, options)
  t.teardown(async () => {
    client.close()
    await server.close()
  })
  return { service, server, client }
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
  const { client } = await serveHello(t)
  t.deepEqual(await client.unary('SayHello', { name: 'World' }), { message: 'Hello, World!' })
  t.deepEqual(await client.unary('Divide', { dividend: 1, divisor: 4 }), { value: 0.25 })
  t.deepEqual(await client.unary('Ping', {}), {})
})

test('grpc-js calls us: streams in every direction', async t => {
  const { client } = await serveHello(t)
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
})

test('grpc-js calls us: errors with their code, message, headers and details', async t => {
  const { client } = await serveHello(t)
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
})

test('grpc-js calls us: metadata, binary and repeated', async t => {
  const { client } = await serveHello(t)
  const metadata = new grpcJs.Metadata()
  metadata.add('x-in', 'a')
  metadata.add('x-in', 'b')
  metadata.add('x-extra-bin', Buffer.from([0, 255]))
  t.deepEqual(await client.unary('Headers', {}, { metadata }), { message: 'a,b' })
  t.deepEqual(client.headers?.get('x-head'), ['first'])
  t.deepEqual(client.headers?.get('x-bytes-bin'), [Buffer.from([1, 2, 255])])
  t.deepEqual(client.trailers?.get('x-tail'), ['last'])
})

test('grpc-js calls us: a deadline ends the handler', async t => {
  const { client, service } = await serveHello(t)
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  await client.unary('Ping', {})
  const error = await failure(client.unary('Hang', {}, { deadline: Date.now() + 50 }))
  t.is(error.code, grpcJs.status.DEADLINE_EXCEEDED)
  await stopped
})

test('grpc-js calls us: cancellation ends the handler of a stream', async t => {
  const { client, service } = await serveHello(t)
  const stopped = new Promise<void>(resolve => {
    service.onStop = resolve
  })
  const stream = client.serverStream('Watch', { upTo: 1_000_000_000 })
  stream.on('error', () => {})
  await once(stream, 'data')
  stream.cancel()
  await stopped
  t.is(service.stopped, 1)
})

for (const [name, algorithm] of [
  ['gzip', grpcJs.compressionAlgorithms.gzip],
  ['deflate', grpcJs.compressionAlgorithms.deflate],
] as const) {
  test(`grpc-js calls us: messages compressed with ${name}, both ways`, async t => {
    const { client } = await serveHello(t, { 'grpc.default_compression_algorithm': algorithm })
    const long = 'ab'.repeat(50_000)
    t.deepEqual(await client.unary('SayHello', { name: long }), { message: `Hello, ${long}!` })
    t.deepEqual(await client.unary('SayHello', { name: '' }), { message: 'Hello, !' })
    t.deepEqual(await client.clientStream('Add', [{ n: 1 }, { n: 2 }]), { value: 3 })
  })
}

test('grpc-js calls us: messages up to the limit, and one over it', async t => {
  const { client } = await serveHello(t, {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  })
  const name = 'x'.repeat(4 * 1024 * 1024 - 1 - 5)
  t.is(((await client.unary('SayHello', { name })).message as string).length, name.length + 8)
  const error = await failure(client.unary('SayHello', { name: `${name}xx` }))
  t.is(error.code, grpcJs.status.RESOURCE_EXHAUSTED)
  t.deepEqual(await client.unary('Ping', {}), {})
})

test('grpc-js calls us: an unknown method and an unknown service', async t => {
  const { client } = await serveHello(t)
  const call = (path: string) =>
    new Promise<grpcJs.ServiceError | null>(resolve => {
      const same = (bytes: Buffer) => bytes
      client.client.makeUnaryRequest(path, same, same, Buffer.alloc(0), error => resolve(error))
    })
  for (const path of ['/hello.Hello/Nothing', '/no.Such/Service']) {
    t.is((await call(path))?.code, grpcJs.status.UNIMPLEMENTED)
  }
})

test('grpc-js calls us: a server that closes lets calls end and takes no more', async t => {
  const { client, server, service } = await serveHello(t)
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
})
