import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import Koa from 'koa'
import {
  Authorize,
  bytes,
  Field,
  Http,
  int32,
  koaMiddleware,
  Message,
  Method,
  type RpcError,
  Safe,
  type ServeOptions,
  Service,
  serve,
  streamOf,
  string,
} from '../../../../src/index.js'
import { readUntil } from '../loopback.js'

@Message('life.Text')
class Text {
  @Field(1, string) text = ''
}

@Message('life.Part')
class Part {
  @Field(1, bytes) data: Uint8Array = new Uint8Array(0)
}

@Message('life.Count')
class Count {
  @Field(1, int32) count = 0
}

/** Resolves what a test waits for. */
class Signals {
  made = 0
  end: (reason?: unknown) => void = () => {}
  begin: () => void = () => {}
  readonly ended = new Promise<unknown>(resolve => {
    this.end = resolve
  })
  readonly began = new Promise<void>(resolve => {
    this.begin = resolve
  })
}

@Service('life.Life')
class Life {
  constructor(readonly signals: Signals) {}

  @Method({ accepts: Count, returns: streamOf(Text) })
  @Safe()
  @Http('GET /v1/endless')
  async *endless({ count }: Count): AsyncIterable<Text> {
    try {
      for (;;) {
        this.signals.made++
        yield { text: 'x'.repeat(Math.max(1, count)) }
      }
    } finally {
      this.signals.end()
    }
  }

  @Method({ accepts: streamOf(Part), returns: Count })
  @Http('POST /v1/upload', { consumes: '*/*', body: 'data' })
  async upload(parts: AsyncIterable<Part>): Promise<Count> {
    let count = 0
    this.signals.begin()
    try {
      for await (const { data } of parts) {
        count += data.byteLength
        if (count > 1_000_000) break
      }
    } catch (error) {
      this.signals.end(error)
      throw error
    }
    return { count }
  }

  @Method({ accepts: Text, returns: Text })
  @Safe()
  @Authorize(call => call.headers.get('authorization') === 'Bearer key')
  @Http('GET /v1/secret/{text}')
  async secret(text: Text): Promise<Text> {
    return text
  }
}

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const signals = new Signals()
  const server = await serve([new Life(signals)], { host: '127.0.0.1', report: () => {}, ...options })
  t.teardown(() => server.close())
  const port = Number(server.address.split(':')[1])
  const socket = async (text: string) => {
    const made = connectSocket(port, '127.0.0.1')
    t.teardown(() => made.destroy())
    await once(made, 'connect')
    made.write(text)
    return made
  }
  return { signals, server, socket, url: `http://${server.address}` }
}

const upload = (more = '') =>
  `POST /v1/upload HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\n${more}transfer-encoding: chunked\r\n\r\n`

test('a client that leaves a stream ends it', async t => {
  const { signals, socket } = await start(t)
  const peer = await socket('GET /v1/endless?count=10 HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(peer, 'data')
  peer.destroy()
  await signals.ended
  t.pass()
})

test('a client that does not read stops the source of a stream', async t => {
  const { signals, socket } = await start(t)
  const peer = await socket('GET /v1/endless?count=100000 HTTP/1.1\r\nhost: x\r\n\r\n')
  peer.pause()
  let before = -1
  while (signals.made !== before || before === 0) {
    before = signals.made
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  t.true(before < 1000, `${before} messages of 100 kB were made for nobody`)
})

test('a client that leaves an upload fails it', async t => {
  const { signals, socket } = await start(t)
  const peer = await socket(`${upload()}3\r\nabc\r\n`)
  await signals.began
  peer.destroy()
  const error = (await signals.ended) as RpcError
  t.regex(error.message, /client|whole/)
})

test('an upload that stalls is answered when its deadline passes', async t => {
  const { signals, socket } = await start(t)
  const peer = await socket(`${upload('connect-timeout-ms: 300\r\n')}3\r\nabc\r\n`)
  const reply = await readUntil(peer, /\r\n\r\n.*\}/s)
  t.regex(reply, /^HTTP\/1\.1 504 /)
  t.regex(reply, /"code":"deadline_exceeded"/)
  await signals.ended
})

test('a handler that has seen enough answers, and the connection carries the next request', async t => {
  const { url } = await start(t)
  const reply = await fetch(`${url}/v1/upload`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(1_100_000),
  })
  t.is(reply.status, 200)
  t.true(((await reply.json()) as { count: number }).count > 1_000_000)
  t.is((await fetch(`${url}/v1/secret/x`, { headers: { authorization: 'Bearer key' } })).status, 200)
})

test('authorization comes before values are read', async t => {
  const { url } = await start(t)
  t.is((await fetch(`${url}/v1/secret/%ff?nothing=1`)).status, 403)
  const allowed = { headers: { authorization: 'Bearer key' } }
  t.is((await fetch(`${url}/v1/secret/%ff?nothing=1`, allowed)).status, 400)
  t.deepEqual(await (await fetch(`${url}/v1/secret/a%2Fb`, allowed)).json(), { text: 'a/b' })
})

test('routes are served over HTTP/2 on the same port', async t => {
  const { url } = await start(t)
  const session = connectHttp2(url)
  t.teardown(() => session.destroy())
  const stream = session.request({ ':path': '/v1/secret/two', authorization: 'Bearer key' })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  t.is(headers[':status'], 200)
  const [chunk] = (await once(stream, 'data')) as [Buffer]
  t.is(chunk.toString(), '{"text":"two"}')
  const missing = session.request({ ':path': '/v1/secret/two', ':method': 'PUT' })
  const [refused] = (await once(missing, 'response')) as [Record<string, unknown>]
  t.deepEqual([refused[':status'], refused['content-type']], [405, 'application/problem+json'])
  missing.end()
})

test('koaMiddleware serves routes, and passes other paths on', async t => {
  const app = new Koa()
  app.use(koaMiddleware([new Life(new Signals())]))
  app.use(context => {
    context.body = 'of the app'
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const headers = { authorization: 'Bearer key', connection: 'close' }
  t.deepEqual(await (await fetch(`${url}/v1/secret/x`, { headers })).json(), { text: 'x' })
  t.is(await (await fetch(`${url}/v1/other`, { headers })).text(), 'of the app')
})
