import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { fetchHandler, honoMiddleware } from '../../src/fetch/index.js'
import { Code, expressMiddleware, fastifyPlugin, koaMiddleware, RpcError } from '../../src/index.js'
import { connect, Field, Message, Method, nothing, Safe, Service, streamOf, string } from '../../src/web/index.js'

@Message('frameworks.Text')
class Text {
  @Field(1, string) text = ''
}

@Service('frameworks.Echo')
class Echo {
  @Method({ accepts: Text, returns: Text })
  @Safe()
  async echo({ text }: Text): Promise<Text> {
    return { text }
  }

  @Method({ accepts: Text, returns: streamOf(Text) })
  async *letters({ text }: Text): AsyncIterable<Text> {
    for (const letter of text) yield { text: letter }
  }

  @Method({ accepts: nothing, returns: nothing })
  async fail(): Promise<void> {
    throw new RpcError('it is gone', Code.not_found)
  }
}

/** Calls an app at a URL: its service, and a route of its own. */
async function check(t: ExecutionContext, url: string, fetch = globalThis.fetch): Promise<void> {
  const echo = connect(Echo, url, { fetch })
  t.is((await echo.echo({ text: 'Grüße' })).text, 'Grüße')
  const letters: string[] = []
  for await (const { text } of echo.letters({ text: 'abc' })) letters.push(text)
  t.deepEqual(letters, ['a', 'b', 'c'])
  const error = await t.throwsAsync(echo.fail(), { instanceOf: RpcError, message: 'it is gone' })
  t.is(error?.code, Code.not_found)
  const own = await fetch(`${url}/own`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'content-type': 'application/json' },
  })
  t.is(await own.text(), 'mine 1')
}

async function listening(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('services in an Express app, before its body parser and its routes', async t => {
  const app = express()
  app.use(expressMiddleware([Echo]))
  app.use(express.json())
  app.post('/own', (request, response) => void response.send(`mine ${(request.body as { a: number }).a}`))
  await check(t, await listening(t, app))
})

test('services in an Express app, behind its body parser: the caller and the log hear what is wrong', async t => {
  const app = express()
  const reports: unknown[] = []
  app.use(express.json({ type: () => true }))
  app.use(expressMiddleware([Echo], { report: error => reports.push(error) }))
  const echo = connect(Echo, await listening(t, app), { get: false })
  const list = async () => {
    for await (const _ of echo.letters({ text: 'abc' }));
  }
  const message = /body was read before the request came here; add body parsers after polywire's middleware/
  await t.throwsAsync(echo.echo({ text: 'abc' }), { message, code: Code.internal })
  t.regex(String(reports), message)
  await t.throwsAsync(list(), { code: Code.internal })
})

test('services in a Fastify app, beside its routes', async t => {
  const app = fastify()
  await app.register(fastifyPlugin([Echo]))
  app.post('/own', async request => `mine ${(request.body as { a: number }).a}`)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  await check(t, url)
})

test('services in a Hono app, beside its routes', async t => {
  const app = new Hono()
  app.use(honoMiddleware([Echo]))
  app.post('/own', async context => context.text(`mine ${((await context.req.json()) as { a: number }).a}`))
  await check(t, 'http://hono.test', async (url, init) => app.fetch(new Request(url, init)))
})

test('services in a Koa app, beside its own middleware', async t => {
  const app = new Koa()
  app.use(koaMiddleware([Echo]))
  app.use(async context => {
    const chunks: Buffer[] = []
    for await (const chunk of context.req) chunks.push(chunk as Buffer)
    context.body = `mine ${(JSON.parse(Buffer.concat(chunks).toString()) as { a: number }).a}`
  })
  await check(t, await listening(t, (request, response) => void app.callback()(request, response)))
})

test('a fetch handler answers 404 to what is not a call', async t => {
  const response = await fetchHandler([Echo])(new Request('http://worker.test/own'))
  t.is(response.status, 404)
  t.is(((await response.json()) as { code: string }).code, 'unimplemented')
})
