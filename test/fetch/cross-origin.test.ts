import test from 'ava'
import { fetchHandler } from '../../src/fetch/index.js'
import { type CorsOptions } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'

const app = 'https://app.example.com'
const calls = [
  ['Connect', 'application/json', '{"name":"a"}'],
  ['gRPC-Web', 'application/grpc-web+json', '\0\0\0\0\u000c{"name":"a"}'],
] as const

function handled(cors: CorsOptions | undefined) {
  const reports: unknown[] = []
  const service = new HelloService()
  const handler = fetchHandler([service], { report: error => reports.push(error), ...(cors && { cors }) })
  const send = (method: string, headers: Record<string, string>, body?: string) =>
    handler(
      new Request('http://worker.test/hello.Hello/SayHello', { method, headers, ...(body !== undefined && { body }) }),
    )
  const preflight = (origin: string) =>
    send('OPTIONS', { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-tenant' })
  return { reports, service, send, preflight }
}

for (const [name, type, body] of calls)
  test(`a page of an origin that is named calls a fetch handler: ${name}`, async t => {
    const { reports, send, preflight } = handled({ origins: [app], maxAge: '10m' })
    const asked = await preflight(app)
    t.is(asked.status, 204)
    t.is(asked.headers.get('access-control-allow-origin'), app)
    t.is(asked.headers.get('access-control-allow-headers'), 'x-tenant')
    t.is(asked.headers.get('access-control-max-age'), '600')
    const reply = await send('POST', { origin: app, 'content-type': type }, body)
    t.is(reply.headers.get('access-control-allow-origin'), app)
    t.is(reply.headers.get('vary'), 'origin')
    t.regex(await reply.text(), /Hello, a!/)
    t.deepEqual(reports, [])
  })

for (const cors of [undefined, { origins: [app] }])
  test(`a page of another origin gets nothing of a fetch handler, which says so once: ${JSON.stringify(cors)}`, async t => {
    const { reports, service, send, preflight } = handled(cors)
    for (const origin of ['https://evil.example', 'https://evil.example', 'null', 'null']) {
      const asked = await preflight(origin)
      t.is(asked.status, 403)
      t.is(asked.headers.get('access-control-allow-origin'), null)
      for (const [, type, body] of calls) {
        const reply = await send('POST', { origin, 'content-type': type }, body)
        t.is(reply.headers.get('access-control-allow-origin'), null)
      }
      const form = await send('POST', { origin, 'content-type': 'text/plain' }, '{"name":"a"}')
      t.is(form.status, 415)
    }
    t.is(reports.length, 2)
    // No form sends these types, so a browser asks before it sends them.
    t.is(service.calls, 8)
  })
