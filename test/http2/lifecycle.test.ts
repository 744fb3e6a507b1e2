import { once } from 'node:events'
import * as net from 'node:net'
import test from 'ava'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { ErrorCode, type Http2Error } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { ConnectionOptions } from '../../src/http2/options.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { ManualClock } from './manual-clock.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const GET = prepareHeaders([
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
])
const OK = prepareHeaders([[':status', '200']])
const request = block(...REQUEST)
const START = frame(4, 0, 0)

function serve(options: Partial<ConnectionOptions> = {}) {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  const streams: Http2Stream[] = []
  const calls: Recorder[] = []
  const closed: (Http2Error | undefined)[] = []
  const handler = {
    onRequest(stream: Http2Stream) {
      const call = new Recorder()
      stream.handler = call
      calls.push(call)
      streams.push(stream)
    },
    onClose: (error: Http2Error | undefined) => closed.push(error),
  }
  const server = new ServerConnection(theirs, handler, { clock, ...options })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START)
  return { peer, server, clock, streams, calls, closed, socket: theirs }
}

function dial(options: Partial<ConnectionOptions> = {}) {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  const closed: (Http2Error | undefined)[] = []
  const goaways: number[] = []
  const handler = {
    onClose: (error: Http2Error | undefined) => closed.push(error),
    onGoaway: (lastId: number) => goaways.push(lastId),
  }
  const client = new ClientConnection(ours, handler, { clock, ...options })
  return { peer: new RawPeer(theirs, true), client, clock, closed, goaways, socket: ours }
}

const goawaysOf = (peer: RawPeer) =>
  peer.frames.filter(({ type }) => type === 7).map(({ payload }) => payload.readUInt32BE())

test('a server drains: a GOAWAY that refuses nothing, then one with the last id, then the end', async t => {
  const { peer, server, streams, calls, closed, clock } = serve()
  peer.send(frame(1, 5, 1, request))
  t.true(await peer.alive())
  const ended = server.close()
  const ping = await peer.find(({ type, flags, payload }) => type === 6 && flags === 0 && payload[0] === 3)
  t.deepEqual(goawaysOf(peer), [2 ** 31 - 1])
  // On its way when the GOAWAY was sent: still served.
  peer.send(frame(1, 5, 3, request), frame(6, 1, 0, ping?.payload))
  await peer.find(({ type, payload }) => type === 7 && payload.readUInt32BE() === 3)
  // Sent in spite of it: dropped, data and all.
  peer.send(frame(1, 4, 5, request), frame(0, 1, 5, 'x'))
  t.true(await peer.alive())
  t.is(calls.length, 2)
  for (const stream of streams) stream.sendOnly(OK)
  t.is(await peer.goaway(), ErrorCode.no_error)
  peer.close()
  await ended
  t.deepEqual(closed, [undefined])
  t.is(peer.frames.filter(({ type, flags }) => type === 1 && (flags & 1) === 1).length, 2)
  t.is(clock.pending, 0)
})

test('a server whose drain PING is not answered goes on after a second', async t => {
  const { peer, server, clock } = serve()
  t.true(await peer.alive())
  const ended = server.close()
  clock.advance(1000)
  t.is(await peer.goaway(), ErrorCode.no_error)
  t.deepEqual(goawaysOf(peer), [2 ** 31 - 1, 0])
  peer.close()
  await ended
})

test('a large last reply is delivered whole before the connection ends', async t => {
  const server = net.createServer(socket => {
    const connection = new ServerConnection(socket, {
      onRequest(stream) {
        stream.sendHeaders(OK)
        stream.write(Buffer.alloc(6_000_000, 'z'))
        stream.end()
        void connection.close()
      },
    })
  })
  server.listen(0)
  await once(server, 'listening')
  const client = new ClientConnection(net.connect((server.address() as net.AddressInfo).port))
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  await call.done
  t.is(call.body.length, 6_000_000)
  await client.close()
  server.close()
  await once(server, 'close')
})

test('a client closes when its requests have ended', async t => {
  const { peer, client, closed, clock } = dial()
  peer.send(START)
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  const ended = client.close()
  t.false(client.usable)
  const head = await peer.find(({ type }) => type === 1)
  t.is(head?.flags, 5)
  t.false(client.closed)
  peer.send(frame(1, 5, 1, block(':status', '200')))
  await call.done
  t.is(await peer.goaway(), ErrorCode.no_error)
  peer.close()
  await ended
  t.is(call.error, undefined)
  t.deepEqual(closed, [undefined])
  t.is(clock.pending, 0)
})

test('a client follows a graceful GOAWAY: no new requests, the open ones end, then the connection does', async t => {
  const { peer, client, goaways, closed } = dial()
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  peer.send(START, frame(7, 0, 0, uint32(2 ** 31 - 1, 0)))
  t.true(await peer.alive())
  t.false(client.usable)
  t.deepEqual(goaways, [2 ** 31 - 1])
  peer.send(frame(7, 0, 0, uint32(1, 0)), frame(1, 5, 1, block(':status', '200')))
  await call.done
  t.is(call.error, undefined)
  await peer.goaway()
  t.deepEqual(closed, [undefined])
})

test('a GOAWAY with an error that leaves no stream ends the connection with that error', async t => {
  const { peer, client, goaways, closed } = dial()
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  peer.send(START, frame(7, 0, 0, Buffer.concat([uint32(0, ErrorCode.enhance_your_calm), Buffer.from('slow down')])))
  await call.done
  t.is(call.error?.reach, 'refused')
  t.is(call.error?.code, ErrorCode.enhance_your_calm)
  t.deepEqual(goaways, [0])
  t.is(closed[0]?.code, ErrorCode.enhance_your_calm)
  t.regex(String(closed[0]), /ENHANCE_YOUR_CALM \(slow down\)/)
  t.true(client.closed)
})

test('a socket that someone paused is read all the same', async t => {
  const [ours, theirs] = duplexPair()
  theirs.pause()
  new ServerConnection(theirs, { onRequest: stream => stream.sendOnly(OK) })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START, frame(1, 5, 1, request))
  t.truthy(await peer.find(({ type }) => type === 1))
})

test('destroy tells every stream, closes the socket and leaves no timer', async t => {
  const { peer, server, calls, clock, socket } = serve()
  peer.send(frame(1, 4, 1, request), frame(1, 4, 3, request))
  t.true(await peer.alive())
  server.destroy()
  server.destroy()
  t.deepEqual(
    calls.map(({ error }) => error?.code),
    [ErrorCode.cancel, ErrorCode.cancel],
  )
  await once(socket, 'close')
  t.is(clock.pending, 0)
  await server.close()
})

test('a handler that throws ends its connection, and says why on this side only', async t => {
  const [ours, theirs] = duplexPair()
  const closed: (Http2Error | undefined)[] = []
  new ServerConnection(theirs, {
    onRequest() {
      throw new TypeError('a bug, with a secret')
    },
    onClose: error => closed.push(error),
  })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START, frame(1, 5, 1, request))
  t.is(await peer.goaway(), ErrorCode.internal_error)
  t.false(peer.frames.some(({ payload }) => payload.includes('secret')))
  t.true(closed[0]?.cause instanceof TypeError)
})

test('keepalive: a PING while calls are open and nothing comes, and an end when nothing answers', async t => {
  const { peer, client, clock } = dial({ keepaliveTime: 10_000, keepaliveTimeout: 5000 })
  const pings = () => peer.frames.filter(({ type, flags }) => type === 6 && flags === 0).length
  peer.send(START)
  t.true(await peer.alive())
  clock.advance(60_000)
  t.true(await peer.alive())
  t.is(pings(), 0)
  const call = new Recorder()
  client.open(call).sendOnly(GET)
  clock.advance(11_000)
  const ping = await peer.find(({ type, flags }) => type === 6 && flags === 0)
  clock.advance(4000)
  peer.send(frame(6, 1, 0, ping?.payload))
  t.true(await peer.alive())
  clock.advance(6000)
  t.false(client.closed)
  clock.advance(20_000)
  t.true(client.closed)
  t.regex(String(call.error), /keepalive/)
  t.is(call.error?.reach, 'unknown')
  t.is(pings(), 1)
})

/** A client that has given up a request, to which no answer has come. */
async function doubting() {
  const dialled = dial()
  const { peer, client } = dialled
  const pings = () => peer.frames.filter(({ type, flags }) => type === 6 && flags === 0).length
  peer.send(START)
  await peer.alive()
  const giveUp = async () => {
    const { frames } = client
    const stream = client.open(new Recorder())
    stream.sendOnly(GET)
    client.gaveUp(frames)
    stream.reset()
    await peer.find(({ type, streamId }) => type === 3 && streamId === stream.id)
  }
  const answer = async () => {
    peer.send(frame(6, 1, 0, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])))
    return await peer.alive()
  }
  return { ...dialled, pings, giveUp, answer }
}

test('a request that was given up without a sign of life is followed by a PING, and by the end if nothing answers', async t => {
  const { client, clock, pings, giveUp, closed } = await doubting()
  const other = new Recorder()
  client.open(other).sendOnly(GET)
  await giveUp()
  t.is(pings(), 1)
  clock.advance(9000)
  t.false(client.closed)
  clock.advance(3000)
  t.true(client.closed)
  t.regex(String(other.error), /no answer to a keepalive PING within 10000 ms/)
  t.is(closed.length, 1)
})

test('a preface that comes a second late ends no connection, however long the process has run', async t => {
  const clock = new ManualClock()
  clock.advance(60_000)
  const { peer, server } = serve({ clock })
  clock.advance(1500)
  t.true(await peer.alive())
  t.false(server.closed)
})

test('a request that was given up after a sign of life is not', async t => {
  const { client, peer, clock, pings } = await doubting()
  const { frames } = client
  const stream = client.open(new Recorder())
  stream.sendOnly(GET)
  t.true(await peer.alive())
  client.gaveUp(frames)
  stream.reset()
  clock.advance(60_000)
  t.true(await peer.alive())
  t.is(pings(), 0)
})

test('an answered PING keeps the connection, and the next ones come ever later', async t => {
  const { client, clock, pings, giveUp, answer } = await doubting()
  const pingedAt: number[] = []
  for (let second = 0; second <= 700; second++) {
    const before = pings()
    if (second % 5 === 0) await giveUp()
    if (pings() > before) {
      pingedAt.push(second)
      t.true(await answer())
    }
    clock.advance(1000)
  }
  t.false(client.closed)
  t.deepEqual(pingedAt, [0, 10, 30, 330, 630])
})

test('no server that follows gRFC A8 takes those PINGs for too many', async t => {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  const requests: Http2Stream[] = []
  const server = new ServerConnection(theirs, { onRequest: stream => requests.push(stream) }, { clock })
  const client = new ClientConnection(ours, {}, { clock })
  for (let second = 0; second < 1000; second += 5) {
    const { frames } = client
    const stream = client.open(new Recorder())
    stream.sendOnly(GET)
    client.gaveUp(frames)
    stream.reset()
    await new Promise(resolve => setImmediate(() => setImmediate(() => setImmediate(resolve))))
    if (second % 100 === 95) {
      const answered = client.open(new Recorder())
      answered.sendOnly(GET)
      while (requests.at(-1)?.id !== answered.id) await new Promise(setImmediate)
      requests.at(-1)?.sendOnly(OK)
    }
    clock.advance(5000)
  }
  t.false(client.closed)
  t.false(server.closed)
})

test('keepalive without streams, where that is wanted', async t => {
  const { peer, clock } = dial({ keepaliveTime: 10_000, keepaliveWithoutStreams: true })
  peer.send(START)
  t.true(await peer.alive())
  clock.advance(12_000)
  t.truthy(await peer.find(({ type, flags }) => type === 6 && flags === 0))
})

test('an idle server connection closes after 5 minutes, one with a call open does not', async t => {
  const idle = serve()
  t.true(await idle.peer.alive())
  idle.clock.advance(299_000)
  t.deepEqual(goawaysOf(idle.peer), [])
  idle.clock.advance(4000)
  t.is(await idle.peer.goaway(), ErrorCode.no_error)
  const busy = serve()
  busy.peer.send(frame(1, 4, 1, request))
  t.true(await busy.peer.alive())
  busy.clock.advance(600_000)
  t.true(await busy.peer.alive())
  t.deepEqual(goawaysOf(busy.peer), [])
  busy.streams[0]?.reset()
  busy.clock.advance(302_000)
  t.is(await busy.peer.goaway(), ErrorCode.no_error)
})

test('maximum age, +/- 10 %, then a grace for what is open (gRFC A9)', async t => {
  const { peer, clock, calls } = serve({ maxAge: 100_000, maxAgeGrace: 50_000 })
  peer.send(frame(1, 4, 1, request))
  t.true(await peer.alive())
  clock.advance(89_000)
  t.true(await peer.alive())
  t.deepEqual(goawaysOf(peer), [])
  clock.advance(23_000)
  t.true(await peer.alive())
  t.deepEqual(goawaysOf(peer), [2 ** 31 - 1, 1])
  t.is(calls[0]?.error, undefined)
  clock.advance(52_000)
  t.is(await peer.goaway(), ErrorCode.no_error)
  t.regex(String(calls[0]?.error), /age/)
})

test('an idle connection wakes up seldom', async t => {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  let timers = 0
  const counting = {
    now: () => clock.now(),
    after: (ms: number, run: () => void) => {
      timers++
      return clock.after(ms, run)
    },
  }
  const server = new ServerConnection(theirs, { onRequest() {} }, { clock: counting })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START)
  t.true(await peer.alive())
  clock.advance(299_000)
  t.false(server.closed)
  t.true(timers <= 2)
  server.destroy()
})
