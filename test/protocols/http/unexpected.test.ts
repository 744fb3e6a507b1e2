// What the conformance suite of Connect calls unexpected requests and responses, over HTTP/1.1 and HTTP/2.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { Code, connect, disconnect, type RpcError, serve } from '../../../src/index.js'
import { Hello, HelloService } from '../../fixtures/hello.js'
import { outcome } from '../../support/calls.js'

const versions = ['1.1', '2'] as const
const proto = 'application/proto'
const stream = 'application/connect+proto'

/** An envelope. @param length of its body, where that is not what it claims */
function envelope(flags: number, body = '', length = body.length): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flags
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, Buffer.from(body)])
}

/** `Tick` with `n: 1`. */
const tick = envelope(0, '\x08\x01')
const end = envelope(2, '{}')

interface Answer {
  readonly status?: number
  readonly type: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}

/** A client of a server that answers each request so. */
async function answered(t: ExecutionContext, version: '1.1' | '2', { status = 200, type, headers, body }: Answer) {
  const server = version === '2' ? createHttp2Server() : createServer()
  server.on('request', (request: NodeJS.ReadableStream, response: ServerResponse & Http2ServerResponse) => {
    request.resume()
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const hello = connect(Hello, `http://127.0.0.1:${port}?codec=proto&version=${version}`)
  t.teardown(async () => {
    await disconnect(hello)
    server.close()
  })
  return hello
}

type Kind = 'unary' | 'request stream' | 'reply stream'

/** @returns the error, and how many messages came before it */
async function called(hello: Hello, kind: Kind): Promise<{ error: RpcError | undefined; messages: number }> {
  let messages = 0
  const call = async () => {
    if (kind === 'unary') await hello.sayHello({ name: 'x', tags: [] })
    else if (kind === 'request stream') await hello.add(one())
    else for await (const _ of hello.watch(1)) messages++
  }
  return { error: (await outcome(call())).error as RpcError | undefined, messages }
}

async function* one() {
  yield { n: 1 }
}

const responses: readonly (readonly [string, Kind, Answer, Code, messages?: number])[] = [
  [
    '403 with a body that is no error',
    'unary',
    { status: 403, type: proto, body: '\x0a\x01x' },
    Code.permission_denied,
  ],
  ['another content type', 'unary', { type: 'image/jpeg' }, Code.unknown],
  ['another codec', 'unary', { type: 'application/json', body: '{"message":"x"}' }, Code.internal],
  ['an unknown encoding', 'unary', { type: proto, headers: { 'content-encoding': 'foo' }, body: 'x' }, Code.internal],
  ['no message', 'request stream', { type: stream, body: end }, Code.unimplemented],
  ['two messages', 'request stream', { type: stream, body: Buffer.concat([tick, tick, end]) }, Code.unimplemented],
  ['a message without an end', 'request stream', { type: stream, body: tick }, Code.internal],
  ['no end', 'reply stream', { type: stream, body: tick }, Code.internal, 1],
  ['another codec', 'reply stream', { type: 'application/connect+json', body: end }, Code.internal],
  [
    'a flag of compression without an encoding',
    'reply stream',
    { type: stream, body: envelope(1, 'x') },
    Code.internal,
  ],
  [
    'part of a message',
    'reply stream',
    { type: stream, body: Buffer.concat([tick, envelope(0, 'abc', 10)]) },
    Code.internal,
    1,
  ],
  [
    'part of a prefix',
    'reply stream',
    { type: stream, body: Buffer.concat([tick, Buffer.alloc(3)]) },
    Code.internal,
    1,
  ],
]

for (const version of versions) {
  for (const [title, kind, answer, code, messages = 0] of responses) {
    test(`a client reads, HTTP/${version}, ${kind}: ${title}`, async t => {
      const { error, messages: received } = await called(await answered(t, version, answer), kind)
      t.is(Code[error?.code ?? 0], Code[code])
      t.is(received, messages)
    })
  }
}

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly type: string
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string
}

async function asked(
  address: string,
  version: '1.1' | '2',
  { method = 'POST', path, type, headers, body = '' }: Asked,
) {
  const url = path ?? '/hello.Hello/SayHello'
  if (version === '1.1') {
    const init = { method, headers: { 'content-type': type, ...headers }, body }
    const response = await fetch(`http://${address}${url}`, init)
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
  }
  const session = connectHttp2(`http://${address}`)
  try {
    const head = { ':method': method, ':path': url, 'content-type': type, ...headers }
    const request = session.request(head, { endStream: false })
    request.end(body)
    const [answer] = (await once(request, 'response')) as [{ ':status': number }]
    return { status: answer[':status'], body: Buffer.concat(await request.toArray()) }
  } finally {
    session.close()
  }
}

const watch = '/hello.Hello/Watch'
const foo = { 'content-encoding': 'foo' }
const requests: readonly (readonly [string, Asked, status: number, said: RegExp])[] = [
  ['another content type', { type: 'image/jpeg', body: 'x' }, 415, /^$/],
  ['another method', { method: 'DELETE', type: proto }, 405, /^$/],
  ['an unknown path', { path: '/hello.Unknown/Unknown', type: proto }, 404, /"code":"unimplemented"/],
  ['an unknown encoding', { type: proto, headers: foo, body: 'x' }, 501, /"code":"unimplemented"/],
  ['a reply stream without a request', { path: watch, type: stream }, 200, /"code":"unimplemented"/],
  ['a reply stream with two', { path: watch, type: stream, body: Buffer.concat([tick, tick]) }, 200, /"unimplemented"/],
  [
    'a flag of compression without an encoding',
    { path: watch, type: stream, body: envelope(1, 'x') },
    200,
    /"internal"/,
  ],
]

for (const version of versions) {
  for (const [title, request, status, said] of requests) {
    test(`a server answers, HTTP/${version}: ${title}`, async t => {
      const service = new HelloService()
      const server = await serve([service], { host: '127.0.0.1', report: () => {} })
      t.teardown(() => server.close())
      const reply = await asked(server.address, version, request)
      t.is(reply.status, status)
      t.regex(reply.body.toString('latin1'), said)
    })
  }
}
