import test from 'ava'
import { ErrorCode } from '../../src/http2/error.js'
import { PREFACE } from '../../src/http2/frames.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import { duplexPair } from './loopback.js'
import { ManualClock } from './manual-clock.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, setting, text, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const OK = prepareHeaders([[':status', '200']])
const request = block(...REQUEST)
/** HEADERS with END_HEADERS; `flags` adds END_STREAM (1) and others. */
const headers = (id: number, flags = 0, payload: Uint8Array = request) => frame(1, 4 | flags, id, payload)

interface Served {
  readonly peer: RawPeer
  readonly calls: Recorder[]
}

/** A server that keeps its requests open, and the raw client that talks to it. */
function serve(options?: ConstructorParameters<typeof ServerConnection>[2], answer = false): Served {
  const [ours, theirs] = duplexPair()
  const calls: Recorder[] = []
  new ServerConnection(
    theirs,
    {
      onRequest(stream, list, ended) {
        const call = new Recorder()
        call.onHeaders(stream, list, ended)
        stream.handler = call
        calls.push(call)
        if (!answer) return
        stream.sendHeaders(OK)
        stream.end()
      },
    },
    options,
  )
  return { peer: new RawPeer(ours), calls }
}

interface Rule {
  readonly name: string
  readonly bytes: Uint8Array[]
  readonly code: ErrorCode
  /** Set where only a stream must end. */
  readonly stream?: number
}

const { protocol_error, frame_size_error, flow_control_error, stream_closed, compression_error } = ErrorCode

const CONNECTION_RULES: Rule[] = [
  { name: 'DATA on stream 0', bytes: [frame(0, 0, 0, 'x')], code: protocol_error },
  { name: 'DATA on an idle stream', bytes: [frame(0, 0, 1, 'x')], code: protocol_error },
  { name: 'HEADERS on stream 0', bytes: [headers(0)], code: protocol_error },
  { name: 'HEADERS on an even stream', bytes: [headers(2)], code: protocol_error },
  { name: 'HEADERS on an id that was skipped', bytes: [headers(5, 1), headers(3, 1)], code: protocol_error },
  {
    name: 'HEADERS on a stream that the peer reset',
    bytes: [headers(1), frame(3, 0, 1, uint32(8)), headers(3, 1), headers(1, 1)],
    code: stream_closed,
  },
  { name: 'PRIORITY on stream 0', bytes: [frame(2, 0, 0, uint32(0, 0).subarray(0, 5))], code: protocol_error },
  { name: 'RST_STREAM on stream 0', bytes: [frame(3, 0, 0, uint32(8))], code: protocol_error },
  { name: 'RST_STREAM on an idle stream', bytes: [frame(3, 0, 1, uint32(8))], code: protocol_error },
  { name: 'RST_STREAM of 3 bytes', bytes: [headers(1), frame(3, 0, 1, 'abc')], code: frame_size_error },
  { name: 'SETTINGS on a stream', bytes: [frame(4, 0, 1)], code: protocol_error },
  { name: 'SETTINGS of 5 bytes', bytes: [frame(4, 0, 0, 'abcde')], code: frame_size_error },
  { name: 'a SETTINGS acknowledgement with a payload', bytes: [frame(4, 1, 0, setting(1, 1))], code: frame_size_error },
  { name: 'ENABLE_PUSH of 2', bytes: [frame(4, 0, 0, setting(2, 2))], code: protocol_error },
  { name: 'INITIAL_WINDOW_SIZE of 2^31', bytes: [frame(4, 0, 0, setting(4, 2 ** 31))], code: flow_control_error },
  { name: 'MAX_FRAME_SIZE of 16,383', bytes: [frame(4, 0, 0, setting(5, 16_383))], code: protocol_error },
  { name: 'MAX_FRAME_SIZE of 2^24', bytes: [frame(4, 0, 0, setting(5, 2 ** 24))], code: protocol_error },
  { name: 'PUSH_PROMISE', bytes: [headers(1), frame(5, 4, 1, uint32(2))], code: protocol_error },
  { name: 'PING on a stream', bytes: [frame(6, 0, 1, '12345678')], code: protocol_error },
  { name: 'PING of 7 bytes', bytes: [frame(6, 0, 0, '1234567')], code: frame_size_error },
  { name: 'GOAWAY on a stream', bytes: [frame(7, 0, 1, uint32(0, 0))], code: protocol_error },
  { name: 'GOAWAY of 7 bytes', bytes: [frame(7, 0, 0, '1234567')], code: frame_size_error },
  { name: 'WINDOW_UPDATE of 3 bytes', bytes: [frame(8, 0, 0, 'abc')], code: frame_size_error },
  { name: 'WINDOW_UPDATE of 0 on the connection', bytes: [frame(8, 0, 0, uint32(0))], code: protocol_error },
  { name: 'WINDOW_UPDATE on an idle stream', bytes: [frame(8, 0, 1, uint32(1))], code: protocol_error },
  {
    name: 'a connection window over 2^31 - 1',
    bytes: [frame(8, 0, 0, uint32(2 ** 31 - 1))],
    code: flow_control_error,
  },
  { name: 'CONTINUATION without HEADERS', bytes: [frame(9, 4, 1, request)], code: protocol_error },
  {
    name: 'CONTINUATION behind END_HEADERS',
    bytes: [headers(1), frame(9, 4, 1, request)],
    code: protocol_error,
  },
  {
    name: 'CONTINUATION of another stream',
    bytes: [frame(1, 0, 1, request), frame(9, 4, 3)],
    code: protocol_error,
  },
  {
    name: 'another frame within a block',
    bytes: [frame(1, 0, 1, request), frame(6, 0, 0, '12345678')],
    code: protocol_error,
  },
  { name: 'an unknown frame within a block', bytes: [frame(1, 0, 1, request), frame(99, 0, 0)], code: protocol_error },
  {
    name: 'a frame over 16,384 bytes',
    bytes: [headers(1), frame(0, 0, 1, Buffer.alloc(16_385))],
    code: frame_size_error,
  },
  {
    name: 'an unknown frame over 16,384 bytes',
    bytes: [frame(99, 0, 0, Buffer.alloc(16_385))],
    code: frame_size_error,
  },
  { name: 'DATA padding as long as the frame', bytes: [headers(1), frame(0, 8, 1, '\x04abc')], code: protocol_error },
  { name: 'padded DATA without a pad length', bytes: [headers(1), frame(0, 8, 1)], code: frame_size_error },
  {
    name: 'HEADERS padding longer than the frame',
    bytes: [headers(1, 8, Buffer.from([9, 1, 2]))],
    code: protocol_error,
  },
  {
    name: 'HEADERS too short for their priority',
    bytes: [headers(1, 0x20, Buffer.from([1, 2]))],
    code: frame_size_error,
  },
  { name: 'an HPACK index of 0', bytes: [headers(1, 1, Buffer.from([0x80]))], code: compression_error },
  { name: 'an HPACK index past the table', bytes: [headers(1, 1, Buffer.from([0xbe]))], code: compression_error },
  { name: 'a cut HPACK string', bytes: [headers(1, 1, Buffer.from([0x00, 0x05, 0x61]))], code: compression_error },
  {
    name: 'a table size over the setting',
    bytes: [headers(1, 1, Buffer.from([0x3f, 0xe2, 0x1f]))],
    code: compression_error,
  },
]

const STREAM_RULES: Rule[] = [
  { name: 'PRIORITY of 4 bytes', bytes: [headers(1), frame(2, 0, 1, 'abcd')], code: frame_size_error, stream: 1 },
  { name: 'WINDOW_UPDATE of 0', bytes: [headers(1), frame(8, 0, 1, uint32(0))], code: protocol_error, stream: 1 },
  {
    name: 'a stream window over 2^31 - 1',
    bytes: [headers(1), frame(8, 0, 1, uint32(2 ** 31 - 1))],
    code: flow_control_error,
    stream: 1,
  },
  { name: 'DATA behind END_STREAM', bytes: [headers(1, 1), frame(0, 0, 1, 'x')], code: stream_closed, stream: 1 },
  { name: 'HEADERS behind END_STREAM', bytes: [headers(1, 1), headers(1, 1)], code: stream_closed, stream: 1 },
  {
    name: 'trailers without END_STREAM',
    bytes: [headers(1), headers(1, 0, block('a', 'b'))],
    code: protocol_error,
    stream: 1,
  },
  {
    name: 'a pseudo-header in trailers',
    bytes: [headers(1), headers(1, 1, block(':path', '/'))],
    code: protocol_error,
    stream: 1,
  },
  {
    name: 'DATA over content-length',
    bytes: [headers(1, 0, block(...REQUEST, 'content-length', '3')), frame(0, 0, 1, 'four')],
    code: protocol_error,
    stream: 1,
  },
  {
    name: 'a body under content-length',
    bytes: [headers(1, 0, block(...REQUEST, 'content-length', '3')), frame(0, 1, 1, 'ab')],
    code: protocol_error,
    stream: 1,
  },
  {
    name: 'trailers under content-length',
    bytes: [headers(1, 0, block(...REQUEST, 'content-length', '3')), headers(1, 1, block('a', 'b'))],
    code: protocol_error,
    stream: 1,
  },
]

const MALFORMED: [name: string, fields: string[]][] = [
  ['no :method', [':scheme', 'http', ':path', '/']],
  ['no :scheme', [':method', 'GET', ':path', '/']],
  ['no :path', [':method', 'GET', ':scheme', 'http']],
  ['an empty :path', [':method', 'GET', ':scheme', 'http', ':path', '']],
  ['a :path without its slash', [':method', 'GET', ':scheme', 'http', ':path', 'x']],
  ['two :method', [...REQUEST, ':method', 'GET']],
  ['two :path', [...REQUEST, ':path', '/']],
  ['a :status', [...REQUEST, ':status', '200']],
  ['an unknown pseudo-header', [...REQUEST, ':other', 'x']],
  [':protocol that was not offered', [...REQUEST, ':protocol', 'websocket']],
  ['a pseudo-header behind a field', ['accept', '*/*', ...REQUEST]],
  ['CONNECT with :path', [':method', 'CONNECT', ':authority', 'a:1', ':path', '/']],
  ['CONNECT without :authority', [':method', 'CONNECT']],
  ['an upper-case name', [...REQUEST, 'Accept', '*/*']],
  ['an empty name', [...REQUEST, '', 'x']],
  ['a space in a name', [...REQUEST, 'a b', 'x']],
  ['a colon in a name', [...REQUEST, 'a:b', 'x']],
  ['a byte over 0x7e in a name', [...REQUEST, 'caf\xe9', 'x']],
  ['NUL in a value', [...REQUEST, 'a', 'b\0']],
  ['CR in a value', [...REQUEST, 'a', 'b\rc']],
  ['LF in a value', [...REQUEST, 'a', 'b\nc']],
  ['a value that begins with a space', [...REQUEST, 'a', ' b']],
  ['a value that ends in a tab', [...REQUEST, 'a', 'b\t']],
  ['LF in :path', [':method', 'GET', ':scheme', 'http', ':path', '/\n']],
  ['connection', [...REQUEST, 'connection', 'close']],
  ['proxy-connection', [...REQUEST, 'proxy-connection', 'close']],
  ['keep-alive', [...REQUEST, 'keep-alive', '1']],
  ['transfer-encoding', [...REQUEST, 'transfer-encoding', 'chunked']],
  ['upgrade', [...REQUEST, 'upgrade', 'h2c']],
  ['te other than trailers', [...REQUEST, 'te', 'gzip']],
  ['host other than :authority', [...REQUEST, 'host', 'other']],
  ['an empty host beside :authority', [...REQUEST, 'host', '']],
  ['host beside an empty :authority', [...REQUEST.slice(0, 6), ':authority', '', 'host', 'test']],
  ['a second host, other than :authority', [...REQUEST, 'host', 'test', 'host', 'other']],
  ['two host fields without :authority', [...REQUEST.slice(0, 6), 'host', 'test', 'host', 'other']],
  ['two equal host fields', [...REQUEST.slice(0, 6), 'host', 'test', 'host', 'test']],
  ['content-length that is no number', [...REQUEST, 'content-length', '1x']],
  ['two different content-lengths', [...REQUEST, 'content-length', '1', 'content-length', '2']],
]
for (const [name, fields] of MALFORMED) {
  STREAM_RULES.push({
    name: `a request with ${name}`,
    bytes: [headers(1, 0, block(...fields))],
    code: protocol_error,
    stream: 1,
  })
}
STREAM_RULES.push({
  name: 'END_STREAM on a request that declares a body',
  bytes: [headers(1, 1, block(...REQUEST, 'content-length', '1'))],
  code: protocol_error,
  stream: 1,
})

for (const { name, bytes, code } of CONNECTION_RULES) {
  test(`ends the connection with ${ErrorCode[code]}: ${name}`, async t => {
    const { peer, calls } = serve()
    peer.send(CLIENT_START, ...bytes)
    t.is(await peer.goaway(), code)
    for (const { error } of calls) t.true(error?.code === code || error?.code === ErrorCode.cancel)
  })
}

for (const { name, bytes, code, stream = 1 } of STREAM_RULES) {
  test(`ends the stream with ${ErrorCode[code]}: ${name}`, async t => {
    const { peer, calls } = serve()
    peer.send(CLIENT_START, ...bytes)
    t.is(await peer.reset(stream), code)
    t.true(await peer.alive())
    peer.send(headers(7, 1))
    t.true(await peer.alive())
    t.true(calls.at(-1)?.ended)
    t.is(calls.at(-1)?.error, undefined)
    if (calls.length > 1) t.is(calls[0]?.error?.code, code)
  })
}

const ALLOWED: [name: string, bytes: Uint8Array[]][] = [
  ['unknown frames, on any stream', [frame(99, 255, 0, 'x'), frame(200, 0, 12, 'y'), headers(1, 1)]],
  ['unknown settings', [frame(4, 0, 0, setting(0x99, 7)), headers(1, 1)]],
  ['an unknown error code in RST_STREAM', [headers(1), frame(3, 0, 1, uint32(0xffffffff)), headers(3, 1)]],
  ['PRIORITY in any state', [frame(2, 0, 9, 'abcde'), headers(1, 1), frame(2, 0, 1, 'abcde')]],
  [
    'HEADERS with padding and priority',
    [headers(1, 0x29, Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 9]), request, Buffer.alloc(2)]))],
  ],
  ['a reserved bit that is set', [frame(1, 5, 0x80000001, request)]],
  [
    'a block in three frames',
    [
      frame(1, 1, 1, request.subarray(0, 5)),
      frame(9, 0, 1, request.subarray(5, 9)),
      frame(9, 4, 1, request.subarray(9)),
    ],
  ],
  [
    'frames for a stream we reset',
    [
      headers(1, 0, block(':method', 'GET')),
      headers(1, 1),
      frame(0, 0, 1, 'x'),
      frame(8, 0, 1, uint32(1)),
      frame(3, 0, 1, uint32(8)),
      headers(3, 1),
    ],
  ],
  ['te: trailers', [headers(1, 1, block(...REQUEST, 'te', 'trailers'))]],
  ['host without :authority', [headers(1, 1, block(...REQUEST.slice(0, 6), 'host', 'test'))]],
  ['host equal to :authority', [headers(1, 1, block(...REQUEST, 'host', 'TEST'))]],
  ['OPTIONS *', [headers(1, 1, block(':method', 'OPTIONS', ':scheme', 'http', ':path', '*'))]],
  ['CONNECT', [headers(1, 1, block(':method', 'CONNECT', ':authority', 'a:1'))]],
  [
    'content-length twice with one value',
    [headers(1, 1, block(...REQUEST, 'content-length', '0', 'content-length', '0'))],
  ],
  ['skipped stream ids', [headers(101, 1)]],
  [
    'a body of its declared length, and trailers',
    [
      headers(1, 0, block(...REQUEST, 'content-length', '3')),
      frame(0, 0, 1, 'ab'),
      frame(0, 0, 1, 'c'),
      headers(1, 1, block('a', 'b')),
    ],
  ],
  ['a body of its declared length', [headers(1, 0, block(...REQUEST, 'content-length', '3')), frame(0, 1, 1, 'abc')]],
  ['empty values', [headers(1, 1, block(...REQUEST, 'a', ''))]],
]
for (const [name, bytes] of ALLOWED) {
  test(`takes ${name}`, async t => {
    const { peer, calls } = serve()
    peer.send(CLIENT_START, ...bytes)
    t.true(await peer.alive())
    t.true(calls.at(-1)?.ended)
  })
}

test('padding is no data, and counts for the windows', async t => {
  const { peer, calls } = serve({ streamWindow: 16_384 })
  peer.send(CLIENT_START, headers(1))
  for (let i = 0; i < 4; i++) {
    peer.send(frame(0, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.from('data'), Buffer.alloc(255)])))
  }
  peer.send(frame(0, 9, 1, '\x00end'))
  t.true(await peer.alive())
  t.is(calls[0]?.body.toString(), 'datadatadatadataend')
})

test('ends the connection with protocol_error: a wrong preface', async t => {
  for (const start of ['GET / HTTP/1.1\r\n\r\n', `${PREFACE.slice(0, 23)}x`]) {
    const { peer } = serve()
    peer.send(Buffer.from(start))
    t.is(await peer.goaway(), protocol_error)
  }
})

test('ends the connection with protocol_error: a first frame other than SETTINGS', async t => {
  for (const first of [headers(1, 1), frame(6, 0, 0, '12345678'), frame(4, 1, 0), frame(0, 0, 1, 'x')]) {
    const { peer } = serve()
    peer.send(Buffer.from(PREFACE), first)
    t.is(await peer.goaway(), protocol_error)
  }
})

test('refuses streams over MAX_CONCURRENT_STREAMS, and takes more when one has ended', async t => {
  const { peer, calls } = serve({ maxConcurrentStreams: 2 })
  peer.send(CLIENT_START, headers(1), headers(3), headers(5))
  t.is(await peer.reset(5), ErrorCode.refused_stream)
  peer.send(frame(3, 0, 1, uint32(8)), headers(7))
  t.true(await peer.alive())
  t.is(calls.length, 3)
})

test('answers 431 to a header list over the limit, and decodes the next block in step', async t => {
  const { peer, calls } = serve()
  const large = Buffer.concat([request, Buffer.from([0x40]), text('x-large'), text('x'.repeat(3000))])
  const again = Buffer.concat([request, Buffer.alloc(8, 0xbe)])
  peer.send(
    CLIENT_START,
    headers(1, 1, large),
    headers(3, 1, again),
    headers(5, 1, Buffer.concat([request, Buffer.from([0xbe])])),
  )
  const refused = await peer.find(({ type, streamId }) => type === 1 && streamId === 3)
  t.truthy(refused)
  t.is((refused?.flags ?? 0) & 4, 4)
  t.true(await peer.alive())
  t.is(calls.length, 2)
  t.is(calls[1]?.headers?.get('x-large')?.length, 3000)
})

test('a whole reply before the whole request ends the stream with NO_ERROR, once the client has had time to read it', async t => {
  const clock = new ManualClock()
  const { peer } = serve({ clock }, true)
  const resets = () => peer.frames.filter(({ type }) => type === 3).map(({ streamId }) => streamId)
  peer.send(CLIENT_START, headers(1), frame(0, 0, 1, 'on its way'))
  t.true(await peer.alive())
  clock.advance(200)
  peer.send(headers(3), frame(0, 0, 1, 'on its way'), frame(0, 1, 3, 'the end'))
  t.true(await peer.alive())
  t.deepEqual(resets(), [])
  clock.advance(50)
  t.true(await peer.alive())
  t.deepEqual(resets(), [])
  clock.advance(250)
  t.is(await peer.reset(1), ErrorCode.no_error)
  peer.send(frame(0, 0, 1, 'late'))
  t.true(await peer.alive())
  clock.advance(1000)
  t.true(await peer.alive())
  t.deepEqual(resets().toSorted(), [1, 3])
})

test('DATA on a stream that both sides have ended', async t => {
  const { peer } = serve(undefined, true)
  peer.send(CLIENT_START, headers(1, 1))
  await peer.find(({ type, flags }) => type === 0 && flags === 1)
  peer.send(frame(0, 0, 1, 'x'))
  t.is(await peer.reset(1), stream_closed)
})
