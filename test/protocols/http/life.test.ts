import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import test from 'ava'
import { Code } from '../../../src/core/code.js'
import type { RpcError } from '../../../src/core/rpc-error.js'
import { http } from '../../../src/protocols/http/protocol.js'
import type { Tick } from '../../fixtures/hello.js'
import { Interop, InteropService, Record } from '../../fixtures/interop.js'
import { callOf, callTo, collect, raw, readUntil, serveHello, serveOne } from './loopback.js'

const post = (method: string, body: string, more = '') =>
  `POST /hello.Hello/${method} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

test('a drain closes idle connections soon and ends when calls in flight have', async t => {
  const server = await serveHello()
  const idle = connect(server.port, '127.0.0.1')
  const idleReply = readUntil(idle)
  idle.write(post('Ping', '{}'))
  while (server.service.calls < 1) await new Promise(setImmediate)
  const working = connect(server.port, '127.0.0.1')
  working.write(post('Hang', '{}', 'connect-timeout-ms: 300\r\n'))
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
  const server = await serveHello()
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
  await server.close()
})

test('a call that crosses with the goodbye of its connection reaches no handler, and its client knows', async t => {
  const server = await serveHello()
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const crossing = t.throwsAsync(link.handle(callOf('ping', {})))
  // The call is in the system's buffers, and the server has not looked yet.
  const drained = server.binding.drain()
  t.like(await crossing, { code: Code.unavailable, delivery: 'refused' })
  t.false(link.open)
  await drained
  t.is(server.service.calls, 1)
  await server.close()
})

test('the same of a call with a stream', async t => {
  const server = await serveHello()
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const crossing = t.throwsAsync(link.handle(callOf('watch', { upTo: 3 })) as Promise<unknown>)
  const drained = server.binding.drain()
  t.like(await crossing, { code: Code.unavailable, delivery: 'refused' })
  await drained
  await server.close()
})

test('the goodbye is what RFC 9110 has for it, and what comes after it is dropped', async t => {
  const server = await serveHello()
  const socket = connect(server.port, '127.0.0.1')
  socket.write(post('Ping', '{}'))
  const all = readUntil(socket)
  await once(socket, 'data')
  socket.write(post('Ping', '{}') + post('Ping', '{}'))
  const drained = server.binding.drain()
  const [, first, ...rest] = (await all).split('HTTP/1.1 ')
  t.regex(first ?? '', /^200/)
  t.is(rest.length, 1)
  t.regex(rest[0] ?? '', /^408 .*polywire-refused: 1\r\nconnection: close\r\n\r\n\{"code":"unavailable"/s)
  await drained
  t.is(server.service.calls, 1)
  await server.close()
})

test('a reply that began before the drain is followed by the goodbye', async t => {
  const server = await serveHello()
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
  await server.close()
})

test('a stream that began before a drain ends in peace, then its connection closes', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const stream = (await link.handle(callOf('watch', { upTo: 3 }))) as AsyncIterable<Tick>
  server.router.draining = true
  const drained = server.binding.drain()
  t.is((await collect(stream)).length, 3)
  await drained
  t.pass()
  await server.close()
})

test('destroy cancels what is being served', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const failed = t.throwsAsync(link.handle(callOf('hang', {})))
  while (server.service.calls === 0) await new Promise(setImmediate)
  server.binding.destroy()
  t.like(await failed, { code: Code.unavailable, reason: 'connection_lost' })
  while (server.service.stopped === 0) await new Promise(setImmediate)
  t.pass()
  await server.close()
})

test('an idle connection is closed, with a word for the call that may be on its way', async t => {
  const server = await serveHello({ limits: { idleTimeout: 30 } })
  t.regex(await raw(server.port, post('Ping', '{}')), /^HTTP\/1.1 200.*HTTP\/1.1 408 .*limits.idleTimeout/s)
  await server.close()
})

test('bytes that were read before a connection is handed over are its first', async t => {
  const server = await serveHello()
  const whole = post('SayHello', '{"name":"cut"}')
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
  await server.close()
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

const filler = 'x'.repeat(50_000)

test('a stream that nobody reads stops its handler until somebody does', async t => {
  let made = 0
  class Endless extends InteropService {
    override async *count() {
      for (; made < 5000; made++) yield Record.of({ name: filler })
    }
  }
  const server = await serveOne(new Endless(), Interop)
  const link = await server.dial()
  const stream = await link.handle(callTo(Interop, 'count', { message: { upTo: 0, fail: false } }))
  await settled(() => made)
  t.true(made < 5000, `${made} were made ahead`)
  t.is((await collect(stream)).length, 5000)
  await server.close()
})

test('a stream of requests is taken no faster than its handler reads', async t => {
  let release: () => void = () => {}
  class Slow extends InteropService {
    override async sum(records: AsyncIterable<Record>) {
      await new Promise<void>(resolve => {
        release = resolve
      })
      return super.sum(records)
    }
  }
  const server = await serveOne(new Slow(), Interop)
  const link = await server.dial()
  let sent = 0
  async function* many() {
    for (; sent < 5000; sent++) yield Record.of({ name: filler, total: 1n })
  }
  const sum = link.handle(callTo(Interop, 'sum', { message: many() }))
  await settled(() => sent)
  t.true(sent < 5000, `${sent} were taken ahead`)
  release()
  t.like(await sum, { total: 5000n })
  await server.close()
})

/** Resolves once a count that grows has stopped growing. */
async function settled(count: () => number): Promise<void> {
  for (let before = 0; before === 0 || before !== count(); ) {
    before = count()
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
