import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import test, { type ExecutionContext } from 'ava'
import { request } from 'undici'
import {
  type CorsOptions,
  Method,
  RpcError,
  Safe,
  type ServeOptions,
  Service,
  serve,
  string,
} from '../../../src/index.js'
import { HelloService } from '../../fixtures/hello.js'

const page = 'https://app.example.com'

@Service('web.Clock')
class Clock {
  calls = 0

  @Method(string) @Safe() async time(): Promise<string> {
    this.calls++
    return 'noon'
  }
}

async function start(t: ExecutionContext, cors?: CorsOptions, options: ServeOptions = {}) {
  const reports: unknown[] = []
  const clock = new Clock()
  const server = await serve([new HelloService(), clock], {
    host: '127.0.0.1',
    report: error => reports.push(error),
    ...(cors && { cors }),
    ...options,
  })
  t.teardown(() => server.close())
  const url = `http://${server.address}`
  const send = (method: 'POST' | 'OPTIONS' | 'GET', path: string, headers: Record<string, string>, body?: string) =>
    request(url + path, { method, headers, ...(body !== undefined && { body }) })
  return { server, reports, send, clock }
}

const sayHello = '/hello.Hello/SayHello'
const json = { 'content-type': 'application/json' }

function preflight(origin: string, headers = 'content-type,connect-protocol-version') {
  return { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers }
}

test('a named origin may call: its preflight is answered and remembered', async t => {
  const { send, reports } = await start(t, { origins: [page], maxAge: '10m' })
  const answer = await send('OPTIONS', sayHello, preflight(page, 'content-type,x-tenant'))
  t.is(answer.statusCode, 204)
  t.is(await answer.body.text(), '')
  t.is(answer.headers['access-control-allow-origin'], page)
  t.is(answer.headers['access-control-allow-methods'], 'GET, POST')
  t.is(answer.headers['access-control-allow-headers'], 'content-type,x-tenant')
  t.is(answer.headers['access-control-max-age'], '600')
  t.is(answer.headers['access-control-allow-credentials'], undefined)
  t.is(answer.headers.vary, 'origin')
  t.deepEqual(reports, [])
})

test('a reply to a page exposes every header that it has', async t => {
  const { send } = await start(t, { origins: [page] })
  const reply = await send(
    'POST',
    '/hello.Hello/Headers',
    { ...json, origin: page, 'x-greeting': 'hi' },
    '{"name":"a"}',
  )
  t.is(reply.statusCode, 200)
  t.is(reply.headers['access-control-allow-origin'], page)
  const exposed = String(reply.headers['access-control-expose-headers']).split(', ')
  const own = Object.keys(reply.headers).filter(name => name.startsWith('x-') || name.startsWith('trailer-'))
  t.true(own.length > 0)
  for (const name of own) t.true(exposed.includes(name), name)
  await reply.body.dump()

  const failed = await send('POST', sayHello, { ...json, origin: page, 'connect-timeout-ms': '?' }, '{}')
  t.is(failed.statusCode, 400)
  t.is(failed.headers['access-control-allow-origin'], page, 'a page can read errors too')
  t.is(((await failed.body.json()) as { code: string }).code, 'invalid_argument')
})

test('an unknown method of a known service is a 404 that the page can read', async t => {
  const { send } = await start(t, { origins: [page] })
  const asked = await send('OPTIONS', '/hello.Hello/Nope', preflight(page))
  t.is(asked.statusCode, 204)
  const reply = await send('POST', '/hello.Hello/Nope', { ...json, origin: page }, '{}')
  t.is(reply.statusCode, 404)
  t.is(reply.headers['access-control-allow-origin'], page)
  await reply.body.dump()
})

test('credentials are allowed only where they were asked for', async t => {
  const { send } = await start(t, { origins: [page], credentials: true })
  const answer = await send('OPTIONS', sayHello, preflight(page))
  t.is(answer.headers['access-control-allow-credentials'], 'true')
  const reply = await send('POST', sayHello, { ...json, origin: page }, '{"name":"a"}')
  t.is(reply.headers['access-control-allow-credentials'], 'true')
  await reply.body.dump()
})

test('any origin: the reply names none, so caches can share it', async t => {
  const { send } = await start(t, { origins: ['*'] })
  const reply = await send('POST', sayHello, { ...json, origin: 'null' }, '{"name":"a"}')
  t.is(reply.headers['access-control-allow-origin'], '*')
  t.is(reply.headers.vary, undefined)
  await reply.body.dump()
})

for (const [name, cors] of [
  ['no origin is allowed unless it is named', undefined],
  ['an origin that is not named is refused', { origins: [page] }],
] as const) {
  test(`${name}, and reported once`, async t => {
    const { send, reports } = await start(t, cors)
    const foreign = 'https://app.example.com.evil.example'
    for (let i = 0; i < 3; i++) {
      const answer = await send('OPTIONS', sayHello, preflight(foreign))
      t.is(answer.statusCode, 403)
      t.is(answer.headers['access-control-allow-origin'], undefined)
      t.is(((await answer.body.json()) as { code: string }).code, 'permission_denied')
    }
    const reply = await send('POST', sayHello, { ...json, origin: foreign }, '{"name":"a"}')
    t.is(reply.headers['access-control-allow-origin'], undefined)
    await reply.body.dump()
    const nothing = await send('OPTIONS', sayHello, preflight('null'))
    t.is(nothing.statusCode, 403)
    await nothing.body.dump()
    t.is(reports.length, 2)
    t.regex(
      String(reports[0]),
      /origin "https:\/\/app\.example\.com\.evil\.example" tried to call \/hello\.Hello\/SayHello.*origins: \[/,
    )
    t.regex(String(reports[1]), /origin "null".*serve the page over HTTP/)
  })
}

test('invented origins fill neither the log nor the memory', async t => {
  const { send, reports } = await start(t)
  for (let i = 0; i < 120; i++) await (await send('OPTIONS', sayHello, preflight(`https://${i}.example`))).body.dump()
  t.is(reports.length, 100)
})

test("the server's own pages are of its origin", async t => {
  const { send, reports, server } = await start(t)
  const reply = await send('POST', sayHello, { ...json, origin: `http://${server.address}` }, '{"name":"a"}')
  t.is(reply.statusCode, 200)
  await reply.body.dump()
  t.deepEqual(reports, [])
})

test('a cache does not give the reply to a page of another origin', async t => {
  const { send } = await start(t, { origins: [page] })
  const path = '/web.Clock/Time?connect=v1&encoding=json&message=%7B%7D'
  const plain = await send('GET', path, {})
  t.is(plain.headers.vary, 'origin')
  const asked = await send('GET', path, { origin: page })
  t.is(asked.headers.vary, 'origin')
  t.is(asked.headers['access-control-allow-origin'], page)
  await Promise.all([plain.body.dump(), asked.body.dump()])
})

test('over HTTP/2 too', async t => {
  const { server } = await start(t, { origins: [page] })
  const session = connectHttp2(`http://${server.address}`)
  t.teardown(() => session.destroy())
  const stream = session.request({ ':method': 'OPTIONS', ':path': sayHello, ...preflight(page) })
  const [headers] = (await once(stream, 'response')) as [Record<string, string>]
  t.is(Number(headers[':status']), 204)
  t.is(headers['access-control-allow-origin'], page)
  stream.resume()
  await once(stream, 'close')
})

test('a preflight with a body keeps its connection, and one that is too large does not reach the rules', async t => {
  const { send } = await start(t, { origins: [page] })
  const answer = await send('OPTIONS', sayHello, preflight(page), 'a body that nobody asked for')
  t.is(answer.statusCode, 204)
  await answer.body.dump()
  const large = await send('OPTIONS', sayHello, preflight(page, `x-${'a'.repeat(20_000)}`))
  t.is(large.statusCode, 431)
  await large.body.dump()
})

for (const contentType of [
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/plain; charset=application/json',
  'text/plain, application/json',
  undefined,
]) {
  test(`a form cannot call a method: ${contentType}`, async t => {
    const { send, clock } = await start(t, { origins: ['*'] })
    const type = contentType === undefined ? {} : { 'content-type': contentType }
    const reply = await send('POST', '/web.Clock/Time', { origin: 'https://evil.example', ...type }, '{}')
    t.is(reply.statusCode, 415)
    await reply.body.dump()
    t.is(clock.calls, 0)
  })
}

for (const [cors, message] of [
  [{ origins: ['*'], credentials: true }, /credentials need named origins/],
  [
    { origins: ['https://app.example.com/'] },
    /"https:\/\/app\.example\.com\/" is not an origin.*"https:\/\/app\.example\.com"/,
  ],
  [{ origins: ['app.example.com'] }, /not an origin/],
  [{ origins: ['null'] }, /cannot contain "null"/],
  [{ origins: page as unknown as string[] }, /must be a list/],
  [{ origin: page } as unknown as CorsOptions, /has no option "origin"/],
] as const) {
  test(`cors ${JSON.stringify(cors)} is refused at start-up`, async t => {
    const error = await t.throwsAsync(serve([HelloService], { port: false, cors }), { instanceOf: RpcError, message })
    t.is(error?.reason, 'invalid_cors')
  })
}
