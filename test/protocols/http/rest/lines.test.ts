import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { request } from 'undici'
import {
  Field,
  Http,
  int32,
  int64,
  listOf,
  Message,
  Method,
  type ServeOptions,
  Service,
  serve,
  streamOf,
  string,
} from '../../../../src/index.js'

@Message('lines.Item')
class Item {
  @Field(1, string) list = ''
  @Field(2, int64) id = 0n
}

@Message('lines.Ids')
class Ids {
  @Field(1, listOf(int64)) ids: bigint[] = []
  @Field(2, listOf(string)) lists: string[] = []
}

@Service('lines.Lists')
class Lists {
  @Method({ accepts: streamOf(Item), returns: Ids })
  @Http('POST /lists/{list}', { body: '*' })
  async add(items: AsyncIterable<Item>): Promise<Ids> {
    const all = new Ids()
    for await (const { id, list } of items) {
      all.ids.push(id)
      all.lists.push(list)
    }
    return all
  }

  @Method({ accepts: streamOf(int32), returns: streamOf(int32) })
  @Http('POST /doubled', { body: '*', responseBody: 'value' })
  async *double(values: AsyncIterable<number>): AsyncIterable<number> {
    for await (const value of values) yield value * 2
  }
}

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const server = await serve([Lists], { host: '127.0.0.1', report: () => {}, openapi: true, ...options })
  t.teardown(() => server.close())
  return async (path: string, body: string | Readable | Buffer, type = 'application/x-ndjson') => {
    const reply = await request(`http://${server.address}${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() }
  }
}

test('each line is a request, wherever chunks divide it, with the fields of the path', async t => {
  const send = await start(t)
  const text = '{"id":"1"}\n\r\n{"id":"9007199254740993","list":"other"}\r\n\n{ "id" : 3 }'
  const expected = { ids: ['1', '9007199254740993', '3'], lists: ['a', 'a', 'a'] }
  t.deepEqual(JSON.parse((await send('/lists/a', text)).text), expected)
  const bytes = Array.from(Buffer.from(text), byte => Buffer.of(byte))
  t.deepEqual(JSON.parse((await send('/lists/a', Readable.from(bytes))).text), expected)
  t.deepEqual(JSON.parse((await send('/lists/a', '')).text), {})
})

test('lines in and lines out: a reply comes before the next request', async t => {
  const send = await start(t)
  const { status, headers, text } = await send('/doubled', '1\n2\n-3\n')
  t.is(status, 200)
  t.is(headers['content-type'], 'application/x-ndjson')
  t.is(text, '2\n4\n-6\n')
})

test('a line that is no request is answered with 400, and one over the limit with 429', async t => {
  const send = await start(t, { limits: { messageBytes: 1000 } })
  for (const line of ['{"id":', '{"id":"x"}', '[]', '{"id":1}{"id":2}', '\u00ff']) {
    const { status, text } = await send('/lists/a', `{"id":1}\n${line}\n`)
    t.is(status, 400, `${line}: ${text}`)
    t.regex(text, /\/lines\.Lists\/Add: the request cannot be read/)
  }
  const long = await send('/lists/a', `{"list":"${'x'.repeat(1000)}"}`)
  t.is(long.status, 429)
  t.regex(long.text, /message_too_large|larger than 1000 bytes|1000/)
  t.is((await send('/lists/a', `${'{"id":1}\n'.repeat(1000)}`)).status, 200)
})

test('other media types, a query and a compressed body are refused', async t => {
  const send = await start(t)
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    const { status, headers } = await send('/lists/a', '{"id":1}', type)
    t.is(status, 415)
    t.is(headers.accept, 'application/x-ndjson')
  }
  const { status, text } = await send('/lists/a?id=1', '{"id":1}')
  t.is(status, 400)
  t.regex(text, /this route takes none/)
})

test('OpenAPI names the media type', async t => {
  const server = await serve([Lists], { host: '127.0.0.1', openapi: true, report: () => {} })
  t.teardown(() => server.close())
  const { paths } = (await (await fetch(`http://${server.address}/openapi.json`)).json()) as {
    paths: Record<string, { post: { requestBody: { content: object } } }>
  }
  t.deepEqual(Object.keys(paths['/lists/{list}']?.post.requestBody.content ?? {}), ['application/x-ndjson'])
})
