import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { ClientConnection } from '../../src/http2/client-connection.js'
import { type HeaderBlock, prepareHeaders } from '../../src/http2/header-block.js'
import { fieldOf } from '../../src/http2/header-list.js'
import { HpackDecoder } from '../../src/http2/hpack-decoder.js'
import { HpackEncoder } from '../../src/http2/hpack-encoder.js'
import { ServerConnection } from '../../src/http2/server-connection.js'
import { sharedField } from '../../src/http2/shared-fields.js'
import type { Http2Stream } from '../../src/http2/stream.js'
import { duplexPair } from './loopback.js'
import { ManualClock } from './manual-clock.js'
import { Recorder } from './recorder.js'

const ok = prepareHeaders([
  [':status', '200'],
  ['x-served-by', 'the test'],
])
const done = prepareHeaders([['x-status', '0']])

function requestTo(path: string) {
  return prepareHeaders([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'localhost'],
    ['x-kind', 'a field for the dynamic table'],
  ])
}

/** A client and a server that answers with the path, both on a clock that the test moves. */
function pair() {
  const clock = new ManualClock()
  const [ours, theirs] = duplexPair()
  const seen: string[] = []
  const server = new ServerConnection(
    theirs,
    {
      onRequest(stream: Http2Stream, headers) {
        const recorder = new Recorder()
        stream.handler = recorder
        seen.push(headers.path)
        void recorder.done.then(() => {
          if (stream.closed) return
          stream.reply(ok, Buffer.concat([Buffer.from(headers.path), recorder.body]), done)
        })
      },
    },
    { clock },
  )
  const client = new ClientConnection(ours, {}, { clock })
  const call = async (t: ExecutionContext, path: string, body = 'body') => {
    const recorder = new Recorder()
    const stream = client.open(recorder)
    stream.sendHeaders(blocks.get(path) ?? keep(path))
    stream.writeLast(Buffer.from(body))
    await recorder.done
    t.is(recorder.error, undefined)
    t.is(recorder.body.toString(), path + body)
    t.is(recorder.headers?.get('x-served-by'), 'the test')
    t.is(recorder.trailers?.get('x-status'), '0')
  }
  const blocks = new Map<string, ReturnType<typeof requestTo>>()
  const keep = (path: string) => {
    const block = requestTo(path)
    blocks.set(path, block)
    return block
  }
  const close = () => {
    client.destroy()
    server.destroy()
  }
  return { clock, server, client, call, seen, close }
}

test('a connection serves as before after it has rested, and rests again', async t => {
  const { clock, call, seen, close } = pair()
  for (let round = 0; round < 4; round++) {
    for (const path of ['/one', '/two', '/one']) await call(t, path)
    clock.advance(12_000)
    clock.advance(60_000)
  }
  t.is(seen.length, 12)
  close()
})

test('only one side rests: the tables of both still agree', async t => {
  const { server, client, call, close } = pair()
  for (const [at, resting] of [server, client, server, client].entries()) {
    await call(t, '/same')
    await call(t, `/new/${at}`)
    resting.rest()
  }
  await call(t, '/same')
  close()
})

test('a call that is open keeps its stream while time passes', async t => {
  const { clock, server, client, call, close } = pair()
  await call(t, '/first')
  const recorder = new Recorder()
  const stream = client.open(recorder)
  stream.sendHeaders(requestTo('/open'))
  stream.write(Buffer.from('half, '))
  await call(t, '/between')
  clock.advance(10_000)
  // Even if it were asked to.
  client.rest()
  server.rest()
  stream.writeLast(Buffer.from('and the rest'))
  await recorder.done
  t.is(recorder.body.toString(), '/openhalf, and the rest')
  close()
})

const name = fc.stringMatching(/^x-[a-e]{1,2}$/)
const value = fc.stringMatching(/^[a-e]{1,3}$/)
const section = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 6 })

test('resting changes no header list, whichever side rests, whenever', t => {
  const step = fc.record({ fields: fc.nat({ max: 4 }), encoderRests: fc.boolean(), decoderRests: fc.boolean() })
  fc.assert(
    fc.property(
      fc.array(section, { minLength: 5, maxLength: 5 }),
      fc.array(step, { maxLength: 40 }),
      (sections, steps) => {
        const blocks = sections.map(fields => prepareHeaders(fields))
        const encoder = new HpackEncoder()
        const decoder = new HpackDecoder(16_384)
        const bytes = Buffer.alloc(4096)
        for (const { fields, encoderRests, decoderRests } of steps) {
          const end = encoder.encode(bytes, 0, blocks[fields] as HeaderBlock)
          t.deepEqual(decoder.decode(bytes, 0, end).fields, (sections[fields] as [string, string][]).flat())
          if (encoderRests) encoder.rest()
          if (decoderRests) decoder.rest()
        }
      },
    ),
  )
})

test('connections share the fields of their tables, except private and invalid ones', t => {
  const decoded = (fields: [string, string][]) => {
    const bytes = Buffer.alloc(4096)
    const end = new HpackEncoder().encode(bytes, 0, prepareHeaders(fields))
    return new HpackDecoder(16_384).decode(bytes, 0, end).fields
  }
  const fields: [string, string][] = [
    ['x-a', 'b'],
    ['authorization', 'secret'],
    ['x-a', 'c'],
  ]
  t.deepEqual(decoded(fields), fields.flat())
  t.deepEqual(decoded(fields), fields.flat())
  const field = fieldOf('x-shared', 'value')
  t.is(sharedField(field), sharedField(fieldOf('x-shared', 'value')))
  const secret = fieldOf('cookie', 'secret')
  t.not(sharedField(secret), sharedField(fieldOf('cookie', 'secret')))
  // With NUL in a name or value two fields could have one key.
  t.is(sharedField(fieldOf('x\0y', 'z')).name, 'x\0y')
  t.is(sharedField(fieldOf('x', 'y\0z')).name, 'x')
})

test('a connection rests ten seconds after its last stream, once', async t => {
  const { clock, server, client, call, close } = pair()
  const rested: number[] = []
  for (const connection of [server, client]) {
    const rest = connection.rest.bind(connection)
    connection.rest = () => {
      rested.push(clock.now())
      rest()
    }
  }
  const start = clock.now()
  await call(t, '/one')
  clock.advance(9000)
  t.deepEqual(rested, [])
  await call(t, '/two')
  clock.advance(9000)
  t.deepEqual(rested, [])
  clock.advance(60_000)
  t.is(rested.length, 2)
  t.true(rested.every(time => time >= start + 19_000 && time <= start + 20_000))
  await call(t, '/three')
  clock.advance(60_000)
  t.is(rested.length, 4)
  close()
})
