import test from 'ava'
import { ErrorCode } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { type ConnectionOptions, SERVER_DEFAULTS } from '../../src/http2/options.js'
import { ResetBucket } from '../../src/http2/reset-bucket.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { ManualClock } from './manual-clock.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const request = block(...REQUEST)
const { enhance_your_calm: calm, no_error, refused_stream } = ErrorCode
const OK = prepareHeaders([[':status', '200']])

interface Conduct extends Partial<ConnectionOptions> {
  /** When handlers settle: at once, or when the test says so. */
  readonly holds?: boolean
}

function serve({ holds = false, ...options }: Conduct = {}) {
  const [ours, theirs] = duplexPair()
  const clock = new ManualClock()
  const streams: Http2Stream[] = []
  const server = new ServerConnection(
    theirs,
    {
      onRequest(stream) {
        stream.handler = new Recorder()
        streams.push(stream)
        if (holds) stream.hold()
      },
    },
    { clock, minPingInterval: 0, ...options },
  )
  const peer = new RawPeer(ours)
  // The acknowledgement of the server's settings: from here on the client knows its limits.
  peer.send(CLIENT_START, frame(4, 1, 0))
  let next = 1
  const open = () => {
    const id = next
    next += 2
    return { id, bytes: frame(1, 5, id, request) }
  }
  const reset = (count: number) => {
    for (let i = 0; i < count; i++) {
      const { id, bytes } = open()
      peer.send(bytes, frame(3, 0, id, uint32(8)))
    }
  }
  const answer = (stream: Http2Stream) => {
    stream.sendHeaders(OK)
    stream.end()
  }
  const goaways = () => peer.frames.filter(({ type }) => type === 7).map(({ payload }) => goawayOf(payload))
  return { peer, server, clock, streams, open, reset, answer, goaways }
}

function goawayOf(payload: Buffer) {
  return { last: payload.readUInt32BE(0), code: payload.readUInt32BE(4), why: payload.toString('latin1', 8) }
}

test('over the burst the client is asked to go, and what is in flight finishes', async t => {
  const { peer, server, clock, streams, open, reset, answer, goaways } = serve()
  const good = open()
  peer.send(good.bytes)
  reset(1000)
  t.true(await peer.alive())
  t.deepEqual(goaways(), [])
  reset(1)
  t.true(await peer.alive())
  const late = open()
  peer.send(late.bytes)
  t.true(await peer.alive())
  const [{ last, code, why }] = goaways() as [ReturnType<typeof goawayOf>]
  t.is(last, late.id - 2)
  t.true(
    streams.every(({ id }) => id <= last),
    'no further request is taken',
  )
  t.is(code, no_error, "any other code makes Node's client drop its calls")
  t.regex(why, /too many streams were reset \(resetBurst 1000, resetsPerSecond 33\)/)
  answer(streams[0] as Http2Stream)
  t.truthy(await peer.find(({ type, streamId, flags }) => type === 0 && streamId === good.id && flags === 1))
  t.false(server.closed)
  clock.advance(1000)
  t.is(await peer.goaway(), calm)
})

test('a client that goes on after that is ended at once', async t => {
  const { peer, open, reset } = serve({ resetBurst: 100 })
  peer.send(open().bytes)
  reset(300)
  t.is(await peer.goaway(), calm)
})

test('what is in flight has a bounded time to finish', async t => {
  const { peer, server, clock, open, reset } = serve({ resetBurst: 10 })
  peer.send(open().bytes)
  reset(11)
  t.true(await peer.alive())
  clock.advance(SERVER_DEFAULTS.maxAgeGrace - 1)
  t.false(server.closed)
  clock.advance(1)
  t.is(await peer.goaway(), calm)
})

test('a connection that is already being closed is ended in the same way', async t => {
  const { peer, server, clock, open, reset } = serve({ resetBurst: 10 })
  peer.send(open().bytes)
  await peer.alive()
  void server.close()
  reset(11)
  t.true(await peer.alive())
  clock.advance(SERVER_DEFAULTS.maxAgeGrace)
  t.is(await peer.goaway(), calm)
})

test('330 cancellations a second for a minute, and 200 at once, harm no other call', async t => {
  const { peer, clock, streams, open, reset, answer, goaways } = serve()
  const good = open()
  peer.send(good.bytes)
  for (let second = 0; second < 60; second++) {
    reset(330)
    if (!(await peer.alive())) break
    clock.advance(1000)
  }
  reset(200)
  t.true(await peer.alive())
  t.deepEqual(goaways(), [])
  answer(streams[0] as Http2Stream)
  t.truthy(await peer.find(({ type, streamId }) => type === 0 && streamId === good.id))
})

test('the bucket: 330 cancelled calls a second for an hour, each settled after 50 ms', t => {
  const clock = new ManualClock()
  const bucket = new ResetBucket({ ...SERVER_DEFAULTS, clock })
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3600 * 20; i++) {
    for (let n = 0; n < 16.5; n++) least = Math.min(least, bucket.take())
    clock.advance(50)
    for (let n = 0; n < 16.5; n++) bucket.giveBack()
  }
  t.true(least > 600, `at least ${least} tokens were left`)
})

test('the bucket: resets whose handlers do not settle come back at resetsPerSecond', t => {
  const clock = new ManualClock()
  const bucket = new ResetBucket({ resetBurst: 10, resetsPerSecond: 2, clock })
  for (let left = 9; left >= 0; left--) t.is(bucket.take(), left)
  t.is(bucket.take(), -1)
  clock.advance(5000)
  t.is(bucket.take(), 8)
})

test('the bucket: a call that runs to its end pays for one that does not', t => {
  const clock = new ManualClock()
  const bucket = new ResetBucket({ resetBurst: 10, resetsPerSecond: 1, clock })
  for (let i = 0; i < 10_000; i++) {
    bucket.completed++
    t.true(bucket.take() >= 8)
  }
})

test('calls that are answered pay for calls that are cancelled', async t => {
  const { peer, streams, open, reset, answer, goaways } = serve({ resetBurst: 10 })
  for (let i = 0; i < 50; i++) {
    reset(1)
    peer.send(open().bytes)
    t.true(await peer.alive())
    answer(streams.at(-1) as Http2Stream)
  }
  t.deepEqual(goaways(), [])
})

test('a cancelled call counts among the concurrent ones until it is released', async t => {
  const { peer, streams, open, reset } = serve({ holds: true, maxConcurrentStreams: 5 })
  reset(5)
  const refused = open()
  peer.send(refused.bytes)
  t.is(await peer.reset(refused.id), refused_stream)
  t.is(streams.length, 5)
  streams[0]?.release()
  streams[0]?.release()
  peer.send(open().bytes)
  const second = open()
  peer.send(second.bytes)
  t.is(await peer.reset(second.id), refused_stream)
  t.is(streams.length, 6)
})

test('a client that goes on far beyond the concurrent streams is ended', async t => {
  const { peer, streams, reset, open } = serve({ holds: true, maxConcurrentStreams: 5, resetBurst: 20 })
  reset(5)
  for (let i = 0; i < 100; i++) peer.send(open().bytes)
  t.is(await peer.goaway(), calm)
  t.is(streams.length, 5)
})

/** What a client sends to have the server reset a stream whose work has begun (MadeYouReset, CVE-2025-8671). */
const provocations: Readonly<Record<string, (id: number) => Buffer>> = {
  'WINDOW_UPDATE of 0': id => frame(8, 0, id, uint32(0)),
  'a window over 2^31 - 1': id => frame(8, 0, id, uint32(2 ** 31 - 1)),
  'HEADERS behind the end': id => frame(1, 5, id, request),
  'DATA behind the end': id => frame(0, 1, id, 'x'),
  'PRIORITY of 4 bytes': id => frame(2, 0, id, uint32(0)),
}

for (const [what, provoke] of Object.entries(provocations)) {
  test(`resets that the peer provokes count as its own: ${what}`, async t => {
    const { peer, clock, streams, open, answer, goaways } = serve({ resetBurst: 10 })
    const good = open()
    peer.send(good.bytes)
    for (let i = 0; i < 11; i++) {
      // Their tokens do not come back with the second.
      clock.advance(10)
      const { id, bytes } = open()
      peer.send(bytes, provoke(id))
    }
    t.true(await peer.alive())
    t.is(goaways().length, 1)
    answer(streams[0] as Http2Stream)
    t.truthy(await peer.find(({ type, streamId, flags }) => type === 0 && streamId === good.id && flags === 1))
    clock.advance(1000)
    t.is(await peer.goaway(), calm)
  })
}

test('a client that cancels with NO_ERROR has cancelled: the handler is told', async t => {
  const { peer, streams, open } = serve()
  const { id, bytes } = open()
  peer.send(bytes, frame(3, 0, id, uint32(no_error)))
  t.true(await peer.alive())
  const [stream] = streams as [Http2Stream]
  t.is((stream.handler as Recorder).error?.code, no_error)
})
