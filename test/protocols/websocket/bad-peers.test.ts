import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import { type CallObserver, type CorsOptions, type ServeOptions, serve } from '../../../src/index.js'
import { VirtualClock } from '../../../src/testing/virtual-clock.js'
import { type Hello, HelloService } from '../../fixtures/hello.js'
import { until } from '../../support/calls.js'
import { gone, openSocket } from '../../support/raw-clients.js'
import { serveHello } from '../http/loopback.js'
import { badPeers } from '../suites/bad-peers.js'

badPeers('ws')

const path = '/hello.Hello/Chat'
const head = JSON.stringify({ headers: ['content-type', 'application/connect+json', 'connect-protocol-version', '1'] })

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const reports: string[] = []
  const service = new HelloService()
  const server = await serve([service], {
    host: '127.0.0.1',
    report: error => reports.push(String(error)),
    ...options,
    limits: { drainTimeout: 10, ...options.limits },
  })
  t.teardown(() => server.close())
  return { server, service, reports, url: `ws://${server.address}` }
}

/** The lines of a handshake. */
function handshake(...more: string[]): string {
  const lines = [`GET ${path} HTTP/1.1`, 'host: x', 'connection: upgrade', 'upgrade: websocket']
  const own = ['sec-websocket-version: 13', 'sec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==', ...more]
  return `${[...lines, ...own].join('\r\n')}\r\n\r\n`
}

/** A WebSocket of bytes, after the handshake. */
async function rawSocket(port: number): Promise<Socket> {
  const socket = await openSocket(port)
  socket.write(handshake('sec-websocket-protocol: polywire'))
  await once(socket, 'data')
  return socket
}

/** A frame from a client. @param first its first byte: FIN and opcode */
function frame(first: number, payload: string | Uint8Array, isMasked = true): Buffer {
  const bytes = Buffer.from(payload as string)
  const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255]
  length[0] = (length[0] as number) | (isMasked ? 128 : 0)
  // A mask of zeros changes nothing.
  return Buffer.concat([Buffer.from([first, ...length, ...(isMasked ? [0, 0, 0, 0] : [])]), bytes])
}

const text = 0x81
const binary = 0x82

/** The code with which the server closes. */
async function closeCode(socket: Socket): Promise<number> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await gone(socket)
  const bytes = Buffer.concat(chunks)
  const at = bytes.lastIndexOf(0x88)
  return at < 0 ? -1 : bytes.readUInt16BE(at + 2)
}

const bad: Readonly<Record<string, [number, Buffer]>> = {
  'a frame without a mask': [1002, frame(text, head, false)],
  'reserved bits': [1002, frame(text | 0x40, head)],
  'an unknown opcode': [1002, frame(0x83, head)],
  'text that is not UTF-8': [1007, frame(text, Uint8Array.of(0xff, 0xfe))],
  'a message over the limit': [1009, Buffer.from([binary, 255, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])],
  'a fragment of no message': [1002, frame(0x80, 'x')],
  'a binary head': [1003, frame(binary, head)],
  'a head that is not JSON': [1003, frame(text, '{')],
  'a head without headers': [1003, frame(text, '{"headers":["x"]}')],
  'a header with a line break': [1003, frame(text, JSON.stringify({ headers: ['x-a', 'b\r\nc: d'] }))],
  'a status in a request': [1003, frame(text, JSON.stringify({ headers: [], status: 99 }))],
}

for (const [what, [code, bytes]] of Object.entries(bad)) {
  test(`${what} closes its WebSocket with ${code}, and no handler runs`, async t => {
    const { server, service } = await start(t)
    const socket = await rawSocket(server.port)
    socket.write(bytes)
    // The closing handshake, so that the server need not wait for it.
    socket.once('data', () => socket.end(frame(0x88, '')))
    t.is(await closeCode(socket), code)
    t.is(service.calls, 0)
  })
}

test('a message in endless fragments is ended after 256 of them', async t => {
  const { server } = await start(t)
  const socket = await rawSocket(server.port)
  socket.write(frame(0x01, '{'))
  for (let i = 0; i < 300; i++) socket.write(frame(0x00, ' '))
  socket.once('data', () => socket.end(frame(0x88, '')))
  t.is(await closeCode(socket), 1008)
})

/** A connection whose client takes the answer to the handshake and nothing more. */
class Deaf extends Duplex {
  private hasHeard = false

  override _read(): void {}

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.hasHeard) done()
    else this.emit('unheard')
    this.hasHeard = true
  }
}

test('a flood of pings from a client that reads nothing ends its connection', async t => {
  const { binding } = await serveHello(t)
  const socket = new Deaf()
  binding.accept(socket, Buffer.alloc(0))
  socket.push(handshake('sec-websocket-protocol: polywire'))
  const unheard = once(socket, 'unheard')
  const closed = once(socket, 'close')
  socket.push(frame(0x89, 'first'))
  await unheard
  t.false(socket.destroyed)
  socket.push(Buffer.concat(Array.from({ length: 100 }, () => frame(0x89, 'x'))))
  await closed
  t.pass()
})

test('nothing is compressed, whatever a client offers, so that there are no bombs', async t => {
  const { server } = await start(t)
  const socket = await openSocket(server.port)
  socket.write(handshake('sec-websocket-protocol: polywire', 'sec-websocket-extensions: permessage-deflate'))
  const [reply] = (await once(socket, 'data')) as [Buffer]
  t.regex(reply.toString(), /^HTTP\/1.1 101 /)
  t.notRegex(reply.toString(), /extensions/i)
  socket.destroy()
})

const foreign = 'https://evil.example'

async function openFrom(url: string, origin: string | undefined, headers: Record<string, string> = {}) {
  const channel = new WebSocket(url + path, 'polywire', { ...(origin !== undefined && { origin }), headers })
  const opened = new Promise<number>(resolve => {
    channel.once('open', () => resolve(101))
    channel.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  })
  channel.on('error', () => {})
  const status = await opened
  channel.terminate()
  return status
}

test('a page of another origin opens no WebSocket, with cookies or without, unless cors allows it', async t => {
  const refused: unknown[] = []
  const observer: CallObserver = { callBegan: () => undefined, callRefused: refusal => void refused.push(refusal) }
  const { url, reports } = await start(t, { observers: [observer] })
  for (const origin of [foreign, 'null', 'file://', `${url.replace('ws', 'http')}.evil.example`])
    t.is(await openFrom(url, origin, { cookie: 'session=1' }), 403, origin)
  t.is(refused.length, 4)
  t.regex(reports.join('\n'), /a page of origin "https:\/\/evil\.example" tried to call \/hello\.Hello\/Chat/)
  t.is(await openFrom(url, url.replace('ws', 'http')), 101, 'a page of this server')
  t.is(await openFrom(url, undefined), 101, 'no page')

  const allowing = await start(t, { cors: { origins: [foreign] } })
  t.is(await openFrom(allowing.url, foreign), 101)
  t.is(await openFrom(allowing.url, 'https://other.example'), 403)
})

for (const [credentials, expected] of [
  [true, 'session=1'],
  [false, ''],
] as const) {
  test(`the cookies of a page of an allowed origin reach the handler only with credentials: ${credentials}`, async t => {
    const cors: CorsOptions = { origins: [foreign], credentials }
    const seen: string[] = []
    class Seeing extends HelloService {
      override async headers(...[, call]: Parameters<Hello['headers']>) {
        seen.push(String(call?.headers.get('cookie') ?? ''))
        return { message: '' }
      }
    }
    const server = await serve([new Seeing()], { host: '127.0.0.1', cors })
    t.teardown(() => server.close())
    const channel = new WebSocket(`ws://${server.address}/hello.Hello/Headers`, 'polywire', {
      origin: foreign,
      headers: { cookie: 'session=1' },
    })
    await once(channel, 'open')
    channel.send(JSON.stringify({ headers: ['content-type', 'application/json'] }))
    channel.send(Buffer.from('{}'))
    channel.send(Buffer.alloc(0))
    const [reply] = (await once(channel, 'message')) as [Buffer]
    t.is((JSON.parse(reply.toString()) as { status: number }).status, 200)
    await once(channel, 'close')
    t.deepEqual(seen, [expected])
  })
}

test('a handshake without the subprotocol, or that is not one, is answered, and its connection closed', async t => {
  const { server } = await start(t)
  const wrong = [
    handshake(),
    handshake('sec-websocket-protocol: chat'),
    handshake('sec-websocket-protocol: polywire').replace('version: 13', 'version: 12'),
    handshake('sec-websocket-protocol: polywire').replace('GET', 'PUT'),
    handshake('sec-websocket-protocol: polywire', 'host: y'),
  ]
  for (const request of wrong) {
    const socket = await openSocket(server.port)
    socket.write(request)
    const [reply] = (await once(socket, 'data')) as [Buffer]
    t.regex(reply.toString(), /^HTTP\/1.1 4\d\d /)
    await gone(socket)
  }
})

test('a request to change to HTTP/2 goes on in HTTP/1.1, with its body', async t => {
  const { server } = await start(t)
  const socket = await openSocket(server.port)
  const body = '{"name":"World"}'
  socket.write(
    `POST /hello.Hello/SayHello HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  const [reply] = (await once(socket, 'data')) as [Buffer]
  t.regex(reply.toString(), /^HTTP\/1.1 200 .*Hello, World!/s)
  socket.destroy()
})

test('a WebSocket without a call is closed after handshakeTimeout, and keeps none that calls from connecting', async t => {
  const clock = new VirtualClock()
  const { server, url } = await start(t, { clock, limits: { connections: 50 } })
  const idle = await Promise.all(Array.from({ length: 50 }, () => rawSocket(server.port)))
  const ends = idle.map(gone)
  t.is(await openFrom(url, undefined), 101, 'the oldest made room')
  await clock.advance(11_000)
  for (const socket of idle) socket.end(frame(0x88, ''))
  await Promise.all(ends)
  t.pass()
})

test('a client that does not say that it has read gets its window and no more, and ends its handler when it leaves', async t => {
  const { url, service } = await start(t)
  const channel = new WebSocket(`${url}/hello.Hello/Watch`, 'polywire')
  await once(channel, 'open')
  let received = 0
  const window = 100_000
  channel.on('message', (data: Buffer, isBinary) => {
    if (isBinary) received += data.length
  })
  const headers = ['content-type', 'application/connect+json', 'connect-protocol-version', '1']
  channel.send(JSON.stringify({ headers, window }))
  const message = Buffer.from('     {"upTo":1000000}')
  message.writeUInt8(0, 0)
  message.writeUInt32BE(message.length - 5, 1)
  channel.send(message)
  channel.send(Buffer.alloc(0))
  await until(() => received >= window)
  const most = window + 65_536
  t.true(received <= most, `${received}`)
  channel.send(String(received))
  await until(() => received >= 2 * window)
  t.true(received <= 2 * most, `${received}`)
  channel.close()
  await until(() => service.stopped === 1)
})
