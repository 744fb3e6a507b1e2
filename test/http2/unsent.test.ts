import test from 'ava'
import { ErrorCode } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { ConnectionOptions } from '../../src/http2/options.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { ManualClock } from './manual-clock.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, setting, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const request = block(...REQUEST)
const OK = prepareHeaders([[':status', '200']])
const kilobyte = Buffer.alloc(1024)

/** A server that answers each request with a kilobyte, at once, to a client whose windows are shut. */
function serve(options: Partial<ConnectionOptions> = {}, answer: (stream: Http2Stream) => unknown = reply) {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  const streams: Http2Stream[] = []
  const server = new ServerConnection(
    theirs,
    {
      onRequest(stream, _headers, ended) {
        stream.handler = new Recorder()
        streams.push(stream)
        if (ended) void answer(stream)
      },
    },
    { clock, minPingInterval: 0, unsentBytes: 10 * 1024, ...options },
  )
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START, frame(4, 0, 0, setting(4, 0)), frame(8, 0, 0, uint32(2 ** 30)))
  const taken = () => peer.frames.reduce((sum, { type, payload }) => (type === 0 ? sum + payload.length : sum), 0)
  return { peer, server, clock, streams, taken }
}

function reply(stream: Http2Stream): void {
  stream.sendHeaders(OK)
  stream.write(kilobyte)
  stream.end()
}

function ask(peer: RawPeer, count: number): void {
  for (let i = 0; i < count; i++) peer.send(frame(1, 5, 1 + 2 * i, request))
}

test('no further request begins while over unsentBytes wait, and each does once there is room', async t => {
  const { peer, streams, taken } = serve()
  ask(peer, 100)
  t.true(await peer.alive())
  await turns(10)
  t.is(streams.length, 11)
  // A client that reads slowly, one reply at a time, loses none.
  for (let i = 0; i < 100; i++) {
    peer.send(frame(8, 0, 1 + 2 * i, uint32(1024)))
    t.true(await peer.alive())
    await turns(4)
    t.true(streams.length <= i + 12)
  }
  t.is(streams.length, 100)
  t.is(taken(), 100 * 1024)
})

test('a client that opens all its windows at once gets everything', async t => {
  const { peer, streams, taken } = serve()
  ask(peer, 500)
  t.true(await peer.alive())
  peer.send(frame(4, 0, 0, setting(4, 65_535)))
  await peer.find(() => taken() === 500 * 1024)
  t.is(streams.length, 500)
})

test('a single reply over unsentBytes is sent whole', async t => {
  const { peer, taken } = serve({}, stream => {
    stream.sendHeaders(OK)
    stream.write(Buffer.alloc(100_000))
    stream.end()
  })
  ask(peer, 2)
  t.true(await peer.alive())
  for (const id of [1, 3]) peer.send(frame(8, 0, id, uint32(100_000)))
  t.truthy(await peer.find(() => taken() === 200_000))
})

test('replies of calls that had begun wait before they are encoded', async t => {
  const begin: (() => void)[] = []
  let encoded = 0
  const { peer, streams, taken } = serve({}, async stream => {
    await new Promise<void>(resolve => begin.push(resolve))
    if (stream.crowded) await stream.room()
    if (stream.closed) return
    encoded++
    reply(stream)
  })
  ask(peer, 100)
  while (streams.length < 100) await turns(1)
  for (const one of begin) one()
  await turns(10)
  // Those that were ready in the same moment; the promise of the first had not been heard yet.
  t.true(encoded < 20, `${encoded} were encoded`)
  // A reply whose stream is over waits no longer.
  const last = streams.at(-1) as Http2Stream
  peer.send(frame(3, 0, last.id, uint32(8)))
  t.true(await peer.alive())
  t.true(last.closed)
  peer.send(frame(4, 0, 0, setting(4, 65_535)))
  await peer.find(() => taken() === 99 * 1024)
  t.is(encoded, 99)
})

test('a request that waits keeps its body, and is forgotten when it is reset', async t => {
  const { peer, streams } = serve()
  ask(peer, 11)
  peer.send(frame(1, 4, 101, request), frame(0, 0, 101, 'one '), frame(0, 1, 101, 'two'))
  peer.send(frame(1, 4, 103, request), frame(0, 0, 103, 'gone'), frame(3, 0, 103, uint32(8)))
  peer.send(frame(1, 4, 105, request), frame(0, 0, 105, 'with '), frame(1, 5, 105, block('x-trailer', 'yes')))
  peer.send(frame(1, 4, 107, request), frame(0, 0, 107, 'half'))
  t.true(await peer.alive())
  t.is(streams.length, 11)
  peer.send(frame(8, 0, 1, uint32(1024)))
  t.true(await peer.alive())
  await turns(4)
  peer.send(frame(0, 1, 107, ' and half'))
  t.true(await peer.alive())
  const [first, second, third] = streams.slice(11).map(({ handler }) => handler as Recorder)
  t.is(streams.length, 14)
  t.deepEqual([first?.body.toString(), first?.ended], ['one two', true])
  t.deepEqual([second?.body.toString(), second?.trailers?.get('x-trailer')], ['with ', 'yes'])
  t.deepEqual([third?.body.toString(), third?.ended], ['half and half', true])
})

test('requests that wait are told when the connection ends', async t => {
  const { peer, server, streams } = serve()
  ask(peer, 100)
  t.true(await peer.alive())
  server.destroy()
  await turns(5)
  t.is(streams.length, 11)
})

test('a connection whose client takes none of over unsentBytes ends after stallTimeout', async t => {
  const { peer, server, clock, streams } = serve({ stallTimeout: 5000 })
  ask(peer, 100)
  t.true(await peer.alive())
  clock.advance(5000)
  t.true(await peer.alive())
  t.false(server.closed)
  clock.advance(2000)
  t.is(await peer.goaway(), ErrorCode.enhance_your_calm)
  const [stream] = streams as [Http2Stream]
  t.is((stream.handler as Recorder).error?.code, ErrorCode.enhance_your_calm)
})

test('while a client takes some of them, only the replies that it leaves end', async t => {
  const { peer, server, clock, streams } = serve({ stallTimeout: 5000 })
  ask(peer, 30)
  t.true(await peer.alive())
  for (let i = 0; i < 8; i++) {
    peer.send(frame(8, 0, 1, uint32(1)))
    t.true(await peer.alive())
    clock.advance(1000)
  }
  t.false(server.closed)
  t.deepEqual(
    streams.slice(0, 3).map(({ closed }) => closed),
    [false, true, true],
  )
})

function turns(count: number): Promise<void> {
  return new Promise(resolve => {
    const next = () => (count-- > 0 ? setImmediate(next) : resolve())
    next()
  })
}
