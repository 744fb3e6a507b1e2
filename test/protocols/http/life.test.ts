import { once } from 'node:events'
import { connect, connect as connectSocket, createServer } from 'node:net'
import test from 'ava'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { http } from '../../../src/protocols/http/protocol.js'
import type { Link } from '../../../src/protocols/protocol.js'
import type { Tick } from '../../fixtures/hello.js'
import { failure } from '../../support/calls.js'
import { life } from '../suites/life.js'
import { answering, callOf, collect, dial, head, post, raw, readUntil, serveHello } from './loopback.js'

life('http')

const posting = (method: string, body: string, more = '') =>
  `POST /hello.Hello/${method} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

test('a drain closes idle connections soon and ends when calls in flight have', async t => {
  const server = await serveHello(t)
  const idle = connect(server.port, '127.0.0.1')
  const idleReply = readUntil(idle)
  idle.write(posting('Ping', '{}'))
  while (server.service.calls < 1) await new Promise(setImmediate)
  const working = connect(server.port, '127.0.0.1')
  working.write(posting('Hang', '{}', 'connect-timeout-ms: 300\r\n'))
  const busy = readUntil(working)
  while (server.service.calls < 2) await new Promise(setImmediate)
  server.router.draining = true
  let drained = false
  const drain = server.binding.drain().then(() => {
    drained = true
  })
  t.regex(await idleReply, /^HTTP\/1.1 200/)
  t.false(drained)
  t.regex(await busy, /^HTTP\/1.1 504.*connection: close/is)
  await drain
  t.true(drained)
  server.listener.close()
})

test('a new call on an old connection of a draining server is refused, provably unserved, and its link closes', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  server.router.draining = true
  let cause: unknown = 'not called'
  link.onClose = error => {
    cause = error
  }
  const error = (await t.throwsAsync(link.handle(callOf('ping', {})))) as RpcError
  t.like(error, { code: Code.unavailable, delivery: 'refused' })
  t.false(link.open)
  t.is(cause, undefined)
  t.is(server.service.calls, 1)
})

test('a call that crosses with the goodbye of its connection reaches no handler, and its client knows', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const crossing = t.throwsAsync(link.handle(callOf('ping', {})))
  // The call is in the system's buffers, and the server has not looked yet.
  const drained = server.binding.drain()
  t.like(await crossing, { code: Code.unavailable, delivery: 'refused' })
  t.false(link.open)
  await drained
  t.is(server.service.calls, 1)
})

test('the same of a call with a stream', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const crossing = t.throwsAsync(link.handle(callOf('watch', { upTo: 3 })) as Promise<unknown>)
  const drained = server.binding.drain()
  t.like(await crossing, { code: Code.unavailable, delivery: 'refused' })
  await drained
})

test('the goodbye is what RFC 9110 has for it, and what comes after it is dropped', async t => {
  const server = await serveHello(t)
  const socket = connect(server.port, '127.0.0.1')
  socket.write(posting('Ping', '{}'))
  const all = readUntil(socket)
  await once(socket, 'data')
  socket.write(posting('Ping', '{}') + posting('Ping', '{}'))
  const drained = server.binding.drain()
  const [, first, ...rest] = (await all).split('HTTP/1.1 ')
  t.regex(first ?? '', /^200/)
  t.is(rest.length, 1)
  t.regex(rest[0] ?? '', /^408 .*polywire-refused: 1\r\nconnection: close\r\n\r\n\{"code":"unavailable"/s)
  await drained
  t.is(server.service.calls, 1)
})

test('a reply that began before the drain is followed by the goodbye', async t => {
  const server = await serveHello(t)
  const socket = connect(server.port, '127.0.0.1')
  const body = envelope('{"upTo":3}')
  socket.write(
    `POST /hello.Hello/Watch HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+json\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  const all = readUntil(socket)
  await once(socket, 'data')
  const drained = server.binding.drain()
  t.regex(await all, /^HTTP\/1.1 200 .*transfer-encoding: chunked.*HTTP\/1.1 408 /is)
  await drained
})

test('a stream that began before a drain ends in peace, then its connection closes', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  const stream = (await link.handle(callOf('watch', { upTo: 3 }))) as AsyncIterable<Tick>
  server.router.draining = true
  const drained = server.binding.drain()
  t.is((await collect(stream)).length, 3)
  await drained
  t.pass()
})

test('destroy cancels what is being served', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  const failed = t.throwsAsync(link.handle(callOf('hang', {})))
  while (server.service.calls === 0) await new Promise(setImmediate)
  server.binding.destroy()
  t.like(await failed, { code: Code.unavailable, reason: 'connection_lost' })
  while (server.service.stopped === 0) await new Promise(setImmediate)
  t.pass()
})

test('an idle connection is closed, with a word for the call that may be on its way', async t => {
  const server = await serveHello(t, { limits: { idleTimeout: 30 } })
  t.regex(await raw(server.port, posting('Ping', '{}')), /^HTTP\/1.1 200.*HTTP\/1.1 408 .*limits.idleTimeout/s)
})

test('bytes that were read before a connection is handed over are its first', async t => {
  const server = await serveHello(t)
  const whole = posting('SayHello', '{"name":"cut"}')
  for (const at of [1, 20, whole.length]) {
    const listener = createServer(socket =>
      socket.once('data', chunk => {
        socket.pause()
        server.binding.accept(socket, chunk)
      }),
    ).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const socket = connect((listener.address() as { port: number }).port, '127.0.0.1')
    socket.setNoDelay(true)
    const reply = readUntil(socket, /cut!/)
    socket.write(whole.slice(0, at))
    setImmediate(() => socket.write(whole.slice(at)))
    t.regex(await reply, /Hello, cut!/)
    socket.destroy()
    listener.close()
  }
})

test('HTTP/1 is told by its first bytes', t => {
  const detect = (text: string) => http.detect(Buffer.from(text, 'latin1'))
  for (const line of ['POST /a', 'GET / HTTP/1.1', 'OPTIONS *', 'DELETE /']) t.true(detect(line), line)
  for (const part of ['', 'P', 'PO', 'POST', 'GE', 'OPT']) t.is(detect(part), undefined, part)
  for (const other of ['PRI * HTTP/2.0', '\x80\x01', 'POSTER', 'get /', '\x16\x03\x01']) t.false(detect(other), other)
})

function envelope(text: string): Buffer {
  const bytes = Buffer.alloc(5 + text.length)
  bytes.writeUInt32BE(text.length, 1)
  bytes.write(text, 5, 'latin1')
  return bytes
}

test('the next call on the same link works after a connection was lost', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const hanging = failure(link.handle(callOf('hang', {})))
  while (server.service.calls < 2) await new Promise(setImmediate)
  server.disconnect()
  t.is((await hanging).reason, 'connection_lost')
  t.true(link.open)
  t.is(await link.handle(callOf('ping', {})), undefined)
})

test('a cancelled call rejects at once with its reason and reaches the handler', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  const stopped = new Promise<void>(resolve => {
    server.service.onStop = resolve
  })
  const call = callOf('hang', {})
  const failed = failure(link.handle(call))
  while (server.service.calls === 0) await new Promise(setImmediate)
  const reason = new RpcError('enough', Code.canceled)
  call.cancel(reason)
  t.is(await failed, reason)
  await stopped
  t.is(await link.handle(callOf('ping', {})), undefined)
})

test('a deadline ends a call whose server says nothing', async t => {
  const server = await answering(t, '')
  const link = await dial(t, server.port)
  const error = await failure(link.handle(callOf('ping', {}, { timeout: 20 })))
  t.is(error.code, Code.deadline_exceeded)
  const late = callOf('ping', {}, { timeout: 0 })
  t.is((await failure(link.handle(late))).code, Code.deadline_exceeded)
})

test('a server that is gone closes the link, and the call that found out is unsent', async t => {
  const server = await serveHello(t)
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const closed = new Promise(resolve => {
    link.onClose = resolve
  })
  server.listener.close()
  server.binding.destroy()
  const found = await failure(eventually(link))
  t.like(found, { reason: 'connect_failed', delivery: 'unsent', code: Code.unavailable })
  t.true((await closed) instanceof Error)
  t.false(link.open)
  t.like(await failure(link.handle(callOf('ping', {}))), { reason: 'connection_lost', delivery: 'unsent' })
})

/** Calls until the loss of the old connection has been noticed: a call that was written before it is lost with it. */
async function eventually(link: Link): Promise<unknown> {
  try {
    return await link.handle(callOf('ping', {}))
  } catch (error) {
    if (error instanceof RpcError && error.reason === 'connection_lost') return eventually(link)
    throw error
  }
}

test('a client that disconnects within its body harms nobody', async t => {
  const server = await serveHello(t)
  const socket = connectSocket(server.port, '127.0.0.1')
  socket.write(`${head('content-length: 100')}{`)
  await once(socket, 'connect')
  await post(server, { body: '{"name":"meanwhile"}' })
  socket.destroy()
  t.is((await post(server, { body: '{"name":"again"}' })).status, 200)
  t.is(server.service.calls, 2)
})

test('a client that disconnects while it is served cancels its call', async t => {
  const server = await serveHello(t)
  const stopped = new Promise<void>(resolve => {
    server.service.onStop = resolve
  })
  const socket = connectSocket(server.port, '127.0.0.1')
  socket.write(
    `POST /hello.Hello/Hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  )
  while (server.service.calls === 0) await new Promise(setImmediate)
  socket.destroy()
  await stopped
  t.is(server.service.stopped, 1)
})

test('a client that disconnects cancels the calls that it had pipelined too', async t => {
  const server = await serveHello(t)
  const hang = `POST /hello.Hello/Hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`
  const socket = connectSocket(server.port, '127.0.0.1')
  socket.write(hang + hang + hang)
  while (server.service.calls < 3) await new Promise(setImmediate)
  const stopped = new Promise<void>(resolve => {
    server.service.onStop = () => server.service.stopped === 3 && resolve()
  })
  socket.destroy()
  await stopped
  t.is(server.service.stopped, 3)
})

test('a call whose deadline passes is answered at once and cancelled', async t => {
  const server = await serveHello(t)
  const reply = await post(server, { path: '/hello.Hello/Hang', headers: { 'connect-timeout-ms': '20' } })
  t.is(reply.status, 504)
  t.is(reply.json.code, 'deadline_exceeded')
  t.is(server.service.stopped, 1)
})
