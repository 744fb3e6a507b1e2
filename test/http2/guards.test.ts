import test from 'ava'
import { ErrorCode } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { ConnectionOptions } from '../../src/http2/options.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { ManualClock } from './manual-clock.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, setting, text, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const request = block(...REQUEST)
const { enhance_your_calm: calm, cancel } = ErrorCode
const OK = prepareHeaders([[':status', '200']])

function serve(options: Partial<ConnectionOptions> = {}) {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  const streams: Http2Stream[] = []
  const calls: Recorder[] = []
  const server = new ServerConnection(
    theirs,
    {
      onRequest(stream) {
        const call = new Recorder()
        stream.handler = call
        calls.push(call)
        streams.push(stream)
      },
    },
    { clock, ...options },
  )
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START)
  return { peer, server, clock, streams, calls, raw: ours }
}

test('CONTINUATION flood', async t => {
  const { peer } = serve()
  peer.send(frame(1, 1, 1, request))
  for (let i = 0; i < 8; i++) peer.send(frame(9, i === 7 ? 4 : 0, 1))
  t.true(await peer.alive())
  peer.send(frame(1, 1, 3, request))
  for (let i = 0; i < 9; i++) peer.send(frame(9, 0, 3))
  t.is(await peer.goaway(), calm)
})

test('a header block that is far too long', async t => {
  const { peer } = serve()
  peer.send(frame(1, 1, 1, request))
  for (let i = 0; i < 64; i++) peer.send(frame(9, 0, 1, Buffer.alloc(16_384)))
  t.is(await peer.goaway(), calm)
})

test('a header block over the limit is answered with 431, and the connection goes on with tables that agree', async t => {
  const { peer, calls } = serve()
  const value = 'x'.repeat(100)
  // Its last field enters the dynamic table; the next request refers to it.
  const large = Buffer.concat([
    request,
    block('a', 'y'.repeat(900_000)),
    Buffer.from([0x40]),
    text('kept'),
    text(value),
  ])
  peer.send(frame(1, 1, 1, large.subarray(0, 16_384)))
  for (let at = 16_384; at < large.length; at += 16_384) {
    peer.send(frame(9, at + 16_384 < large.length ? 0 : 4, 1, large.subarray(at, at + 16_384)))
  }
  t.true(await peer.alive())
  t.is(calls.length, 0)
  peer.send(frame(1, 5, 3, Buffer.concat([request, Buffer.from([0x80 | 62])])))
  t.true(await peer.alive())
  t.is(calls.length, 1)
  t.is(peer.frames.filter(({ type, streamId }) => type === 1 && streamId === 1).length, 1)
})

test('a long header block in small frames is a CONTINUATION flood', async t => {
  const { peer } = serve()
  peer.send(frame(1, 1, 1, request))
  for (let i = 0; i < 9; i++) peer.send(frame(9, 0, 1, Buffer.alloc(1000)))
  t.is(await peer.goaway(), calm)
})

test('PING and SETTINGS floods', async t => {
  for (const bytes of [frame(6, 0, 0, '12345678'), frame(4, 0, 0, setting(4, 70_000))]) {
    const { peer } = serve({ minPingInterval: 0 })
    peer.send(...new Array(90).fill(bytes))
    t.true(await peer.alive())
    peer.send(...new Array(101).fill(bytes))
    t.is(await peer.goaway(), calm)
  }
})

test('empty frames', async t => {
  for (const empty of [frame(0, 0, 1), frame(0, 8, 1, '\x00')]) {
    const { peer } = serve()
    peer.send(frame(1, 4, 1, request), ...new Array(100).fill(empty))
    t.true(await peer.alive())
    peer.send(empty)
    t.is(await peer.goaway(), calm)
  }
})

test('PINGs more often than allowed: too_many_pings after two strikes (gRFC A8)', async t => {
  const { peer, clock, streams } = serve()
  const ping = frame(6, 0, 0, '12345678')
  peer.send(frame(1, 5, 1, request))
  await turn()
  const acks = () => peer.frames.filter(({ type, flags }) => type === 6 && flags === 1).length
  const pingOnce = async () => {
    const before = acks()
    peer.send(ping)
    await peer.find(() => acks() > before)
  }
  for (let i = 0; i < 3; i++) {
    clock.advance(299_000)
    await pingOnce()
  }
  t.is(streams.length, 1)
  // What the server sends forgives.
  streams[0]?.sendHeaders(OK)
  for (let i = 0; i < 4; i++) await pingOnce()
  peer.send(ping)
  t.is(await peer.goaway(), calm)
  const last = peer.frames.at(-1)
  t.is(last?.payload.subarray(8).toString(), 'too_many_pings')
})

test('a frame that trickles in', async t => {
  const { peer, clock } = serve()
  t.true(await peer.alive())
  peer.send(frame(1, 5, 1, request).subarray(0, 12))
  await turn()
  clock.advance(29_000)
  t.false(peer.ended)
  clock.advance(3000)
  t.is(await peer.goaway(), calm)
})

test('a preface that trickles in', async t => {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  new ServerConnection(theirs, { onRequest() {} }, { clock })
  const peer = new RawPeer(ours)
  peer.send(Buffer.from('PRI'))
  await turn()
  clock.advance(32_000)
  t.is(await peer.goaway(), calm)
})

test('frames that complete in time are left alone, however long they go on', async t => {
  const { peer, clock, calls } = serve()
  peer.send(frame(1, 4, 1, request))
  const data = frame(0, 0, 1, 'ten bytes!')
  let held = Buffer.alloc(0)
  for (let i = 0; i < 20; i++) {
    held = Buffer.concat([held, data])
    peer.send(held.subarray(0, held.length - 3))
    held = held.subarray(held.length - 3)
    await turn()
    clock.advance(20_000)
  }
  peer.send(held)
  t.true(await peer.alive())
  t.is(calls[0]?.body.length, 200)
})

test('a body that does not end when it is due', async t => {
  const { peer, clock, calls, streams } = serve()
  peer.send(frame(1, 4, 1, request), frame(0, 0, 1, 'part'))
  t.true(await peer.alive())
  const [stream] = streams as [Http2Stream]
  stream.endDue = clock.now() + 30_000
  clock.advance(29_000)
  t.false(stream.closed)
  clock.advance(2000)
  t.is(await peer.reset(1), cancel)
  t.regex(String(calls[0]?.error), /too long/)
  t.true(await peer.alive())
})

test('replies that the peer never takes, complete or not', async t => {
  const { peer, clock, calls, streams } = serve()
  peer.send(frame(4, 0, 0, setting(4, 1)), frame(1, 5, 1, request), frame(1, 5, 3, request))
  t.true(await peer.alive())
  const [done, streaming] = streams as [Http2Stream, Http2Stream]
  for (const stream of [done, streaming]) {
    stream.sendHeaders(OK)
    stream.write(Buffer.from('two'))
  }
  done.end()
  clock.advance(40_000)
  peer.send(frame(8, 0, 1, uint32(1)))
  t.true(await peer.alive())
  clock.advance(59_000)
  t.false(done.closed)
  clock.advance(5000)
  t.is(await peer.reset(1), cancel)
  for (const { error } of calls) t.regex(String(error), /the peer took nothing of a reply for 60000 ms/)
  t.true(streaming.closed)
  t.true(await peer.alive())
})

test('a peer that reads nothing: the server stops reading, and after a while gives up', async t => {
  const { server, clock, streams, raw, calls } = serve()
  raw.pause()
  raw.write(frame(4, 0, 0, setting(4, 2 ** 31 - 1)))
  raw.write(frame(8, 0, 0, uint32(2 ** 31 - 1 - 65_535)))
  raw.write(frame(1, 5, 1, request))
  while (streams.length === 0) await turn()
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  let writes = 0
  while (stream.write(Buffer.alloc(100_000)) && writes < 1000) writes++
  t.true(writes < 20)
  clock.advance(59_000)
  t.false(server.closed)
  clock.advance(5000)
  t.true(server.closed)
  t.is(calls[0]?.error?.code, calm)
  clock.advance(2000)
})

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(() => setImmediate(() => setImmediate(resolve))))
}
