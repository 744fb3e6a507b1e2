import { once } from 'node:events'
import * as http2 from 'node:http2'
import * as net from 'node:net'
import test from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { Recorder } from './recorder.js'

const POST = prepareHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/echo'],
  [':authority', 'test'],
])
const OK = prepareHeaders([
  [':status', '200'],
  ['content-type', 'application/octet-stream'],
])
const DONE = prepareHeaders([['x-done', 'yes']])

class Echo extends Recorder {
  override onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    if (!stream.headersSent) stream.sendHeaders(OK)
    stream.write(Buffer.from(chunk))
    stream.consume(chunk.length)
    if (ended) stream.end(DONE)
  }
}

async function listen(t: { teardown(run: () => void): void }, accept: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer(accept)
  server.listen(0)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as net.AddressInfo).port
}

test('Node as client: echoes of many sizes, at once and repeatedly', async t => {
  const port = await listen(t, socket => {
    new ServerConnection(socket, {
      onRequest(stream) {
        stream.handler = new Echo()
      },
    })
  })
  const session = http2.connect(`http://localhost:${port}`)
  const sizes = [1, 100, 16_384, 16_385, 100_000, 3_000_000]
  for (let round = 0; round < 2; round++) {
    await Promise.all(
      sizes.map(async size => {
        const body = Buffer.alloc(size, 'abcdefghij')
        const stream = session.request({ ':method': 'POST', ':path': '/echo', 'x-size': String(size) })
        const trailers = once(stream, 'trailers')
        stream.end(body)
        const parts: Buffer[] = []
        for await (const part of stream) parts.push(part as Buffer)
        t.true(Buffer.concat(parts).equals(body))
        t.is((await trailers)[0]['x-done'], 'yes')
      }),
    )
  }
  session.close()
  await once(session, 'close')
})

test('Node as server: echoes of many sizes, at once and repeatedly', async t => {
  const server = http2.createServer()
  server.on('stream', (stream, headers) => {
    stream.respond({ ':status': 200, 'x-path': headers[':path'] }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-done': 'yes' }))
    stream.pipe(stream)
  })
  server.listen(0)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const client = new ClientConnection(net.connect((server.address() as net.AddressInfo).port))
  for (let round = 0; round < 2; round++) {
    await Promise.all(
      [1, 100, 16_384, 16_385, 100_000, 3_000_000].map(async size => {
        const body = Buffer.alloc(size, 'abcdefghij')
        const call = new Recorder()
        const stream = client.open(call)
        stream.sendHeaders(POST, ['x-size', String(size)])
        stream.write(body)
        stream.end()
        await call.done
        t.is(call.error, undefined)
        t.is(call.headers?.get('x-path'), '/echo')
        t.true(call.body.equals(body))
        t.is(call.trailers?.get('x-done'), 'yes')
      }),
    )
  }
  await client.close()
})
