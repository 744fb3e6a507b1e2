import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import test from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { Recorder } from './recorder.js'

const request = prepareHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'localhost'],
])
const ok = prepareHeaders([[':status', '200']])
const size = 700_000

async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown]
  server.close()
  return [client, accepted]
}

/** A server that answers each request with its body. */
function echo(socket: Duplex): ServerConnection {
  return new ServerConnection(socket, {
    onRequest(stream: Http2Stream) {
      const recorder = new Recorder()
      stream.handler = recorder
      void recorder.done.then(() => {
        if (stream.closed) return
        stream.sendHeaders(ok)
        stream.writeLast(recorder.body)
      })
    },
  })
}

function send(client: ClientConnection, bytes: Uint8Array, release: (bytes: Uint8Array) => void) {
  const recorder = new Recorder()
  const stream = client.open(recorder)
  stream.sendHeaders(request)
  stream.writeLast(bytes, release)
  return { recorder, stream }
}

test('bytes are released once the socket has taken them, and what is written over them then reaches nobody', async t => {
  const [ours, theirs] = await socketPair()
  const server = echo(theirs)
  const client = new ClientConnection(ours)
  const released: Uint8Array[] = []
  const all = Array.from({ length: 8 }, (_, at) => Buffer.alloc(size, at + 1))
  const calls = all.map(bytes =>
    send(client, bytes, taken => {
      taken.fill(0xee)
      released.push(taken)
    }),
  )
  await Promise.all(calls.map(({ recorder }) => recorder.done))
  for (const [at, { recorder }] of calls.entries()) t.true(recorder.body.equals(Buffer.alloc(size, at + 1)))
  t.is(released.length, all.length)
  t.true(all.every(bytes => released.includes(bytes)))
  client.destroy()
  server.destroy()
})

test('bytes are kept while the peer takes none', async t => {
  const [ours, theirs] = await socketPair()
  // Flow control lets it all go, so only the socket is full.
  const server = new ServerConnection(theirs, { onRequest() {} }, { streamWindow: 2 ** 24, connectionWindow: 2 ** 24 })
  const client = new ClientConnection(ours)
  const first = send(client, Buffer.from('settings arrive'), () => {})
  await new Promise<void>(resolve => {
    const settings = client.settingsArrive.bind(client)
    client.settingsArrive = frame => {
      settings(frame)
      resolve()
    }
  })
  theirs.pause()
  const released: Uint8Array[] = []
  const bytes = Buffer.alloc(2 ** 24 - 100, 1)
  const { stream } = send(client, bytes, taken => void released.push(taken))
  await new Promise(setImmediate)
  t.true(stream.pendingBytes > 0)
  t.is(released.length, 0)
  stream.reset()
  client.destroy()
  server.destroy()
  await once(ours, 'close')
  t.is(released.length, 0)
  t.truthy(first)
})

test('bytes of a stream that was reset half-way are not released', async t => {
  const [ours, theirs] = await socketPair()
  const server = echo(theirs)
  const client = new ClientConnection(ours)
  const released: Uint8Array[] = []
  const { stream } = send(client, Buffer.alloc(size, 1), taken => void released.push(taken))
  t.true(stream.pendingBytes > 0)
  stream.reset()
  const after = send(client, Buffer.alloc(size, 2), taken => void released.push(taken))
  await after.recorder.done
  t.true(after.recorder.body.equals(Buffer.alloc(size, 2)))
  t.deepEqual(
    released.map(bytes => bytes[0]),
    [2],
  )
  client.destroy()
  server.destroy()
})

test('bytes that go to an in-memory pair are never released, because its other end reads them in place', async t => {
  const [ours, theirs] = duplexPair()
  const server = echo(theirs)
  const client = new ClientConnection(ours)
  let released = 0
  const { recorder } = send(client, Buffer.alloc(size, 1), () => void released++)
  await recorder.done
  t.true(recorder.body.equals(Buffer.alloc(size, 1)))
  t.is(released, 0)
  client.destroy()
  server.destroy()
})

test('bytes that go to a socket whose write is replaced are never released', async t => {
  const [ours, theirs] = await socketPair()
  const seen: unknown[] = []
  const write = ours.write.bind(ours) as Socket['write']
  ours.write = ((chunk: Uint8Array, ...rest: []) => {
    seen.push(chunk)
    return write(chunk, ...rest)
  }) as Socket['write']
  const server = echo(theirs)
  const client = new ClientConnection(ours)
  let released = 0
  const { recorder } = send(client, Buffer.alloc(size, 1), () => void released++)
  await recorder.done
  t.true(seen.length > 0)
  t.is(released, 0)
  client.destroy()
  server.destroy()
})
