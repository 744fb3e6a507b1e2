import { once } from 'node:events'
import { createServer } from 'node:http'
import test from 'ava'
import { json } from '../../../src/codecs/json/codec.js'
import { defaultLimits } from '../../../src/core/limits.js'
import { systemClock } from '../../../src/core/timer-wheel.js'
import { createHttpHandler } from '../../../src/protocols/http/server/handler.js'
import { ServiceRouter } from '../../../src/server/router.js'
import { HelloService } from '../../fixtures/hello.js'
import { callOf, dial } from './loopback.js'

test("in a server of someone else's, behind a middleware that sets headers", async t => {
  class Repeating extends HelloService {
    override async headers(...[request, call]: Parameters<HelloService['headers']>) {
      call?.replyHeaders.append('x-many', '1').append('x-many', '2')
      return super.headers(request, call)
    }
  }
  const report = (error: unknown) => t.fail(String(error))
  const router = new ServiceRouter([new Repeating()], { clock: systemClock, report, policies: [] })
  const settings = { limits: defaultLimits, clock: systemClock, codecs: new Map([['json', json]]), report }
  const handle = createHttpHandler(router, settings)
  const server = createServer((request, response) => {
    response.setHeader('x-middleware', 'was here')
    response.setHeader('content-type', 'text/html')
    response.statusMessage = 'Not Found'
    if (!handle(request, response)) response.writeHead(404).end('theirs')
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const link = await dial(t, port)
  const call = callOf('headers', { name: '', tags: [] })
  await link.handle(call)
  t.is(call.replyHeaders.get('x-middleware'), 'was here')
  t.deepEqual(call.replyHeaders.getAll('x-many'), ['1', '2'])
  const reply = await fetch(`http://127.0.0.1:${port}/hello.Hello/Ping`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  t.is(reply.statusText, 'OK')
  t.is(reply.headers.get('content-type'), 'application/json')
  t.is(await (await fetch(`http://127.0.0.1:${port}/elsewhere`)).text(), 'theirs')
})
