import test from 'ava'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST } from './raw-peer.js'
import { Recorder } from './recorder.js'

const OK = prepareHeaders([[':status', '200']])
const data = 0
const headers = 1
const endStream = 1

/** A server with as many requests as asked for, and what it sends. */
async function serve(requests: number) {
  const [ours, theirs] = duplexPair()
  const streams: Http2Stream[] = []
  const server = new ServerConnection(theirs, {
    onRequest(stream) {
      stream.handler = new Recorder()
      streams.push(stream)
    },
  })
  const peer = new RawPeer(ours)
  peer.send(CLIENT_START)
  for (let i = 0; i < requests; i++) peer.send(frame(headers, 5, 2 * i + 1, block(...REQUEST)))
  await peer.alive()
  for (const stream of streams) stream.sendHeaders(OK)
  await peer.alive()
  const sent = (id: number) => peer.frames.filter(({ type, streamId }) => type === data && streamId === id)
  return { server, peer, streams, sent, close: () => server.destroy() }
}

function bytesOf(frames: readonly { payload: Buffer }[]): Buffer {
  return Buffer.concat(frames.map(({ payload }) => payload))
}

test('small writes of one turn share frames, none over 16 KiB, in their order', async t => {
  const { peer, streams, sent, close } = await serve(1)
  const [stream] = streams as [Http2Stream]
  const parts = Array.from({ length: 500 }, (_, i) => Buffer.alloc(100, i % 251))
  for (const part of parts) stream.write(part)
  stream.writeLast(Buffer.from('end'))
  await peer.find(({ type, flags }) => type === data && (flags & endStream) !== 0)
  const frames = sent(1)
  t.true(frames.length <= 5, `${frames.length} frames`)
  t.true(frames.every(({ payload }) => payload.length <= 16_384))
  t.deepEqual(
    frames.map(({ flags }) => flags),
    [...frames.slice(1).map(() => 0), endStream],
  )
  t.deepEqual(bytesOf(frames), Buffer.concat([...parts, Buffer.from('end')]))
  close()
})

test('small writes of several streams, and large ones between them, stay apart', async t => {
  const { peer, streams, sent, close } = await serve(2)
  const [one, two] = streams as [Http2Stream, Http2Stream]
  const large = Buffer.alloc(5000, 9)
  const expected: [Buffer[], Buffer[]] = [[], []]
  const write = (stream: Http2Stream, bytes: Buffer) => {
    stream.write(bytes)
    expected[stream === one ? 0 : 1].push(bytes)
  }
  for (let i = 0; i < 40; i++) {
    write(one, Buffer.alloc(10, i))
    write(one, Buffer.alloc(20, i + 1))
    if (i % 7 === 0) write(one, large)
    if (i % 3 === 0) write(two, Buffer.alloc(30, i + 2))
    if (i % 11 === 0) await peer.alive()
  }
  one.end()
  two.end()
  for (const stream of [one, two]) {
    await peer.find(({ type, flags, streamId }) => type === data && flags === endStream && streamId === stream.id)
  }
  t.deepEqual(bytesOf(sent(1)), Buffer.concat(expected[0]))
  t.deepEqual(bytesOf(sent(3)), Buffer.concat(expected[1]))
  close()
})

test('what has left is not written over by what comes in a later turn', async t => {
  const { peer, streams, sent, close } = await serve(1)
  const [stream] = streams as [Http2Stream]
  for (const text of ['first', 'second', 'third']) {
    stream.write(Buffer.from(text))
    await peer.alive()
  }
  t.deepEqual(
    sent(1).map(({ payload }) => payload.toString()),
    ['first', 'second', 'third'],
  )
  close()
})
