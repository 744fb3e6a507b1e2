import test from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { ErrorCode } from '../../src/http2/error.js'
import { ReceiveFlow } from '../../src/http2/flow-control.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { type ConnectionOptions, SERVER_DEFAULTS } from '../../src/http2/options.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, setting, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const OK = prepareHeaders([[':status', '200']])
const POST = prepareHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/'],
])
const DONE = prepareHeaders([['x-done', 'yes']])
const request = block(...REQUEST)
const dataOf = (peer: RawPeer, id = 1) => peer.frames.filter(({ type, streamId }) => type === 0 && streamId === id)
const sum = (frames: { payload: Buffer }[]) => frames.reduce((all, { payload }) => all + payload.length, 0)

/** A server that keeps streams and what they receive; `consumes` as it arrives. */
function serve(options: Partial<ConnectionOptions> = {}, consumes = true) {
  const [ours, theirs] = duplexPair()
  const streams: Http2Stream[] = []
  const calls: Recorder[] = []
  new ServerConnection(
    theirs,
    {
      onRequest(stream) {
        const call = new Recorder(consumes)
        stream.handler = call
        calls.push(call)
        streams.push(stream)
      },
    },
    options,
  )
  return { peer: new RawPeer(ours), streams, calls }
}

async function open(count = 1, ...settings: Uint8Array[]) {
  const served = serve()
  served.peer.send(CLIENT_START, ...settings)
  for (let i = 0; i < count; i++) served.peer.send(frame(1, 5, 1 + 2 * i, request))
  await served.peer.alive()
  return served
}

test('sends no more than the stream window, then what WINDOW_UPDATE allows, then trailers', async t => {
  const { peer, streams, calls } = await open(1, frame(4, 0, 0, setting(4, 10)))
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  t.true(stream.write(Buffer.from('0123456789abcdef')))
  stream.end(DONE)
  t.true(await peer.alive())
  t.is(Buffer.concat(dataOf(peer).map(({ payload }) => payload)).toString(), '0123456789')
  t.is(stream.pendingBytes, 6)
  peer.send(frame(8, 0, 1, uint32(4)))
  await peer.find(({ type, payload }) => type === 0 && payload.toString() === 'abcd')
  t.false(stream.endSent)
  peer.send(frame(8, 0, 1, uint32(4)))
  t.truthy(await peer.find(({ type, flags }) => type === 1 && (flags & 1) === 1))
  t.is(sum(dataOf(peer)), 16)
  t.true(stream.closed)
  t.is(calls[0]?.error, undefined)
})

test('sends no more than the connection window, in turns of one frame', async t => {
  const { peer, streams } = await open(2, frame(4, 0, 0, setting(4, 1_000_000)))
  for (const stream of streams) {
    stream.sendHeaders(OK)
    stream.write(Buffer.alloc(100_000))
  }
  t.true(await peer.alive())
  t.is(sum(dataOf(peer, 1)) + sum(dataOf(peer, 3)), 65_535)
  peer.send(frame(8, 0, 0, uint32(40_000)))
  t.true(await peer.alive())
  t.is(sum(dataOf(peer, 1)) + sum(dataOf(peer, 3)), 105_535)
  t.true(sum(dataOf(peer, 3)) >= 16_384)
  peer.send(frame(8, 0, 0, uint32(1_000_000)))
  t.true(await peer.alive())
  t.deepEqual([sum(dataOf(peer, 1)), sum(dataOf(peer, 3))], [100_000, 100_000])
})

test('a window that shrinks below what was sent becomes negative, and data waits until it is positive', async t => {
  const { peer, streams } = await open()
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  stream.write(Buffer.alloc(1000))
  peer.send(frame(4, 0, 0, setting(4, 500)))
  t.true(await peer.alive())
  t.is(stream.sendWindow, -500)
  stream.write(Buffer.from('waits'))
  peer.send(frame(8, 0, 1, uint32(500)))
  t.true(await peer.alive())
  t.is(sum(dataOf(peer)), 1000)
  peer.send(frame(8, 0, 1, uint32(5)))
  t.true(await peer.alive())
  t.is(sum(dataOf(peer)), 1005)
})

test('larger settings widen the windows of open streams; over 2^31 - 1 ends the connection', async t => {
  const { peer, streams } = await open(1, frame(4, 0, 0, setting(4, 0)))
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  stream.write(Buffer.from('held back'))
  t.true(await peer.alive())
  t.is(dataOf(peer).length, 0)
  peer.send(frame(4, 0, 0, setting(4, 100)), frame(8, 0, 1, uint32(100)))
  t.true(await peer.alive())
  t.is(sum(dataOf(peer)), 9)
  peer.send(frame(4, 0, 0, setting(4, 2 ** 31 - 1)))
  t.is(await peer.goaway(), ErrorCode.flow_control_error)
})

test('sends frames of the size that the peer takes', async t => {
  const { peer, streams } = await open(1, frame(4, 0, 0, Buffer.concat([setting(4, 60_000), setting(5, 20_000)])))
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  stream.write(Buffer.alloc(50_000))
  t.true(await peer.alive())
  t.deepEqual(
    dataOf(peer).map(({ payload }) => payload.length),
    [20_000, 20_000, 10_000],
  )
})

test('what does not fit the window is kept', async t => {
  const { peer, streams } = await open(1, frame(4, 0, 0, setting(4, 12)))
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  for (const word of ['first-', 'second-', 'third']) {
    stream.write(Buffer.from(word))
  }
  stream.end(DONE)
  peer.send(frame(8, 0, 1, uint32(100)))
  await peer.find(({ type, flags }) => type === 1 && (flags & 1) === 1)
  t.is(Buffer.concat(dataOf(peer).map(({ payload }) => payload)).toString(), 'first-second-third')
})

test('the end travels with the last data where there are no trailers', async t => {
  const { peer, streams } = await open(2, frame(4, 0, 0, setting(4, 6)))
  for (const stream of streams) stream.sendHeaders(OK)
  streams[0]?.writeLast(Buffer.from('direct'))
  streams[1]?.writeLast(Buffer.from('must wait'))
  peer.send(frame(8, 0, 3, uint32(100)))
  t.true(await peer.alive())
  const seen = (id: number) => dataOf(peer, id).map(({ flags, payload }) => `${flags} ${payload}`)
  t.deepEqual(seen(1), ['1 direct'])
  t.deepEqual(seen(3), ['0 must w', '1 ait'])
  t.true(streams.every(stream => stream.closed))
  peer.send(frame(1, 5, 5, request), frame(1, 5, 7, request))
  t.true(await peer.alive())
  const [, , only, none] = streams as [Http2Stream, Http2Stream, Http2Stream, Http2Stream]
  only.sendOnly(OK, ['x-only', 'yes'])
  t.throws(() => none.end(), { message: /before its headers/ })
  none.sendHeaders(OK)
  none.writeLast(Buffer.from('ok'))
  t.true(await peer.alive())
  t.deepEqual(seen(5), [])
  t.truthy(peer.frames.find(({ type, flags, streamId }) => type === 1 && flags === 5 && streamId === 5))
  t.deepEqual(seen(7), ['1 ok'])
})

test('write says when to wait, and onDrain when to go on', async t => {
  const { peer, streams, calls } = await open(1, frame(4, 0, 0, setting(4, 0)))
  const [stream] = streams as [Http2Stream]
  stream.sendHeaders(OK)
  t.true(stream.write(Buffer.alloc(65_535)))
  t.false(stream.write(Buffer.alloc(1)))
  peer.send(frame(8, 0, 1, uint32(40_000)))
  t.true(await peer.alive())
  t.is(calls[0]?.drains, 1)
  t.true(stream.write(Buffer.alloc(1)))
})

test('DATA over the stream window resets the stream; over the connection window it ends the connection', async t => {
  const { peer } = serve({ streamWindow: 16_384, connectionWindow: 65_535 }, false)
  peer.send(CLIENT_START, frame(1, 4, 1, request), frame(0, 0, 1, Buffer.alloc(16_384)))
  t.true(await peer.alive())
  peer.send(frame(0, 0, 1, 'x'))
  t.is(await peer.reset(1), ErrorCode.flow_control_error)
  const credits = serve({ streamWindow: 1_000_000, connectionWindow: 65_535, maxBuffered: 20_000 }, false)
  credits.peer.send(CLIENT_START, frame(1, 4, 1, request))
  for (let i = 0; i < 4; i++) credits.peer.send(frame(0, 0, 1, Buffer.alloc(16_384)))
  t.is(await credits.peer.goaway(), ErrorCode.flow_control_error)
})

test('a stream window is given back as its consumer consumes, the connection window at once', async t => {
  const { peer, streams } = serve({ streamWindow: 16_384, connectionWindow: 65_535 }, false)
  peer.send(CLIENT_START)
  for (let i = 0; i < 3; i++) {
    peer.send(frame(1, 4, 1 + 2 * i, request), frame(0, 0, 1 + 2 * i, Buffer.alloc(16_384)))
  }
  t.true(await peer.alive())
  const updates = (id: number) => peer.frames.filter(({ type, streamId }) => type === 8 && streamId === id)
  t.is(updates(0).length, 1)
  t.is(updates(1).length, 0)
  streams[0]?.consume(8191)
  t.true(await peer.alive())
  t.is(updates(1).length, 0)
  streams[0]?.consume(1)
  streams[0]?.consume(1_000_000)
  t.true(await peer.alive())
  t.deepEqual(
    updates(1).map(({ payload }) => payload.readUInt32BE()),
    [8192, 8192],
  )
})

const growing = {
  ...SERVER_DEFAULTS,
  streamWindow: 65_535,
  connectionWindow: 65_535,
  maxStreamWindow: 262_140,
  maxConnectionWindow: 100_000,
}

test('a stream whose peer has ended, or that is over, gets no window back', async t => {
  const { peer, streams } = serve({ streamWindow: 16_384 }, false)
  peer.send(CLIENT_START, frame(1, 4, 1, request), frame(0, 1, 1, Buffer.alloc(16_384)))
  peer.send(frame(1, 4, 3, request), frame(0, 0, 3, Buffer.alloc(16_384)))
  t.true(await peer.alive())
  streams[0]?.consume(16_384)
  streams[1]?.reset()
  streams[1]?.consume(16_384)
  t.true(await peer.alive())
  t.false(peer.frames.some(({ type, streamId }) => type === 8 && streamId > 0))
})

test('little data asks for no round trip', async t => {
  const { peer } = serve()
  peer.send(CLIENT_START, frame(1, 4, 1, request), frame(0, 0, 1, Buffer.alloc(1000)), frame(0, 1, 1, 'end'))
  t.true(await peer.alive())
  t.false(peer.frames.some(({ type, flags }) => type === 6 && flags === 0))
})

test('windows double while a round trip fills two thirds of them, and stop at their maximum', t => {
  const flow = new ReceiveFlow(growing)
  const roundTrip = (bytes: number) => {
    t.true(flow.sampleBegins())
    t.false(flow.sampleBegins())
    for (let left = bytes; left > 0; left -= 10_000) {
      flow.charge(Math.min(left, 10_000))
      flow.release(Math.min(left, 10_000))
      flow.credit()
    }
    return flow.sampleEnds()
  }
  t.deepEqual(roundTrip(43_000), { connection: 0, stream: 0 })
  t.deepEqual(roundTrip(44_000), { connection: 34_465, stream: 65_535 })
  t.deepEqual(roundTrip(88_000), { connection: 0, stream: 131_070 })
  t.is(flow.streamWindow, 262_140)
  t.false(flow.sampleBegins())
})

test('a grown window is announced to the peer, and open streams have it', async t => {
  const { peer } = serve({ ...growing, maxConnectionWindow: 1_000_000 })
  peer.send(CLIENT_START, frame(1, 4, 1, request))
  for (let i = 0; i < 10; i++) peer.send(frame(0, 0, 1, Buffer.alloc(4096)))
  const ping = await peer.find(({ type, flags }) => type === 6 && flags === 0)
  for (let i = 0; i < 12; i++) peer.send(frame(0, 0, 1, Buffer.alloc(4096)))
  t.true(await peer.alive())
  peer.send(frame(6, 1, 0, ping?.payload))
  t.true(await peer.alive())
  t.deepEqual(peer.frames.filter(({ type, flags }) => type === 4 && flags === 0).at(-1)?.payload, setting(4, 131_070))
  for (let i = 0; i < 12; i++) peer.send(frame(0, 0, 1, Buffer.alloc(8192)))
  t.true(await peer.alive())
})

test('a slow reader stops a fast writer, in both directions, and all arrives', async t => {
  const [a, b] = duplexPair()
  const total = 8_000_000
  const chunk = Buffer.alloc(50_000, 'w')
  let most = 0
  class Writer extends Recorder {
    sent = 0
    constructor(private readonly stream: () => Http2Stream) {
      super(false)
    }
    pump(): void {
      const stream = this.stream()
      while (this.sent < total) {
        this.sent += chunk.length
        const more = stream.write(chunk)
        most = Math.max(most, stream.pendingBytes)
        if (!more) return
      }
      stream.end(DONE)
    }
    override onDrain(): void {
      this.pump()
    }
    /** Consumes one chunk a turn of the event loop. */
    override onData(stream: Http2Stream, data: Buffer, ended: boolean): void {
      super.onData(stream, data, ended)
      setImmediate(() => stream.consume(data.length))
    }
  }
  const server = new ServerConnection(b, {
    onRequest(stream) {
      const writer = new Writer(() => stream)
      stream.handler = writer
      stream.sendHeaders(OK)
      writer.pump()
    },
  })
  const client = new ClientConnection(a)
  const writer: Writer = new Writer(() => stream)
  const stream: Http2Stream = client.open(writer)
  stream.sendHeaders(POST)
  writer.pump()
  await writer.done
  t.is(writer.body.length, total)
  t.true(most <= 65_536 + chunk.length)
  t.is(writer.trailers?.get('x-done'), 'yes')
  t.is(server.streams.size, 0)
  await client.close()
})

test('a reader that consumes nothing holds a window at most, and a reset frees the connection', async t => {
  const { peer, streams } = await open(3, frame(4, 0, 0, setting(4, 30_000)))
  for (const stream of streams) {
    stream.sendHeaders(OK)
    stream.write(Buffer.alloc(60_000))
    stream.end()
  }
  t.true(await peer.alive())
  t.is(sum(dataOf(peer, 1)) + sum(dataOf(peer, 3)) + sum(dataOf(peer, 5)), 65_535)
  peer.send(
    frame(3, 0, 1, uint32(8)),
    frame(3, 0, 3, uint32(8)),
    frame(8, 0, 0, uint32(60_000)),
    frame(8, 0, 5, uint32(60_000)),
  )
  t.truthy(await peer.find(({ type, flags, streamId }) => type === 0 && (flags & 1) === 1 && streamId === 5))
})
