import * as http2 from 'node:http2'
import { connect as connectSocket } from 'node:net'
import test from 'ava'
import { ClientConnection } from '../../../src/http2/client-connection.js'
import { prepareHeaders } from '../../../src/http2/header-block.js'
import { Code, serve } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { HelloService } from '../../fixtures/hello.js'
import { Recorder } from '../../http2/recorder.js'
import { failure } from '../../support/calls.js'
import { life } from '../suites/life.js'
import { answering } from './peers.js'

life('grpc')

function message(payload: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flags
  prefix.writeUInt32BE(payload.length, 1)
  return Buffer.concat([prefix, payload])
}

const grpcHead = { ':status': 200, 'content-type': 'application/grpc' }

test('REFUSED_STREAM proves that no handler saw the call: it is sent once more', async t => {
  let asked = 0
  const { hello, close } = await answering(stream => {
    if (++asked === 1) {
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
      return
    }
    stream.respond({ ...grpcHead, 'grpc-status': '5' }, { endStream: true })
  })
  const error = await failure(hello.sayHello({ name: '', tags: [] }))
  t.is(error.code, Code.not_found)
  t.is(asked, 2)
  await close()
})

test('after GOAWAY new calls go over a new connection', async t => {
  const { hello, close, sessions } = await answering(stream => {
    stream.respond(grpcHead, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(message(Buffer.alloc(0)))
    stream.session?.goaway()
  })
  for (let i = 0; i < 3; i++) await hello.ping()
  t.true(sessions() >= 2)
  await close()
})

const body = 2000

/** SayHello's request, and Watch's of one tick. */
const greeting = Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x41])

const upToOne = Buffer.from([0, 0, 0, 0, 2, 0x08, 1])

/** A server whose time stands still, and a client that sends it requests byte by byte. */
async function slowClient() {
  const clock = new VirtualClock()
  const server = await serve([HelloService], {
    protocols: ['grpc'],
    host: '127.0.0.1',
    clock,
    limits: { bodyTimeout: body },
  })
  const connection = new ClientConnection(connectSocket(server.port, '127.0.0.1'), {})
  const open = (method: string, ...more: [string, string][]) => {
    const call = new Recorder()
    const stream = connection.open(call)
    const fields: [string, string][] = [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', `/hello.Hello/${method}`],
      [':authority', 'test'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ]
    stream.sendHeaders(prepareHeaders([...fields, ...more]))
    return { call, stream, status: () => statusOf(call) }
  }
  /** Until the server has seen all that was sent: it takes the frames of a connection in their order. */
  const seen = async () => {
    const { call, stream } = open('SayHello')
    stream.writeLast(greeting)
    await call.done
    if (statusOf(call) !== Code.ok) throw new Error(`the server answered ${statusOf(call)}`)
  }
  const close = async () => {
    connection.destroy()
    await server.close()
  }
  return { clock, open, seen, close }
}

function statusOf({ headers, trailers }: Recorder): number {
  return Number(trailers?.get('grpc-status') ?? headers?.get('grpc-status'))
}

for (const method of ['SayHello', 'Watch']) {
  test(`${method}: a request that trickles in is ended after limits.bodyTimeout`, async t => {
    const { clock, open, seen, close } = await slowClient()
    const { call, stream, status } = open(method)
    for (let sent = 0; sent < 4; sent++) {
      stream.write(greeting.subarray(sent, sent + 1))
      await seen()
      await clock.advance(body / 4 - 1)
    }
    t.false(call.ended)
    t.is(call.error, undefined)
    await clock.advance(1000)
    await call.done
    t.is(status(), Code.deadline_exceeded)
    t.regex(call.headers?.get('grpc-message') ?? '', /did not arrive within 2000 ms \(limits.bodyTimeout\)/)
    await seen()
    await close()
  })
}

test('a server-streaming request that is there but never ends is ended after limits.bodyTimeout', async t => {
  const { clock, open, seen, close } = await slowClient()
  const { call, stream, status } = open('Watch')
  stream.write(upToOne)
  await seen()
  await clock.advance(body + 1000)
  await call.done
  t.is(status(), Code.deadline_exceeded)
  await close()
})

test('a unary request that never ends, but has its message, is served', async t => {
  const { clock, open, seen, close } = await slowClient()
  const { call, stream } = open('Hang')
  stream.write(Buffer.alloc(5))
  await seen()
  await clock.advance(10 * body)
  t.is(call.error, undefined)
  t.is(call.headers, undefined)
  await close()
})

test('a request that trickles in past its own deadline is ended then', async t => {
  const { clock, open, seen, close } = await slowClient()
  const { call, stream, status } = open('SayHello', ['grpc-timeout', '100m'])
  stream.write(greeting.subarray(0, 3))
  await seen()
  await clock.advance(1100)
  await call.done
  t.is(status(), Code.deadline_exceeded)
  t.notRegex(call.headers?.get('grpc-message') ?? '', /limits.bodyTimeout/)
  await close()
})

test('a stream of requests may take longer than limits.bodyTimeout', async t => {
  const { clock, open, seen, close } = await slowClient()
  const { call, stream } = open('Add')
  await seen()
  await clock.advance(10 * body)
  t.is(call.error, undefined)
  t.false(call.ended)
  stream.end()
  await call.done
  t.is(statusOf(call), Code.ok)
  await close()
})
