import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { acceptedEncodings } from '../../../src/protocols/http/compression.js'
import { type Loopback, type LoopbackOptions, raw, readUntil, serveHello } from './loopback.js'

const say = '/hello.Hello/SayHello'

interface Post {
  readonly path?: string
  readonly method?: string
  readonly type?: string | undefined
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
}

async function post(
  server: Loopback,
  { path = say, method = 'POST', type = 'application/json', headers = {}, body = '{}' }: Post,
) {
  const response = await fetch(server.origin + path, {
    method,
    headers: { ...(type !== '' && { 'content-type': type }), ...headers },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : Buffer.from(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}

/** Each of these is refused as it says, and the next call on the same server works. */
function refuses(
  title: string,
  request: Post,
  expected: { status: number; code?: string; message?: RegExp; header?: [string, string] },
  options: LoopbackOptions = {},
) {
  test(title, async t => {
    const server = await serveHello(options)
    const reply = await post(server, request)
    t.is(reply.status, expected.status)
    t.is(reply.json?.code, expected.code)
    if (expected.message !== undefined) t.regex(reply.json?.message ?? reply.text, expected.message)
    if (expected.header !== undefined) t.is(reply.headers.get(expected.header[0]), expected.header[1])
    t.is(server.service.calls, 0)
    t.deepEqual((await post(server, { body: '{"name":"again"}' })).json, { message: 'Hello, again!' })
    await server.close()
  })
}

refuses('malformed JSON', { body: '{"name":' }, { status: 400, code: 'invalid_argument' })
refuses(
  'a wrong type names the field',
  { body: '{"name":7}' },
  { status: 400, code: 'invalid_argument', message: /name/ },
)
refuses('a body that is no message', { body: '[]' }, { status: 400, code: 'invalid_argument' })
refuses('an empty body', { body: '' }, { status: 400, code: 'invalid_argument' })
refuses(
  'nesting of 10,000',
  { body: `${'{"parent":'.repeat(10_000)}{}${'}'.repeat(10_000)}` },
  { status: 400, code: 'invalid_argument' },
)
refuses(
  'an unknown method of a known service',
  { path: '/hello.Hello/Nothing' },
  { status: 404, code: 'unimplemented' },
)
refuses('an unknown service', { path: '/nothing.At/All' }, { status: 404, code: 'unimplemented' })
refuses(
  'a content type that is not served',
  { type: 'text/html' },
  {
    status: 415,
    message: /^content type "text\/html" is not served at \/hello\.Hello\/SayHello; send one of application\/json, /,
    header: ['accept-post', 'application/json, application/proto, application/x-protobuf, application/protobuf'],
  },
)
refuses('no content type', { type: '', body: new Uint8Array([123, 125]) }, { status: 415 })
refuses('JSON in another charset', { type: 'application/json; charset=utf-16' }, { status: 415 })
refuses('a unary method called as a stream', { type: 'application/connect+json' }, { status: 415 })
refuses('a stream called as a unary method', { path: '/hello.Hello/Watch' }, { status: 415 })
refuses('PUT', { method: 'PUT' }, { status: 405, message: /send GET, POST\n$/, header: ['allow', 'GET, POST'] })
refuses(
  'GET of a method that is not safe',
  { path: '/hello.Hello/Divide', method: 'GET' },
  { status: 405, header: ['allow', 'POST'] },
)
refuses(
  'GET without a message',
  { path: `${say}?encoding=json`, method: 'GET' },
  { status: 400, code: 'invalid_argument', message: /message/ },
)
refuses(
  'GET without an encoding',
  { path: `${say}?message=%7B%7D`, method: 'GET' },
  { status: 400, code: 'invalid_argument', message: /encoding/ },
)
refuses('GET in an unknown encoding', { path: `${say}?message=%7B%7D&encoding=ini`, method: 'GET' }, { status: 415 })
refuses(
  'GET whose base64 is none',
  { path: `${say}?base64=1&encoding=json&message=%7B%7D`, method: 'GET' },
  { status: 400, code: 'invalid_argument' },
)
refuses(
  'GET of another version',
  { path: `${say}?connect=v2&encoding=json&message=%7B%7D`, method: 'GET' },
  { status: 400, code: 'invalid_argument' },
)
refuses(
  'another version of the protocol',
  { headers: { 'connect-protocol-version': '2' } },
  { status: 400, code: 'invalid_argument' },
)
refuses(
  'a timeout that is no number',
  { headers: { 'connect-timeout-ms': '1s' } },
  { status: 400, code: 'invalid_argument', message: /connect-timeout-ms/ },
)
refuses(
  'a timeout of eleven digits',
  { headers: { 'connect-timeout-ms': '10000000000' } },
  { status: 400, code: 'invalid_argument' },
)
refuses(
  'a deadline that has passed',
  { headers: { 'connect-timeout-ms': '0' } },
  { status: 504, code: 'deadline_exceeded' },
)
refuses(
  'an unknown encoding',
  { headers: { 'content-encoding': 'zip' } },
  { status: 501, code: 'unimplemented', header: ['accept-encoding', acceptedEncodings] },
)
refuses(
  'a body that is not encoded as it says',
  { headers: { 'content-encoding': 'gzip' }, body: '{"name":"plain"}' },
  { status: 400, code: 'invalid_argument' },
)
refuses(
  'a body over the limit',
  { body: JSON.stringify({ name: 'x'.repeat(2000) }) },
  { status: 429, code: 'resource_exhausted' },
  { limits: { messageBytes: 1000 } },
)
refuses(
  'a body over the limit once it is decompressed',
  { headers: { 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify({ name: 'x'.repeat(1_000_000) })) },
  { status: 429, code: 'resource_exhausted' },
  { limits: { messageBytes: 10_000 } },
)

const envelope = (flags: number, json: string) =>
  Buffer.concat([Buffer.from([flags, 0, 0, 0, json.length]), Buffer.from(json)])

/** The refusal of a stream is its last envelope. */
function refusesStream(
  title: string,
  request: { headers?: Record<string, string>; body: Uint8Array },
  expected: { code: string; message: RegExp; header?: [string, string] },
) {
  test(`stream: ${title}`, async t => {
    const server = await serveHello()
    const response = await fetch(`${server.origin}/hello.Hello/Watch`, {
      method: 'POST',
      headers: { 'content-type': 'application/connect+json', ...request.headers },
      body: Buffer.from(request.body),
    })
    const reply = Buffer.from(await response.arrayBuffer())
    t.is(response.status, 200)
    t.is(reply[0], 2)
    const { error } = JSON.parse(reply.subarray(5).toString())
    t.is(error.code, expected.code)
    t.regex(error.message, expected.message)
    if (expected.header !== undefined) t.is(response.headers.get(expected.header[0]), expected.header[1])
    t.is(server.service.calls, 0)
    await server.close()
  })
}

const upTo3 = envelope(0, '{"upTo":3}')
refusesStream(
  'no request',
  { body: new Uint8Array(0) },
  { code: 'unimplemented', message: /Watch takes one request message, got none/ },
)
refusesStream(
  'several requests',
  { body: Buffer.concat([upTo3, upTo3]) },
  { code: 'unimplemented', message: /got more than one/ },
)
refusesStream(
  'compressed, without an encoding',
  { headers: { 'connect-content-encoding': 'identity' }, body: envelope(1, '{}') },
  { code: 'internal', message: /no encoding was named/ },
)
refusesStream(
  'another version of the protocol',
  { headers: { 'connect-protocol-version': '2' }, body: upTo3 },
  { code: 'invalid_argument', message: /version "2"/ },
)
refusesStream(
  'an unknown encoding',
  { headers: { 'connect-content-encoding': 'zip' }, body: upTo3 },
  {
    code: 'unimplemented',
    message: /"zip" is not known/,
    header: ['connect-accept-encoding', acceptedEncodings],
  },
)

test('what is taken: parameters of a content type, other cases, compression, every accepted form of GET', async t => {
  const server = await serveHello()
  const hello = { message: 'Hello, you!' }
  const body = '{"name":"you"}'
  t.deepEqual((await post(server, { type: 'Application/JSON; charset=UTF-8', body })).json, hello)
  t.deepEqual((await post(server, { headers: { 'content-encoding': 'gzip' }, body: gzipSync(body) })).json, hello)
  const message = Buffer.from(body).toString('base64url')
  for (const query of [
    `encoding=json&message=${encodeURIComponent(body)}`,
    `connect=v1&base64=1&encoding=json&message=${message}`,
  ]) {
    t.deepEqual((await post(server, { path: `${say}?${query}`, method: 'GET' })).json, hello)
  }
  const zipped = gzipSync(body).toString('base64url')
  const compressed = `${say}?base64=1&compression=gzip&encoding=json&message=${zipped}`
  t.deepEqual((await post(server, { path: compressed, method: 'GET' })).json, hello)
  await server.close()
})

test('__proto__ in a body never becomes a prototype', async t => {
  const server = await serveHello()
  const reply = await post(server, { body: '{"name":"x","__proto__":{"polluted":true},"counts":{"__proto__":"1"}}' })
  t.is(reply.status, 200)
  t.is(({} as { polluted?: boolean }).polluted, undefined)
  await server.close()
})

test('what is no RPC goes to the fallback, an unknown method of a known service does not', async t => {
  const server = await serveHello({ fallback: (_request, response) => void response.writeHead(418).end('{}') })
  t.is((await post(server, { path: '/elsewhere' })).status, 418)
  t.is((await post(server, { path: '/hello.Hello/Nothing' })).status, 404)
  await server.close()
})

const head = (length: string, more = '') =>
  `POST ${say} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${length}\r\n${more}\r\n`

test('a declared length over the limit is refused before the body comes', async t => {
  const server = await serveHello({ limits: { messageBytes: 1000 } })
  const reply = await raw(server.port, `${head('content-length: 1000000')}{`, /message_|over the limit/)
  t.regex(reply, /^HTTP\/1.1 429 .*connection: close.*resource_exhausted/is)
  await server.close()
})

test('a chunked body over the limit is refused at the limit', async t => {
  const server = await serveHello({ limits: { messageBytes: 1000 } })
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`
  const reply = await raw(server.port, head('transfer-encoding: chunked') + chunk + chunk, /over the limit/)
  t.regex(reply, /^HTTP\/1.1 429 .*connection: close.*resource_exhausted/is)
  t.is(server.service.calls, 0)
  await server.close()
})

test('a body that is longer than it says: its call is answered, the surplus is no request', async t => {
  const server = await serveHello()
  const reply = await raw(server.port, `${head('content-length: 12')}{"name":"a"}surplus\r\n\r\n`)
  t.regex(reply, /^HTTP\/1.1 200 .*Hello, a!.*HTTP\/1.1 400 .*invalid_argument/s)
  await server.close()
})

test('a body that ends before its length is invalid', async t => {
  const server = await serveHello()
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(`${head('content-length: 100')}{"name":"a"}`)
  t.regex(await readUntil(socket), /^HTTP\/1.1 400 .*invalid_argument/s)
  t.is(server.service.calls, 0)
  await server.close()
})

test('a body that does not come in time', async t => {
  const server = await serveHello({ limits: { bodyTimeout: 500 } })
  const reply = await raw(server.port, `${head('content-length: 100')}{`)
  t.regex(reply, /^HTTP\/1.1 504 .*deadline_exceeded/s)
  await server.close()
})

test('a body that does not come before the deadline', async t => {
  const server = await serveHello()
  const reply = await raw(server.port, `${head('content-length: 100', 'connect-timeout-ms: 20\r\n')}{`, /\}$/)
  t.regex(reply, /^HTTP\/1.1 504 .*deadline_exceeded/s)
  await server.close()
})

test('a head that does not come in time', async t => {
  const server = await serveHello({ limits: { bodyTimeout: 40 } })
  const reply = await raw(server.port, `POST ${say} HTTP/1.1\r\nhost: x\r\n`)
  t.regex(reply, /^HTTP\/1.1 408 .*deadline_exceeded/s)
  await server.close()
})

test('headers over the limit', async t => {
  const server = await serveHello({ limits: { headerBytes: 2000 } })
  const reply = await raw(server.port, head('content-length: 2', `x-long: ${'y'.repeat(5000)}\r\n`))
  t.regex(reply, /^HTTP\/1.1 431 .*resource_exhausted/s)
  await server.close()
})

test('bytes that are no HTTP', async t => {
  const server = await serveHello()
  t.regex(await raw(server.port, Buffer.from([0, 1, 2, 3, 255, 13, 10, 13, 10])), /^HTTP\/1.1 400 .*invalid_argument/s)
  t.is((await post(server, { body: '{"name":"again"}' })).status, 200)
  await server.close()
})

test('a client that disconnects within its body harms nobody', async t => {
  const server = await serveHello()
  const socket = connect(server.port, '127.0.0.1')
  socket.write(`${head('content-length: 100')}{`)
  await once(socket, 'connect')
  await post(server, { body: '{"name":"meanwhile"}' })
  socket.destroy()
  t.is((await post(server, { body: '{"name":"again"}' })).status, 200)
  t.is(server.service.calls, 2)
  await server.close()
})

test('a client that disconnects while it is served cancels its call', async t => {
  const server = await serveHello()
  const stopped = new Promise<void>(resolve => {
    server.service.onStop = resolve
  })
  const socket = connect(server.port, '127.0.0.1')
  socket.write(
    `POST /hello.Hello/Hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  )
  while (server.service.calls === 0) await new Promise(setImmediate)
  socket.destroy()
  await stopped
  t.is(server.service.stopped, 1)
  await server.close()
})

test('a client that disconnects cancels the calls that it had pipelined too', async t => {
  const server = await serveHello()
  const hang = `POST /hello.Hello/Hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`
  const socket = connect(server.port, '127.0.0.1')
  socket.write(hang + hang + hang)
  while (server.service.calls < 3) await new Promise(setImmediate)
  const stopped = new Promise<void>(resolve => {
    server.service.onStop = () => server.service.stopped === 3 && resolve()
  })
  socket.destroy()
  await stopped
  t.is(server.service.stopped, 3)
  await server.close()
})

test('more calls on one connection than it may have', async t => {
  const server = await serveHello({ limits: { callsPerConnection: 2 } })
  const hang = `POST /hello.Hello/Hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnect-timeout-ms: 30\r\ncontent-length: 2\r\n\r\n{}`
  const reply = await raw(server.port, hang + hang + hang, /resource_exhausted/)
  t.is(server.service.calls, 2)
  t.regex(reply, /polywire-refused: 1/)
  await server.close()
})

test('a call whose deadline passes is answered at once and cancelled', async t => {
  const server = await serveHello()
  const reply = await post(server, { path: '/hello.Hello/Hang', headers: { 'connect-timeout-ms': '20' } })
  t.is(reply.status, 504)
  t.is(reply.json.code, 'deadline_exceeded')
  t.is(server.service.stopped, 1)
  await server.close()
})

for (const target of [
  'http://x/hello.Hello/SayHello',
  'HTTP://other.example:8080/hello.Hello/SayHello',
  'https://x/hello.Hello/SayHello?of=nothing',
]) {
  test(`the whole address as target: ${target}`, async t => {
    const server = await serveHello()
    const reply = await raw(server.port, `${head('content-length: 12').replace(say, target)}{"name":"a"}`, /Hello, a!/)
    t.regex(reply, /^HTTP\/1.1 200 /)
    await server.close()
  })
}

test('the whole address as target of what is no RPC, as the fallback sees it', async t => {
  const seen: (string | undefined)[] = []
  const server = await serveHello({
    fallback: (request, response) => {
      seen.push(request.url)
      response.end('{}')
    },
  })
  for (const target of ['http://x/some?a=b', 'http://x', 'http://x?a', '/plain', '//x/y', '*'])
    await raw(server.port, `OPTIONS ${target} HTTP/1.1\r\nhost: x\r\n\r\n`, /\{\}/)
  t.deepEqual(seen, ['/some?a=b', '/', '/?a', '/plain', '//x/y', '*'])
  await server.close()
})

test('two Host fields, and none, are a bad request', async t => {
  const server = await serveHello()
  const two = await raw(server.port, `${head('content-length: 12', 'Host: x\r\n')}{"name":"a"}`)
  t.regex(two, /^HTTP\/1.1 400 .*connection: close.*several Host fields/is)
  const none = await raw(server.port, `${head('content-length: 12').replace('host: x\r\n', '')}{"name":"a"}`)
  t.regex(none, /^HTTP\/1.1 400 /)
  t.is(server.service.calls, 0)
  await server.close()
})

test('an expectation that the server does not know is refused', async t => {
  const server = await serveHello()
  const reply = await raw(server.port, `${head('content-length: 12', 'expect: gold\r\n')}{"name":"a"}`)
  t.regex(reply, /^HTTP\/1.1 417 .*connection: close/is)
  t.is(server.service.calls, 0)
  await server.close()
})

test('requests that are pipelined are all answered, in order, however many', async t => {
  const server = await serveHello()
  const socket = connect(server.port, '127.0.0.1')
  const names = Array.from({ length: 500 }, (_, n) => `n${n}`)
  socket.write(names.map(name => `${head(`content-length: ${name.length + 11}`)}{"name":"${name}"}`).join(''))
  const replies = await readUntil(socket, /Hello, n499!/)
  t.deepEqual(
    [...replies.matchAll(/Hello, (n\d+)!/g)].map(([, name]) => name),
    names,
  )
  socket.destroy()
  await server.close()
})
