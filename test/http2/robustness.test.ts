import { once } from 'node:events'
import * as http2 from 'node:http2'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import fc from 'fast-check'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { prepareHeaders } from '../../src/http2/header-block.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { block, CLIENT_START, frame, RawPeer, REQUEST, setting, uint32 } from './raw-peer.js'
import { Recorder } from './recorder.js'

const OK = prepareHeaders([[':status', '200']])
const DONE = prepareHeaders([['x-done', 'yes']])
const request = block(...REQUEST)

class Echo extends Recorder {
  override onData(stream: Http2Stream, chunk: Buffer, ended: boolean): void {
    super.onData(stream, chunk, ended)
    if (ended) stream.reply(OK, this.body, DONE)
  }
  override onTrailers(stream: Http2Stream): void {
    stream.reply(OK, this.body, DONE)
  }
}

function echoServer() {
  const [ours, theirs] = duplexPair()
  const calls: Recorder[] = []
  const server = new ServerConnection(theirs, {
    onRequest(stream, _headers, ended) {
      const call = new Echo()
      calls.push(call)
      stream.handler = call
      if (ended) stream.reply(OK, Buffer.from('nothing'), DONE)
    },
  })
  return { peer: new RawPeer(ours), server, calls }
}

const conversation = Buffer.concat([
  CLIENT_START,
  frame(4, 0, 0, setting(4, 100_000)),
  frame(1, 0x2c, 1, Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 1]), request, Buffer.alloc(3)])),
  frame(0, 8, 1, '\x05hello\0\0\0\0\0'),
  frame(1, 1, 3, request.subarray(0, 7)),
  frame(9, 0, 3, request.subarray(7, 20)),
  frame(9, 4, 3, request.subarray(20)),
  frame(0, 0, 1, ' world'),
  frame(99, 0, 1, 'unknown'),
  frame(8, 0, 0, uint32(1000)),
  frame(1, 5, 1, block('x-trailer', 'yes')),
  frame(6, 0, 0, 'the end!'),
])

async function converse(...pieces: Buffer[]): Promise<string[]> {
  const { peer } = echoServer()
  for (const piece of pieces) peer.send(piece)
  await peer.find(({ type, payload }) => type === 6 && payload.toString() === 'the end!')
  return peer.frames
    .filter(({ type }) => type === 0 || type === 6)
    .map(({ type, streamId, payload }) => `${type} ${streamId} ${payload}`)
    .sort()
}

test('a conversation means the same wherever it is cut', async t => {
  const whole = await converse(conversation)
  t.true(whole.includes('0 1 hello world'))
  for (let cut = 1; cut < conversation.length; cut++) {
    t.deepEqual(await converse(conversation.subarray(0, cut), conversation.subarray(cut)), whole, `cut at ${cut}`)
  }
  const bytes = [...conversation].map(byte => Buffer.from([byte]))
  t.deepEqual(await converse(...bytes), whole)
})

/** Feeds bytes and answers once the server has read them all or has ended the connection. */
async function survives(pieces: readonly Uint8Array[]): Promise<boolean> {
  const { peer, server } = echoServer()
  peer.send(...pieces)
  peer.close()
  while (!peer.ended) await new Promise(resolve => setImmediate(resolve))
  return server.closed && server.streams.size === 0
}

const streamIds = fc.oneof(fc.constantFrom(0, 1, 2, 3, 5, 7), fc.nat(0x7fffffff))
const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.constantFrom(
    request,
    block('a', 'b'),
    uint32(0),
    uint32(1000),
    uint32(2 ** 31 - 1),
    uint32(1, 0),
    setting(4, 10),
    setting(1, 0),
  ),
)
const frames = fc.tuple(fc.integer({ min: 0, max: 11 }), fc.nat(255), streamIds, payloads).map(parts => frame(...parts))
const likely = fc.constantFrom(
  frame(1, 4, 1, request),
  frame(1, 5, 3, request),
  frame(1, 0, 5, request),
  frame(9, 4, 5, block('a', 'b')),
  frame(0, 0, 1, 'data'),
  frame(0, 1, 1, 'data'),
  frame(3, 0, 1, uint32(8)),
  frame(8, 0, 1, uint32(10)),
)

test('no sequence of frames crashes or hangs a server', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(frames, likely), { maxLength: 30 }), list => survives([CLIENT_START, ...list])),
    { numRuns: 1500 },
  )
  t.pass()
})

test('no bytes crash or hang a server', async t => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), bytes => survives([CLIENT_START, bytes])),
    { numRuns: 500 },
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), bytes => survives([bytes])),
    { numRuns: 300 },
  )
  t.pass()
})

test('no sequence of frames crashes or hangs a client', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(frames, likely), { maxLength: 30 }), async list => {
      const [ours, theirs] = duplexPair()
      const peer = new RawPeer(theirs, true)
      const client = new ClientConnection(ours)
      const calls = [1, 2, 3].map(() => {
        const call = new Recorder()
        client.open(call).sendOnly(
          prepareHeaders([
            [':method', 'GET'],
            [':scheme', 'http'],
            [':path', '/'],
          ]),
        )
        return call
      })
      peer.send(frame(4, 0, 0), ...list)
      peer.close()
      await Promise.all(calls.map(({ done }) => done))
      while (!client.closed) await new Promise(resolve => setImmediate(resolve))
      return client.streams.size === 0
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

/** What Node's client writes for a few requests, as one capture. */
async function capture(): Promise<Buffer> {
  const [ours, theirs] = duplexPair()
  const parts: Buffer[] = []
  theirs.on('data', (part: Buffer) => parts.push(Buffer.from(part)))
  new ServerConnection(theirs, {
    onRequest(stream, _headers, ended) {
      stream.handler = new Echo()
      if (ended) stream.sendOnly(OK)
    },
  })
  const session = http2.connect('http://localhost', { createConnection: () => ours })
  for (let i = 0; i < 6; i++) {
    const stream = session.request({ ':method': 'POST', ':path': `/call/${i}`, 'x-number': String(i), te: 'trailers' })
    stream.end(`body ${i}`)
    stream.resume()
    await once(stream, 'end')
  }
  session.destroy()
  return Buffer.concat(parts)
}

test('real traffic with bytes changed, dropped and doubled crashes nothing', async t => {
  const original = await capture()
  t.log(`${original.length} bytes`)
  t.true(original.length > 200)
  const change = fc.record({
    at: fc.nat(original.length - 1),
    byte: fc.nat(255),
    kind: fc.constantFrom('set', 'drop', 'double'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), changes => {
      const bytes = [...original]
      for (const { at, byte, kind } of changes) {
        if (kind === 'set') bytes[at] = byte
        else bytes.splice(at, kind === 'drop' ? 1 : 0, ...(kind === 'drop' ? [] : [byte]))
      }
      return survives([Uint8Array.from(bytes)])
    }),
    { numRuns: 1000 },
  )
})

function collectGarbage(): void {
  if (globalThis.gc === undefined) {
    setFlagsFromString('--expose-gc')
    globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>
  }
  globalThis.gc()
}

// Serial tests run before the others of their file, and alone.
test.serial('a connection at rest does not keep its last call', async t => {
  const { peer, server, calls } = echoServer()
  peer.send(CLIENT_START)
  peer.send(frame(1, 4, 1, request))
  peer.send(frame(0, 1, 1, 'hello'))
  await peer.find(({ type, streamId }) => type === 1 && streamId === 1)
  const call = new WeakRef(calls.pop() as Recorder)
  // A WeakRef holds its target until the end of the current task.
  await new Promise(setImmediate)
  collectGarbage()
  t.is(call.deref(), undefined)
  t.false(server.closed)
})

test.serial('memory stays flat over many calls and many hostile connections', async t => {
  const used = async () => {
    // What a first collection finalises, the second frees.
    collectGarbage()
    await new Promise(setImmediate)
    collectGarbage()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const round = async () => {
    for (let i = 0; i < 100; i++) {
      await survives([
        CLIENT_START,
        ...new Array(150).fill(frame(1, 4, 1, request)),
        frame(0, 0, 1, Buffer.alloc(1000)),
      ])
    }
    await calls(2000)
  }
  // The first rounds are compiled and optimised, which takes memory too.
  for (let i = 0; i < 3; i++) await round()
  const before = await used()
  for (let i = 0; i < 4; i++) await round()
  const grown = (await used()) - before
  t.true(grown < 4_000_000, `grew by ${grown} bytes`)
  t.log(`grew by ${grown} bytes`)
})

async function calls(count: number): Promise<void> {
  const [a, b] = duplexPair()
  new ServerConnection(b, {
    onRequest(stream) {
      stream.handler = new Echo()
    },
  })
  const client = new ClientConnection(a)
  const post = prepareHeaders([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/'],
  ])
  for (let i = 0; i < count; i += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, j) => {
        const call = new Recorder()
        const stream = client.open(call)
        stream.sendHeaders(post, ['x-number', String(i + j)])
        stream.write(Buffer.alloc(1000))
        stream.end()
        return call.done
      }),
    )
  }
  await client.close()
}
