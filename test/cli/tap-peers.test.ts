import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, credentials, type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js'
import test from 'ava'
import { begun, root } from './cli.js'

const bytes = (value: Buffer) => value
const sayHello = { path: '/hello.Hello/SayHello', requestStream: false, responseStream: false }
const definition = {
  sayHello: {
    ...sayHello,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
}

/** A message whose field 1 is a text. */
const message = (text: string) => Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)])

test('tap reads the calls of grpc-js, whose servers say OK of a success, too', async t => {
  const server = new Server()
  const handler: handleUnaryCall<Buffer, Buffer> = ({ request }, reply) =>
    request.length === 2
      ? reply({ code: status.INVALID_ARGUMENT, details: 'who is there?' })
      : reply(null, message(`Hello, ${request.subarray(2)}!`))
  server.addService(definition, { sayHello: handler })
  const bind = promisify(server.bindAsync.bind(server)) as (at: string, how: ServerCredentials) => Promise<number>
  const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure())
  t.teardown(() => server.forceShutdown())
  const contract = join(root, 'build/test/fixtures/zoo.js')
  const tap = begun(['tap', '127.0.0.1:0', `grpc://127.0.0.1:${port}`, '-v', '-c', contract])
  t.teardown(tap.interrupt)
  const [, at = ''] = /tap on (\S+)/.exec(await tap.printed(/tap on \S+ for/)) ?? []
  const client = new Client(at, credentials.createInsecure())
  t.teardown(() => client.close())
  const call = (name: string) =>
    new Promise<string>(resolve =>
      client.makeUnaryRequest(sayHello.path, bytes, bytes, message(name), (error, reply) =>
        resolve(error === null ? String(reply?.subarray(2)) : error.details),
      ),
    )
  t.is(await call('World'), 'Hello, World!')
  t.is(await call(''), 'who is there?')
  await tap.printed('! who is there?')
  tap.interrupt()
  const { out } = await tap.ended
  const lines = out.split('\n').filter(line => !line.startsWith('    '))
  t.deepEqual(
    lines.map(line => line.replace(/^[\d:.]+(?=\t)/, 'now').replace(/[\d.]+ ms/, '1 ms')),
    [
      'now\tgrpc\thello.Hello/SayHello\tok\t1 ms\t7 B > 15 B',
      '  > {"name":"World"}',
      '  < {"message":"Hello, World!"}',
      'now\tgrpc\thello.Hello/SayHello\tinvalid_argument\t1 ms\t2 B > 0 B',
      '  > {"name":""}',
      '  ! who is there?',
      '',
    ],
  )
})
