import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2'
import test, { type ExecutionContext } from 'ava'
import { type LimitOptions, serve } from '../../../src/index.js'
import { HelloService } from '../../fixtures/hello.js'

/** A server, and a client of Node's HTTP/2 that sends what polywire's would not. Both close with the test. */
async function session(t: ExecutionContext, limits: LimitOptions = {}) {
  const service = new HelloService()
  const server = await serve([service], { host: '127.0.0.1', port: 0, limits })
  const client = connect(`http://${server.address}`)
  t.teardown(async () => {
    client.destroy()
    await server.close()
  })
  return { service, client }
}

function request(
  client: ClientHttp2Session,
  method: string,
  more: Readonly<Record<string, string>> = {},
  options = {},
) {
  const head = { ':method': 'POST', ':path': `/hello.Hello/${method}`, 'content-type': 'application/json', ...more }
  const stream = client.request(head, options)
  stream.on('error', () => {})
  return stream
}

async function replyOf(stream: ClientHttp2Stream): Promise<{ readonly status: number; readonly body: unknown }> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return { status: Number(headers[':status']), body: JSON.parse(text) as unknown }
}

const hello = { status: 200, body: { message: 'Hello, World!' } }

test('a body in pieces, ended by an empty frame', async t => {
  const { client } = await session(t)
  const stream = request(client, 'SayHello')
  for (const piece of ['{"na', 'me":', '"World"', '}']) {
    stream.write(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  stream.end()
  t.deepEqual(await replyOf(stream), hello)
})

test('cookies that come in several fields are one header again', async t => {
  const { service, client } = await session(t)
  service.headers = async (_request, call) => ({ message: call?.headers.get('cookie') ?? '' })
  const cookie = ['theme=dark', 'session=abc'] as unknown as string
  const stream = request(client, 'Headers', { cookie })
  stream.end('{}')
  t.deepEqual((await replyOf(stream)).body, { message: 'theme=dark; session=abc' })
})

test('a body that is ended by trailers', async t => {
  const { client } = await session(t)
  const stream = request(client, 'SayHello', {}, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': '1' }))
  stream.end('{"name":"World"}')
  t.deepEqual(await replyOf(stream), hello)
})

test('a request without a body is read as no message', async t => {
  const { client } = await session(t)
  const { status, body } = await replyOf(request(client, 'SayHello', {}, { endStream: true }))
  t.is(status, 400)
  t.is((body as { code: string }).code, 'invalid_argument')
})

test('a body over messageBytes without a length is refused while it arrives, and the connection goes on', async t => {
  const { client, service } = await session(t, { messageBytes: 1000 })
  const stream = request(client, 'Hang')
  for (let at = 0; at < 3; at++) stream.write(' '.repeat(500))
  const { status, body } = await replyOf(stream)
  t.is(status, 429)
  t.is((body as { code: string }).code, 'resource_exhausted')
  t.is(service.calls, 0)
  const next = request(client, 'SayHello')
  next.end('{"name":"World"}')
  t.deepEqual(await replyOf(next), hello)
})

test('a body that does not end in bodyTimeout is refused', async t => {
  const { client, service } = await session(t, { bodyTimeout: '50ms' })
  const stream = request(client, 'Hang')
  stream.write('{')
  const { status, body } = await replyOf(stream)
  t.is(status, 504)
  t.regex((body as { message: string }).message, /bodyTimeout/)
  t.is(service.calls, 0)
})

test('a request that is cancelled before its end reaches no handler', async t => {
  const { client, service } = await session(t)
  const stream = request(client, 'Hang')
  stream.write('{')
  await once(client, 'remoteSettings')
  stream.close()
  const next = request(client, 'SayHello')
  next.end('{"name":"World"}')
  t.deepEqual(await replyOf(next), hello)
  t.is(service.calls, 1)
})

test('requests with the same header bytes: each has its own deadline, and what is wrong with them is told each time', async t => {
  const { client } = await session(t)
  for (let at = 0; at < 3; at++) {
    const stream = request(client, 'Hang', { 'connect-timeout-ms': '20' })
    stream.end('{}')
    t.is((await replyOf(stream)).status, 504)
  }
  for (const [header, status] of [
    [{ 'connect-timeout-ms': 'soon' }, 400],
    [{ 'connect-protocol-version': '2' }, 400],
    [{ 'content-encoding': 'snappy' }, 501],
  ] as const)
    for (let at = 0; at < 2; at++) {
      const stream = request(client, 'SayHello', header)
      stream.end('{}')
      t.is((await replyOf(stream)).status, status)
    }
})
