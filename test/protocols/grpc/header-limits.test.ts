// Headers and trailers over the limit of either side.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import * as grpcJs from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
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
import { grpcJsClient, grpcJsDefinition } from './peers.js'

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
async function careless(t: ExecutionContext) {
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
  t.teardown(() => listener.close())
  await once(listener, 'listening')
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    connections: () => connections,
    release: () => held.map(stream => wants.reply?.(stream)),
  }
}

test("a reply's headers over the client's limit fail their own call, and the connection goes on", async t => {
  const server = await careless(t)
  const hello = connect(Hello, `grpc://${server.address}`)
  t.teardown(() => disconnect(hello))
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
})

test('a request with more headers than the server takes is not sent', async t => {
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1', protocols: ['grpc'], limits: { headerBytes: 4096 } })
  const hello = connect(Hello, `grpc://${server.address}`)
  t.teardown(async () => {
    await disconnect(hello)
    await server.close()
  })
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
})

test('a long error reaches grpc-js, and a client that takes little, with its code', async t => {
  const server = await serve([Failing], { host: '127.0.0.1', protocols: ['grpc'], report: () => {} })
  const client = grpcJsClient(grpcJsDefinition(Failing), server.address)
  const small = connect(Failing, `grpc://${server.address}`, { limits: { headerBytes: 1000 } })
  t.teardown(async () => {
    client.close()
    await disconnect(small)
    await server.close()
  })
  for (const length of [100, 17_000, 100_000]) {
    const theirs = (await t.throwsAsync(client.unary('Fail', { length }))) as grpcJs.ServiceError
    t.is(theirs.code, grpcJs.status.NOT_FOUND)
    t.true(theirs.details.startsWith('not here: é'), theirs.details.slice(0, 20))
    const ours = (await t.throwsAsync(small.fail(length), { instanceOf: RpcError })) as RpcError
    t.is(ours.code, Code.not_found)
    t.true(ours.message.startsWith('not here: é'))
  }
})
