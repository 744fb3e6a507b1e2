import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { RestAnswer } from '../../src/console/rest-answer.js'
import { serviceOf } from '../../src/extend.js'
import { Code, Http, int32, Method, RpcError, Safe, Service, streamOf } from '../../src/index.js'

@Service('counters.Counter')
class Counter {
  @Method(int32)
  @Safe()
  @Http('GET /v1/count')
  async count(): Promise<number> {
    return 1
  }

  @Method(streamOf(int32))
  @Safe()
  @Http('GET /v1/counts')
  async *counts(): AsyncIterable<number> {
    yield 1
  }
}

interface Response {
  readonly key?: 'count' | 'counts'
  readonly status?: number
  readonly type?: string
  readonly body: string
}

/** What the page shows of a response, whose server need not be polywire: a proxy or a middleware may have answered. */
async function answered(
  t: ExecutionContext,
  { key = 'count', status = 200, type = 'application/json', body }: Response,
) {
  const server = createServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body))
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [response] = (await once(
    get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false }),
    'response',
  )) as [IncomingMessage]
  const method = serviceOf(Counter).methods.find(one => one.key === key)
  const rule = method?.routes[0]
  if (method === undefined || rule === undefined) throw new Error(`no route of ${key}`)
  const replies: unknown[] = []
  const answer = new RestAnswer(method, rule, async reply => void replies.push(reply))
  const error = await answer.read(response).then(
    () => undefined,
    (cause: unknown) => cause as RpcError,
  )
  return { replies, error }
}

test('an error in JSON that is not a problem is shown as its text', async t => {
  const { error } = await answered(t, { status: 503, body: '{"error":"overloaded"}' })
  t.true(error instanceof RpcError)
  t.like(error, { code: Code.unavailable, message: '{"error":"overloaded"}' })
})

for (const type of ['application/json', 'application/problem+json'])
  for (const body of ['', '{"error":', 'null', '5'])
    test(`an error of ${type} with the body ${JSON.stringify(body)} keeps its status`, async t => {
      const { error } = await answered(t, { status: 503, type, body })
      t.true(error instanceof RpcError)
      t.like(error, { code: Code.unavailable, message: body })
    })

test('a reply without a body is none', async t => {
  t.deepEqual(await answered(t, { body: '' }), { replies: [], error: undefined })
})

const broken: readonly Response[] = [
  { body: '{"value":' },
  { key: 'counts', type: 'application/x-ndjson', body: '{"value":\n' },
  { key: 'counts', type: 'text/event-stream', body: 'data: {"value":\n\n' },
]
for (const response of broken)
  test(`a broken reply says that it cannot be read: ${response.type ?? 'application/json'}`, async t => {
    const { error, replies } = await answered(t, response)
    t.deepEqual(replies, [])
    t.true(error instanceof RpcError)
    t.like(error, { code: Code.internal, reason: 'malformed_reply' })
    t.regex(error?.message ?? '', /^\/counters\.Counter\/Counts?: the reply cannot be read: /)
  })

test('an event that tells of an error and is not a problem is shown as its text', async t => {
  const response = { key: 'counts', type: 'text/event-stream', body: 'event: error\ndata: null\n\n' } as const
  const { error } = await answered(t, response)
  t.true(error instanceof RpcError)
  t.like(error, { code: Code.unknown, message: 'null' })
})
