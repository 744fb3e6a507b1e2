import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'
import test from 'ava'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { Code } from '../../../src/core/code.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { type Delivery, RpcError } from '../../../src/core/rpc-error.js'
import type { Link } from '../../../src/protocols/protocol.js'
import { callOf, collect, dial, type LoopbackOptions, serveHello } from './loopback.js'

/** A server that answers every request, once its head is there, with these bytes. `undefined`: it closes without a word. */
async function answering(reply: string | undefined, { close = false } = {}) {
  const sockets = new Set<Socket>()
  const listener = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      if (!chunk.toString('latin1').includes('\r\n\r\n')) return
      if (reply === undefined) socket.destroy()
      else if (close) socket.end(reply, 'latin1')
      else socket.write(reply, 'latin1')
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  return {
    port,
    close: () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** @param body of Latin-1 */
const http = (status: string, type: string, body: string, more = '') =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

async function failure(promise: Promise<unknown>): Promise<RpcError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('the call did not fail')
}

interface Expected {
  readonly code: Code
  readonly reason?: string
  readonly delivery?: Delivery
  readonly message?: RegExp
}

function fails(
  title: string,
  reply: string | undefined,
  expected: Expected,
  options: LoopbackOptions & { close?: boolean } = {},
) {
  test(title, async t => {
    const server = await answering(reply, options)
    const link = await dial(server.port, options)
    const error = await failure(link.handle(callOf('sayHello', { name: 'x', tags: [] })))
    t.is(Code[error.code], Code[expected.code])
    if (expected.reason !== undefined) t.is(error.reason, expected.reason)
    t.is(error.delivery, expected.delivery ?? 'unknown')
    if (expected.message !== undefined) t.regex(error.message, expected.message)
    await link.close()
    server.close()
  })
}

const errorOf = (length: number) => JSON.stringify({ code: 'aborted', message: 'x'.repeat(length) })
const html = '<html>Bad Gateway</html>'
fails('an HTML page with 200', http('200 OK', 'text/html', html), { code: Code.unknown, message: /text\/html/ })
fails("a proxy's 404 page", http('404 Not Found', 'text/html', '404 page not found'), { code: Code.unimplemented })
fails("a proxy's 502 page", http('502 Bad Gateway', 'text/html', html), {
  code: Code.unavailable,
  message: /HTTP status 502/,
})
fails('401 without a body', http('401 Unauthorized', 'text/plain', ''), { code: Code.unauthenticated })
fails('JSON that is no error', http('403 Forbidden', 'application/json', '{"error":"nope"}'), {
  code: Code.permission_denied,
})
fails('JSON that is broken', http('429 Too Many Requests', 'application/json', '{"code":'), { code: Code.unavailable })
fails('an error with an unknown code', http('503 Unavailable', 'application/json', '{"code":"odd","message":"m"}'), {
  code: Code.unavailable,
  message: /^m$/,
})
fails('an error that calls itself ok', http('500 Oh', 'application/json', '{"code":"ok"}'), { code: Code.unknown })
fails(
  'details that are none',
  http('409 C', 'application/json', '{"code":"aborted","details":[1,{"type":2},{"type":"a.B","value":3}]}'),
  { code: Code.aborted },
)
fails('a reply that is malformed', http('200 OK', 'application/json', '{"message":'), {
  code: Code.internal,
  reason: 'malformed_reply',
})
fails(
  'a reply in an encoding that nobody asked for',
  http('200 OK', 'application/json', '{}', 'content-encoding: zip\r\n'),
  { code: Code.internal, reason: 'malformed_reply' },
)
fails('a stream for a unary call', http('200 OK', 'application/connect+json', '\0\0\0\0\x02{}'), {
  code: Code.internal,
  reason: 'malformed_reply',
})
fails(
  'a reply in a codec that nobody asked for, and no error of its own',
  http('200 OK', 'application/json', '{"code":"aborted"}'),
  { code: Code.internal, reason: 'malformed_reply', message: /content type application\/json in place of a reply/ },
  { client: { codec: protobuf } },
)
fails('an error over 1 MiB', http('409 Conflict', 'application/json', errorOf(1_200_000)), {
  code: Code.aborted,
  message: /^x+$/,
})
fails(
  'an error over 1 MiB and over the limit of messages',
  http('429 Too Many Requests', 'application/json', errorOf(1_200_000)),
  { code: Code.aborted, message: /^\/hello\.Hello\/SayHello: the error is larger than 1048576 bytes$/ },
  { client: { limits: { ...defaultLimits, messageBytes: 1000 } } },
)
fails('informational responses without an end', 'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n'.repeat(17), {
  code: Code.internal,
  reason: 'malformed_reply',
  message: /more than 16 informational responses/,
})
fails(
  'a reply behind a few informational responses is read as usual',
  `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(16)}${http('403 Forbidden', 'application/json', '{"code":"aborted"}')}`,
  { code: Code.aborted },
)
fails(
  'a reply that is too large, by its length',
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n',
  { code: Code.resource_exhausted, reason: 'message_too_large' },
)
fails(
  'a reply that is too large, by its chunks',
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1000\r\n${' '.repeat(4096)}`,
  { code: Code.resource_exhausted, reason: 'message_too_large' },
  { client: { limits: { ...defaultLimits, messageBytes: 1000 } } },
)
fails('headers that are too large', `HTTP/1.1 200 OK\r\nx-long: ${'y'.repeat(40_000)}\r\n\r\n`, {
  code: Code.resource_exhausted,
  reason: 'reply_headers_too_large',
})
fails(
  'a reply cut short by length',
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"mess',
  { code: Code.unavailable, reason: 'reply_truncated' },
  { close: true },
)
fails(
  'a reply cut short in its chunks',
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"mess',
  { code: Code.unavailable, reason: 'reply_truncated' },
  { close: true },
)
fails('a reply cut short in its head', 'HTTP/1.1 200 OK\r\ncontent-ty', { code: Code.unavailable }, { close: true })
fails('a server that closes without a word', undefined, { code: Code.unavailable, reason: 'connection_lost' })
fails('a reply that is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', { code: Code.internal, reason: 'malformed_reply' })
fails(
  'a refusal that proves that no handler ran',
  http('503 Unavailable', 'application/json', '{"code":"unavailable"}', 'polywire-refused: 1\r\n'),
  { code: Code.unavailable, delivery: 'refused' },
)

test('Retry-After of a 503 is a pushback in milliseconds, in seconds or as a date', async t => {
  const date = new Date(Date.now() + 5000).toUTCString()
  for (const [value, least, most] of [
    ['3', 3000, 3000],
    [date, 1000, 6000],
  ] as const) {
    const server = await answering(http('503 Unavailable', 'text/plain', '', `retry-after: ${value}\r\n`))
    const link = await dial(server.port)
    const error = await failure(link.handle(callOf('ping', {})))
    const pushback = Number(error.headers?.get('grpc-retry-pushback-ms'))
    t.true(pushback >= least && pushback <= most, String(pushback))
    await link.close()
    server.close()
  }
})

test('details of unknown types are kept, and headers of the reply go with the error', async t => {
  const body = '{"code":"not_found","message":"gone","details":[{"type":"a.B","value":"AQI","debug":{"x":1}}]}'
  const server = await answering(
    http('404 Not Found', 'application/json', body, 'x-why: because\r\ntrailer-x-tail: t\r\n'),
  )
  const link = await dial(server.port)
  const error = await failure(link.handle(callOf('sayHello', { name: '', tags: [] })))
  t.like(error, { code: Code.not_found, message: 'gone' })
  t.deepEqual(
    error.details.map(detail => [detail.type, [...detail.value], detail.debug]),
    [['a.B', [1, 2], { x: 1 }]],
  )
  t.is(error.headers?.get('x-why'), 'because')
  t.is(error.headers?.get('x-tail'), 't')
  await link.close()
  server.close()
})

test('every request says who sends it, unless the caller does', async t => {
  const agents: (string | null)[] = []
  const server = createHttpServer((request, response) => {
    agents.push(request.headers['user-agent'] ?? null)
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const link = await dial(port, { client: { options: { get: 'true' } } })
  await link.handle(callOf('sayHello', { name: '', tags: [] }))
  await link.handle(callOf('ping', {}))
  await link.handle(callOf('ping', {}, { headers: { 'user-agent': 'shop/2' } }))
  await link.close()
  t.deepEqual(agents, ['connect-node-polywire', 'connect-node-polywire', 'shop/2'])
})

test('a stream of requests is answered by one message', async t => {
  for (const [body, count] of [
    [envelope(2, '{}'), 'none'],
    [envelope(0, '{}') + envelope(0, '{}') + envelope(2, '{}'), 'more than one'],
  ] as const) {
    const server = await answering(stream(body))
    const link = await dial(server.port)
    async function* names() {}
    const error = await failure(link.handle(callOf('add', names())))
    t.is(error.code, Code.unimplemented)
    t.is(error.reason, 'wrong_message_count')
    t.true(error.message.endsWith(`the reply must be one message, got ${count}`), error.message)
    await link.close()
    server.close()
  }
})

async function streamFailure(link: Link): Promise<RpcError> {
  return failure(link.handle(callOf('watch', { upTo: 3 })).then(collect))
}

const envelope = (flags: number, json: string) =>
  String.fromCharCode(flags, 0, 0, json.length >> 8, json.length & 255) + json
const stream = (body: string) => http('200 OK', 'application/connect+json', body)

function failsStream(title: string, reply: string, expected: Expected, options: { close?: boolean } = {}) {
  test(`stream: ${title}`, async t => {
    const server = await answering(reply, options)
    const link = await dial(server.port)
    const error = await streamFailure(link)
    t.is(Code[error.code], Code[expected.code])
    if (expected.reason !== undefined) t.is(error.reason, expected.reason)
    if (expected.message !== undefined) t.regex(error.message, expected.message)
    await link.close()
    server.close()
  })
}

failsStream('an HTML page, whose bytes are no length', http('404 Not Found', 'text/plain', '404 page not found'), {
  code: Code.unimplemented,
})
failsStream('an HTML page with 200', http('200 OK', 'text/html', html), { code: Code.unknown })
failsStream('no end of stream', stream(envelope(0, '{"n":1}')), { code: Code.internal, reason: 'malformed_reply' })
failsStream('cut short within an envelope', stream('\0\0\0\0\x09{'), {
  code: Code.internal,
  reason: 'malformed_reply',
})
failsStream(
  'in a codec that nobody asked for',
  http('200 OK', 'application/connect+xml', envelope(0, '<a/>') + envelope(2, '{}')),
  { code: Code.internal, reason: 'malformed_reply' },
)
failsStream(
  'cut short by the connection',
  'HTTP/1.1 200 OK\r\ncontent-type: application/connect+json\r\ntransfer-encoding: chunked\r\n\r\n3\r\n\0\0\0',
  { code: Code.unavailable, reason: 'reply_truncated' },
  { close: true },
)
failsStream('an envelope over the limit', stream('\0\x7f\xff\xff\xff{'), {
  code: Code.resource_exhausted,
  reason: 'message_too_large',
})
failsStream('unknown flags', stream(envelope(8, '{}')), { code: Code.internal, reason: 'malformed_envelope' })
failsStream('compressed without saying how', stream(envelope(1, '{}')), {
  code: Code.internal,
  reason: 'malformed_envelope',
})
failsStream('a message that is malformed', stream(envelope(0, '{"n":') + envelope(2, '{}')), {
  code: Code.internal,
  reason: 'malformed_reply',
})
failsStream('an end of stream that is none', stream(envelope(2, 'x')), {
  code: Code.internal,
  reason: 'malformed_reply',
})
failsStream(
  'an error at the end',
  stream(envelope(0, '{"n":1}') + envelope(2, '{"error":{"code":"aborted","message":"m"},"metadata":{"x-a":["1"]}}')),
  { code: Code.aborted, message: /^m$/ },
)

test('the next call on the same link works after a connection was lost', async t => {
  const server = await serveHello()
  const link = await server.dial()
  await link.handle(callOf('ping', {}))
  const hanging = failure(link.handle(callOf('hang', {})))
  while (server.service.calls < 2) await new Promise(setImmediate)
  server.disconnect()
  t.is((await hanging).reason, 'connection_lost')
  t.true(link.open)
  t.is(await link.handle(callOf('ping', {})), undefined)
  await server.close()
})

test('a cancelled call rejects at once with its reason and reaches the handler', async t => {
  const server = await serveHello()
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
  await server.close()
})

test('a deadline ends a call whose server says nothing', async t => {
  const server = await answering('')
  const link = await dial(server.port)
  const error = await failure(link.handle(callOf('ping', {}, { timeout: 20 })))
  t.is(error.code, Code.deadline_exceeded)
  const late = callOf('ping', {}, { timeout: 0 })
  t.is((await failure(link.handle(late))).code, Code.deadline_exceeded)
  await link.close()
  server.close()
})

test('a stream that its reader leaves is cancelled on the server', async t => {
  const server = await serveHello()
  const link = await server.dial()
  const stopped = new Promise<void>(resolve => {
    server.service.onStop = resolve
  })
  for await (const _tick of (await link.handle(callOf('watch', { upTo: 1_000_000 }))) as AsyncIterable<unknown>) break
  await stopped
  t.is(server.service.stopped, 1)
  await server.close()
})

test('a server that is gone closes the link, and the call that found out is unsent', async t => {
  const server = await serveHello()
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
  await link.close()
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
