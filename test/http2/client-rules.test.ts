import test from 'ava'
import { ClientConnection, type ClientHandler } from '../../src/http2/client-connection.js'
import { ErrorCode } from '../../src/http2/error.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import type { ConnectionOptions } from '../../src/http2/options.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { block, frame, RawPeer, setting, text, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const GET = prepareHeaders([
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
])
const HEAD = prepareHeaders([
  [':method', 'HEAD'],
  [':scheme', 'http'],
  [':path', '/'],
])
const START = frame(4, 0, 0)
const ok = block(':status', '200')
const headers = (id: number, flags = 0, payload: Uint8Array = ok) => frame(1, 4 | flags, id, payload)
const { protocol_error, stream_closed, refused_stream, cancel, no_error, enhance_your_calm } = ErrorCode

function dial(handler?: ClientHandler, options?: Partial<ConnectionOptions>) {
  const [ours, theirs] = duplexPair()
  return { peer: new RawPeer(theirs, true), client: new ClientConnection(ours, handler, options) }
}

function call(client: ClientConnection, prepared = GET): { call: Recorder; stream: Http2Stream } {
  const recorder = new Recorder()
  const stream = client.open(recorder)
  stream.sendHeaders(prepared)
  stream.end()
  return { call: recorder, stream }
}

test('a response in HTTP/1.1 is told as such, however it is cut', async t => {
  for (const chunks of [['HTTP/1.1 400 Bad Request\r\n\r\n'], ['H', 'TTP/1', '.1 200 OK\r\n\r\n']]) {
    const { peer, client } = dial()
    const { call: got } = call(client)
    for (const chunk of chunks) peer.send(Buffer.from(chunk))
    await got.done
    t.regex(got.error?.message ?? '', /answers in HTTP\/1\.1, not in HTTP\/2/)
  }
})

for (const [name, bytes, code] of [
  ['a first frame other than SETTINGS', [frame(6, 0, 0, '12345678')], protocol_error],
  ['ENABLE_PUSH of 1', [frame(4, 0, 0, setting(2, 1))], protocol_error],
  ['PUSH_PROMISE', [START, frame(5, 4, 1, Buffer.concat([uint32(2), ok]))], protocol_error],
  ['HEADERS on an even stream', [START, headers(2)], protocol_error],
  ['HEADERS on an idle stream', [START, headers(3)], protocol_error],
  ['DATA on an idle stream', [START, frame(0, 0, 3, 'x')], protocol_error],
  ['a response that is no HTTP/2', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], ErrorCode.frame_size_error],
] as [string, Buffer[], ErrorCode][]) {
  test(`ends the connection: ${name}`, async t => {
    const { peer, client } = dial()
    const { call: got } = call(client)
    peer.send(...bytes)
    t.is(await peer.goaway(), code)
    await got.done
    t.is(got.error?.code, code)
    t.true(client.closed)
    t.false(client.usable)
  })
}

for (const [name, bytes, code] of [
  ['no :status', [headers(1, 1, block('a', 'b'))], protocol_error],
  ['two :status', [headers(1, 1, block(':status', '200', ':status', '200'))], protocol_error],
  ['a :status of four digits', [headers(1, 1, block(':status', '2000'))], protocol_error],
  ['status 101', [headers(1, 1, block(':status', '101'))], protocol_error],
  ['a request header in a response', [headers(1, 1, block(':status', '200', ':path', '/'))], protocol_error],
  ['an upper-case name', [headers(1, 1, block(':status', '200', 'A', 'b'))], protocol_error],
  ['connection', [headers(1, 1, block(':status', '200', 'connection', 'close'))], protocol_error],
  ['an informational response that ends', [headers(1, 1, block(':status', '103'))], protocol_error],
  ['DATA before headers', [frame(0, 1, 1, 'x')], protocol_error],
  ['trailers without an end', [headers(1), headers(1, 0, block('a', 'b'))], protocol_error],
  ['an end that misses a body', [headers(1, 1, block(':status', '200', 'content-length', '4'))], protocol_error],
  [
    'headers over the limit',
    [headers(1, 1, Buffer.concat([ok, block(...new Array(560).fill('a-name-and-value'))]))],
    enhance_your_calm,
  ],
] as [string, Buffer[], ErrorCode][]) {
  test(`ends the stream: ${name}`, async t => {
    const { peer, client } = dial()
    const { call: got } = call(client)
    peer.send(START, ...bytes)
    t.is(await peer.reset(1), code)
    await got.done
    t.is(got.error?.code, code)
    t.true(await peer.alive())
    t.true(client.usable)
  })
}

test('begins with preface and settings that disallow push', async t => {
  const { peer } = dial()
  const first = await peer.find(() => true)
  t.is(first?.type, 4)
  t.is(first?.payload.indexOf(setting(2, 0)), 0)
  t.true((first?.payload.indexOf(setting(4, 262_144)) ?? -1) > 0)
  const update = await peer.find(({ type }) => type === 8)
  t.is(update?.payload.readUInt32BE(), 1_048_576 - 65_535)
})

test('skips informational responses; a HEAD or 304 response declares a length without a body', async t => {
  const { peer, client } = dial()
  const { call: plain } = call(client)
  const { call: head } = call(client, HEAD)
  const { call: unchanged } = call(client)
  const length = block(':status', '200', 'content-length', '7')
  peer.send(START, headers(1, 0, block(':status', '103', 'link', 'x')), headers(1, 1))
  peer.send(headers(3, 1, length), headers(5, 1, block(':status', '304', 'content-length', '7')))
  await Promise.all([plain.done, head.done, unchanged.done])
  t.is(plain.headers?.status, 200)
  t.is(head.headers?.contentLength, 7)
  t.is(unchanged.headers?.status, 304)
  t.is(client.streams.size, 0)
})

test('says whether a request that failed may have been processed', async t => {
  const { peer, client } = dial()
  const refused = call(client)
  const reset = call(client)
  const behind = call(client)
  const open = call(client)
  peer.send(START, frame(3, 0, 1, uint32(refused_stream)), frame(3, 0, 3, uint32(cancel)))
  await Promise.all([refused.call.done, reset.call.done])
  t.is(refused.call.error?.reach, 'refused')
  t.is(reset.call.error?.reach, 'unknown')
  t.is(reset.call.error?.code, cancel)
  peer.send(frame(7, 0, 0, Buffer.concat([uint32(5, 0), Buffer.from('moving\n')])))
  await open.call.done
  t.is(open.call.error?.reach, 'refused')
  t.false(client.usable)
  const late = call(client)
  await late.call.done
  t.is(late.call.error?.reach, 'unsent')
  t.true(await peer.alive())
  t.false(peer.frames.some(({ type, streamId }) => type === 1 && (streamId === 0 || streamId > 7)))
  t.is(behind.call.error, undefined)
  peer.send(headers(5, 1))
  await behind.call.done
  t.is(behind.call.headers?.status, 200)
})

test('a connection that breaks tells what was on it, and what never left', async t => {
  const { peer, client } = dial(undefined, {})
  const sent = call(client)
  await peer.find(({ type }) => type === 1)
  const unsent = call(client)
  client.destroy()
  await Promise.all([sent.call.done, unsent.call.done])
  t.is(sent.call.error?.reach, 'unknown')
  t.is(unsent.call.error?.reach, 'unsent')
})

test('the peer closes without a word', async t => {
  let closed: unknown = 'not told'
  const { peer, client } = dial({ onClose: error => (closed = error) })
  const { call: got } = call(client)
  peer.send(START)
  t.true(await peer.alive())
  peer.close()
  await got.done
  t.is(got.error?.reach, 'unknown')
  t.regex(String(closed), /closed the connection/)
})

test('queues over MAX_CONCURRENT_STREAMS in order, and says so', async t => {
  let rooms = 0
  const { peer, client } = dial({ onRoom: () => rooms++ })
  peer.send(frame(4, 0, 0, setting(3, 1)))
  t.true(await peer.alive())
  t.false(client.full)
  const first = call(client)
  t.true(client.full)
  const body = new Recorder()
  const second = client.open(body)
  second.sendHeaders(GET, ['x-order', '2'])
  second.write(Buffer.from('queued body'))
  second.end()
  const dropped = call(client)
  const fourth = call(client)
  t.is(client.queued, 3)
  dropped.stream.reset()
  t.is(client.queued, 2)
  t.is(client.streams.size, 1)
  peer.send(headers(1, 1))
  await first.call.done
  t.is(client.streams.size, 1)
  t.is(client.queued, 1)
  const data = await peer.find(({ type, streamId, payload }) => type === 0 && streamId === 3 && payload.length > 0)
  t.is(data?.payload.toString(), 'queued body')
  peer.send(headers(3, 1))
  await body.done
  await peer.find(({ type, streamId }) => type === 1 && streamId === 5)
  peer.send(headers(5, 1))
  await fourth.call.done
  t.is(client.queued, 0)
  t.is(rooms, 1)
  t.is(peer.frames.filter(({ type }) => type === 3).length, 0)
})

test('assumes 100 streams before the server speaks, then follows it', async t => {
  const { peer, client } = dial()
  for (let i = 0; i < 101; i++) call(client)
  t.is(client.streams.size, 100)
  t.is(client.queued, 1)
  peer.send(START)
  t.true(await peer.alive())
  t.is(client.queued, 0)
})

test('MAX_CONCURRENT_STREAMS of 0 queues everything', async t => {
  const { peer, client } = dial()
  peer.send(frame(4, 0, 0, setting(3, 0)))
  t.true(await peer.alive())
  const { call: got } = call(client)
  t.is(client.queued, 1)
  client.destroy()
  await got.done
  t.is(got.error?.reach, 'unsent')
})

test('NO_ERROR behind a whole response is no failure', async t => {
  const { peer, client } = dial()
  const got = new Recorder()
  const stream = client.open(got)
  stream.sendHeaders(GET)
  peer.send(START, headers(1, 1), frame(3, 0, 1, uint32(no_error)))
  await got.done
  t.true(await peer.alive())
  t.is(got.error, undefined)
  t.true(stream.closed)
  t.false(stream.write(Buffer.from('ignored')))
})

test('HEADERS on a stream that has ended', async t => {
  const { peer, client } = dial()
  const { call: got } = call(client)
  await peer.find(({ type }) => type === 1)
  peer.send(START, headers(1, 1))
  await got.done
  peer.send(headers(1, 1))
  t.is(await peer.reset(1), stream_closed)
})

test('header blocks over the frame size go out as CONTINUATION; sensitive and per-call fields are not indexed', async t => {
  const { peer, client } = dial()
  const stream = client.open(new Recorder())
  stream.sendHeaders(GET, ['x-long', 'y'.repeat(40_000), 'authorization', 'secret'])
  const parts = [1, 9].map(type => peer.find(frame => frame.type === type && frame.streamId === 1))
  const [head, rest] = await Promise.all(parts)
  t.is((head?.flags ?? 4) & 4, 0)
  t.is(head?.payload.length, 16_384)
  t.is(rest?.payload.length, 16_384)
  const last = await peer.find(({ type, flags }) => type === 9 && (flags & 4) === 4)
  t.is(last?.payload.subarray(-9).toString('hex'), `1f08${text('secret').toString('hex')}`)
})

test('a block of exactly two frames needs no third', async t => {
  const { peer, client } = dial()
  const plain = prepareHeaders([])
  client.open(new Recorder()).sendHeaders(plain, ['a', 'y'.repeat(32_768 - 7)])
  await peer.find(({ type }) => type === 9)
  peer.send(START)
  t.true(await peer.alive())
  const parts = peer.frames.filter(({ type }) => type === 1 || type === 9)
  t.deepEqual(
    parts.map(({ type, flags, payload }) => [type, flags, payload.length]),
    [
      [1, 0, 16_384],
      [9, 4, 16_384],
    ],
  )
})

test('a header that HTTP/2 does not allow is an error before anything is sent', async t => {
  const { peer, client } = dial()
  const stream = client.open(new Recorder())
  for (const extra of [
    ['Upper', 'x'],
    ['a', 'line\nbreak'],
    ['a', ' space'],
    ['a', 'snow \u2603'],
  ]) {
    t.throws(() => stream.sendHeaders(GET, extra), { instanceOf: TypeError })
  }
  t.throws(() => prepareHeaders([['a b', 'x']]), { instanceOf: TypeError })
  t.throws(() => prepareHeaders([['a', 'x\r\n']]), { instanceOf: TypeError })
  stream.sendHeaders(GET)
  t.throws(() => stream.sendHeaders(GET), { message: /once/ })
  stream.end()
  t.throws(() => stream.write(Buffer.from('x')), { message: /ended/ })
  const found = await peer.find(({ type }) => type === 1)
  t.is(found?.streamId, 1)
})

test('informational responses are skipped up to a number, and then end their request alone', async t => {
  const { peer, client } = dial()
  const [first, second] = [call(client), call(client)]
  const hints = (id: number) => headers(id, 0, block(':status', '103'))
  peer.send(START, ...new Array<Buffer>(16).fill(hints(1)))
  t.true(await peer.alive())
  t.false(first.stream.closed)
  peer.send(hints(1))
  t.is(await peer.reset(1), enhance_your_calm)
  t.regex(String(first.call.error), /over 16 informational responses/)
  peer.send(hints(3), headers(3, 1))
  await second.call.done
  t.is(second.call.headers?.status, 200)
})

test('a server that sends informational responses for ever is left', async t => {
  const { peer, client } = dial()
  call(client)
  peer.send(START)
  for (let i = 0; i < 200; i++) peer.send(headers(1, 0, block(':status', '103')))
  t.is(await peer.goaway(), enhance_your_calm)
  t.true(client.closed)
})
