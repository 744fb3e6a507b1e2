import test from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import { duplexPair } from './loopback.js'
import { Recorder } from './recorder.js'

const GET = prepareHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/a'],
  [':authority', 'test'],
])
const OK = prepareHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
])
const DONE = prepareHeaders([['grpc-status', '0']])

test('a request and its reply: headers, data, trailers', async t => {
  const [a, b] = duplexPair()
  const server = new ServerConnection(b, {
    onRequest(stream, headers) {
      t.is(headers.path, '/a')
      t.is(headers.get('x-one'), '1')
      stream.handler = new (class extends Recorder {
        override onData(...args: Parameters<Recorder['onData']>): void {
          super.onData(...args)
          if (args[2]) stream.reply(OK, this.body, DONE)
        }
      })()
    },
  })
  const client = new ClientConnection(a)
  for (let i = 0; i < 3; i++) {
    const call = new Recorder()
    const stream = client.open(call)
    stream.sendHeaders(GET, ['x-one', '1'])
    stream.write(Buffer.from('hello'))
    stream.end()
    await call.done
    t.is(call.error, undefined)
    t.is(call.headers?.status, 200)
    t.is(call.body.toString(), 'hello')
    t.deepEqual(call.trailers?.fields, ['grpc-status', '0'])
  }
  t.is(client.streams.size, 0)
  t.is(server.streams.size, 0)
  await Promise.all([client.close(), server.close()])
})
