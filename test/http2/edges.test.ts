import { once } from 'node:events'
import * as net from 'node:net'
import { Duplex } from 'node:stream'
import test from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { ErrorCode, type Http2Error } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { HpackDecoder } from '../../src/http2/hpack-decoder.js'
import { HpackEncoder } from '../../src/http2/hpack-encoder.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, setting, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const GET = prepareHeaders([
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
])
const OK = prepareHeaders([[':status', '200']])
const request = block(...REQUEST)

function serve(onRequest: (stream: Http2Stream) => void) {
  const [ours, theirs] = duplexPair()
  const closed: (Http2Error | undefined)[] = []
  const server = new ServerConnection(theirs, { onRequest, onClose: error => closed.push(error) })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START)
  return { peer, server, closed, raw: ours, socket: theirs }
}

test('a connection that is refused never sent its requests', async t => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  const client = new ClientConnection(net.connect(port, '127.0.0.1'))
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  await new Promise(resolve => setImmediate(resolve))
  await call.done
  t.is(call.error?.reach, 'unsent')
  t.regex(String(call.error), /ECONNREFUSED/)
})

test('requests made before the socket is connected are sent when it is', async t => {
  const server = net.createServer(socket => {
    new ServerConnection(socket, { onRequest: stream => stream.sendOnly(OK) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new ClientConnection(net.connect((server.address() as net.AddressInfo).port, '127.0.0.1'))
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  await call.done
  t.is(call.headers?.status, 200)
  await client.close()
  server.close()
})

test('a socket that breaks, or was closed before, is the end with its reason', async t => {
  const { closed, socket, peer } = serve(() => {})
  t.true(await peer.alive())
  socket.destroy(new Error('cable cut'))
  await new Promise(resolve => socket.once('close', resolve))
  t.regex(String(closed[0]), /cable cut/)
  const dead = new Duplex({ read() {} })
  dead.destroy()
  await once(dead, 'close')
  const told = new Promise<Http2Error | undefined>(resolve => {
    new ClientConnection(dead, { onClose: resolve })
  })
  t.regex(String(await told), /before it was used/)
})

test('a client that reads no replies gets no more requests read', async t => {
  const large = prepareHeaders([
    [':status', '200'],
    ['authorization', 'x'.repeat(8000)],
  ])
  let served = 0
  const { raw, server } = serve(stream => {
    served++
    stream.sendOnly(large)
  })
  raw.pause()
  let sent = 0
  const feed = () => {
    while (sent < 20_000 && raw.writableLength < 100_000) {
      raw.write(Buffer.concat([frame(1, 5, 1 + 2 * sent++, request), frame(1, 5, 1 + 2 * sent++, request)]))
    }
  }
  for (let quiet = 0, last = 0; quiet < 20; quiet = served === last ? quiet + 1 : 0) {
    last = served
    feed()
    await new Promise(resolve => setImmediate(resolve))
  }
  t.true(served > 100)
  t.true(served < 2000)
  raw.resume()
  while (served < 5000) {
    feed()
    await new Promise(resolve => setImmediate(resolve))
  }
  t.false(server.closed)
  server.destroy()
  raw.destroy()
})

test('thousands of small writes in one turn leave in order', async t => {
  const { peer } = serve(stream => {
    stream.sendHeaders(OK)
    for (let i = 0; i < 20_000; i++) stream.write(Buffer.from(`${i} and a few words;`))
    stream.end()
  })
  peer.send(frame(4, 0, 0, setting(4, 2 ** 30)), frame(8, 0, 0, uint32(2 ** 30)), frame(1, 5, 1, request))
  await peer.find(({ type, flags }) => type === 0 && (flags & 1) === 1)
  const all = Buffer.concat(peer.frames.filter(({ type }) => type === 0).map(({ payload }) => payload)).toString()
  t.is(all, Array.from({ length: 20_000 }, (_, i) => `${i} and a few words;`).join(''))
})

test('misuse is an error that says what to do, or nothing after a reset', async t => {
  const streams: Http2Stream[] = []
  const { peer } = serve(stream => streams.push(stream))
  peer.send(frame(1, 4, 1, request), frame(1, 4, 3, request), frame(0, 0, 3, 'dropped'))
  t.true(await peer.alive())
  const [stream, other] = streams as [Http2Stream, Http2Stream]
  t.throws(() => stream.write(Buffer.from('x')), { message: /headers must be sent before data/ })
  stream.sendHeaders(OK)
  t.throws(() => stream.sendOnly(OK), { message: /once/ })
  stream.writeLast(Buffer.alloc(0))
  t.true(stream.endSent)
  stream.end()
  other.reset(ErrorCode.refused_stream)
  other.sendHeaders(OK)
  other.sendOnly(OK)
  other.write(Buffer.from('x'))
  other.writeLast(Buffer.from('x'))
  other.end()
  other.reset()
  other.consume(5)
  t.is(await peer.reset(3), ErrorCode.refused_stream)
  t.true(await peer.alive())
  t.is(peer.frames.filter(({ type, streamId }) => type !== 8 && streamId === 3).length, 1)
  t.throws(() => new ServerConnection(duplexPair()[0], { onRequest() {} }, { streamWindow: 5 }), {
    instanceOf: RangeError,
    message: /streamWindow/,
  })
})

test('a handler whose onDrain throws ends its connection', async t => {
  class Thrower extends Recorder {
    override onDrain(): void {
      throw new Error('in onDrain')
    }
  }
  const { peer, closed } = serve(stream => {
    stream.handler = new Thrower()
    stream.sendHeaders(OK)
    stream.write(Buffer.alloc(100_000))
  })
  peer.send(frame(4, 0, 0, setting(4, 0)), frame(1, 5, 1, request))
  t.true(await peer.alive())
  peer.send(frame(8, 0, 0, uint32(100_000)), frame(8, 0, 1, uint32(90_000)))
  t.is(await peer.goaway(), ErrorCode.internal_error)
  t.regex(String(closed[0]?.cause), /in onDrain/)
})

test('an acknowledgement of a PING that was never sent widens nothing', async t => {
  const { peer } = serve(() => {})
  for (const kind of [0, 1, 2, 3]) peer.send(frame(6, 1, 0, Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0])))
  t.true(await peer.alive())
  t.is(peer.frames.filter(({ type, flags }) => (type === 4 && flags === 0) || type === 7).length, 1)
})

test('the decoder keeps its table in order through thousands of evictions', t => {
  const decoder = new HpackDecoder(16_384)
  for (let i = 0; i < 5000; i++) {
    const bytes = block('name', `value ${i}`)
    bytes[0] = 0x40
    decoder.decode(bytes, 0, bytes.length)
    const latest = decoder.decode(Buffer.from([0xbe, 0xbf + (i > 0 ? 0 : -1)]), 0, 2)
    t.deepEqual(latest.fields, ['name', `value ${i}`, 'name', `value ${Math.max(0, i - 1)}`])
  }
})

test('lengths at the bounds of HPACK integers go there and back', t => {
  const decoder = new HpackDecoder(1 << 20)
  const encoder = new HpackEncoder()
  const empty = prepareHeaders([])
  for (const length of [0, 1, 126, 127, 128, 254, 255, 256, 16_510, 16_511, 16_512]) {
    const value = '\u00ff'.repeat(length)
    const prepared = prepareHeaders([['cookie', value]])
    const plain = Buffer.alloc(empty.maxLength + encoder.extraLength(['a', value]))
    const plainEnd = encoder.encodeExtra(plain, encoder.encode(plain, 0, empty), ['a', value])
    t.is(decoder.decode(plain, 0, plainEnd).get('a'), value)
    const target = Buffer.alloc(prepared.maxLength)
    t.is(decoder.decode(target, 0, encoder.encode(target, 0, prepared)).get('cookie'), value)
  }
})

test('an encoder with more blocks and names than it remembers still agrees with its decoder', t => {
  const encoder = new HpackEncoder()
  const decoder = new HpackDecoder(16_384)
  const blocks = Array.from({ length: 600 }, (_, i) => prepareHeaders([[`name-${i}`, `value ${i}`]]))
  for (let round = 0; round < 2; round++) {
    blocks.forEach((prepared, i) => {
      const extra = [`extra-${i}`, `${round}`]
      const target = Buffer.alloc(prepared.maxLength + encoder.extraLength(extra))
      const end = encoder.encodeExtra(target, encoder.encode(target, 0, prepared), extra)
      t.deepEqual(decoder.decode(target, 0, end).fields, [`name-${i}`, `value ${i}`, ...extra])
    })
  }
})

test('frames for streams reset long ago are answered, those reset just now are not', async t => {
  const [ours, theirs] = duplexPair()
  new ServerConnection(theirs, { onRequest: stream => stream.reset() })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START)
  for (let i = 0; i < 1100; i++) peer.send(frame(1, 4, 1 + 2 * i, request))
  peer.send(frame(0, 0, 2199, 'just now'), frame(0, 0, 1, 'long ago'))
  t.true(await peer.alive())
  const resets = (id: number) =>
    peer.frames
      .filter(({ type, streamId }) => type === 3 && streamId === id)
      .map(({ payload }) => payload.readUInt32BE())
  t.deepEqual(resets(2199), [ErrorCode.cancel])
  t.deepEqual(resets(1), [ErrorCode.cancel, ErrorCode.stream_closed])
})
