import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { request } from 'undici'
import { connect, disconnect, type ServeOptions, serve } from '../../../../src/index.js'
import { Library } from '../../../fixtures/library.js'

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const reports: unknown[] = []
  const library = new Library()
  const server = await serve([library], { host: '127.0.0.1', report: error => reports.push(error), ...options })
  t.teardown(() => server.close())
  const send = async (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
    path: string,
    {
      json: sent,
      headers = {},
      body,
    }: { json?: unknown; headers?: Record<string, string>; body?: string | Uint8Array } = {},
  ) => {
    const reply = await request(`http://${server.address}${path}`, {
      method,
      headers: { ...(sent !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(sent !== undefined ? { body: JSON.stringify(sent) } : body !== undefined ? { body } : {}),
    })
    const text = await reply.body.text()
    const type = String(reply.headers['content-type'] ?? '')
    const json =
      text !== '' && /^application\/(?:problem\+)?json/.test(type) ? (JSON.parse(text) as unknown) : undefined
    return { status: reply.statusCode, headers: reply.headers, type, text, json }
  }
  return { server, reports, library, send }
}

test('a GET takes its fields from the path, by each of its routes', async t => {
  const { send } = await start(t)
  for (const path of ['/v1/books/9007199254740993', '/v1/library/9007199254740993:show']) {
    const { status, type, json } = await send('GET', path)
    t.is(status, 200)
    t.is(type, 'application/json')
    t.deepEqual(json, { id: '9007199254740993', title: 'Moby Dick', genre: 'NOVEL' })
  }
})

test('a query holds the other fields: nested, repeated, enums, long integers, wrappers and times', async t => {
  const { send } = await start(t)
  const query = new URLSearchParams([
    ['author.name', 'Jane & Co'],
    ['author.born', '1775'],
    ['tags', 'a'],
    ['tags', 'b,c'],
    ['genres', 'NOVEL'],
    ['genres', '2'],
    ['after', '18446744073709551615'],
    ['limit', '0'],
    ['since', '2024-01-02T03:04:05Z'],
    ['age', '1.5s'],
    ['exact', 'true'],
    ['score', '-0.5'],
    ['sortBy', 'title'],
    ['isbn', '123'],
    ['cursor', 'AAEC'],
  ])
  const { status, json } = await send('GET', `/v1/shelves/classics%20%2F%20old/books?${query}`)
  t.is(status, 200, JSON.stringify(json))
  t.deepEqual(JSON.parse((json as { asked: string }).asked), {
    shelf: 'classics / old',
    author: { name: 'Jane & Co', born: 1775 },
    tags: ['a', 'b,c'],
    genres: [1, 2],
    after: '18446744073709551615',
    limit: 0,
    since: '2024-01-02T03:04:05.000Z',
    age: 1500,
    exact: true,
    score: -0.5,
    sort_by: 'title',
    number: { case: 'isbn', value: '123' },
    cursor: { 0: 0, 1: 1, 2: 2 },
  })
})

test('a body holds one field; the path wins over it, and the query holds the rest', async t => {
  const { send } = await start(t)
  const created = await send('POST', '/v1/shelves/new/books?dry_run=true', { json: { title: 'Emma' } })
  t.is(created.status, 400, 'the field is called dryRun')
  const { status, headers, json } = await send('POST', '/v1/shelves/new/books?dryRun=true', { json: { title: 'Emma' } })
  t.is(status, 201)
  t.is(headers.location, '/v1/books/17')
  t.deepEqual(json, { id: '17', title: 'Emma', tags: ['new', 'true'] })
  const patched = await send('PATCH', '/v1/books/5', { json: { id: '6', title: 'Emma', tags: ['x'] } })
  t.is(patched.status, 202)
  t.deepEqual(patched.json, { id: '5', title: 'Emma', tags: ['', 'false', 'x'] })
})

test("a body of '*' holds everything that is not in the path", async t => {
  const { send } = await start(t)
  const { status, json } = await send('POST', '/v2/books/Jane%20Austen', {
    json: { shelf: 's', dryRun: true, book: { title: 'Emma', author: { name: 'X', born: 1775 } } },
  })
  t.is(status, 200)
  t.deepEqual(json, { id: '17', title: 'Emma', author: { name: 'Jane Austen', born: 1775 }, tags: ['s', 'true'] })
  t.is((await send('POST', '/v2/books/Jane?shelf=s', { json: {} })).status, 400)
  const without = await send('POST', '/v2/books/Jane')
  t.deepEqual(without.json, { id: '17', author: { name: 'Jane' }, tags: ['', 'false'] })
})

test('a method that returns nothing answers 204 without a body', async t => {
  const { send, library } = await start(t)
  for (const [verb, path] of [
    ['DELETE', '/v1/books/5'],
    ['POST', '/v1/books/5:burn'],
  ] as const) {
    const { status, text, headers } = await send(verb, path)
    t.is(status, 204)
    t.is(text, '')
    t.is(headers['content-type'], undefined)
  }
  t.is(library.calls, 2)
})

test('variables of several segments keep encoded slashes, and those of one decode them', async t => {
  const { send } = await start(t)
  const name = async (path: string) => ((await send('GET', path)).json as { name?: string }).name
  t.is(await name('/v1/shelves/a%20b/rooms/c%2fd'), 'shelves/a b/rooms/c%2fd')
  t.is(await name('/v1/files/a/b%2Fc/d'), 'a/b%2Fc/d')
  t.is(await name('/v1/files/a%252Fb'), 'a%2Fb')
  t.is(await name('/v1/files'), undefined)
  t.is(await name('/v1/files/a/b:meta'), 'files/a/b')
  t.is(await name('/v1/one/a%2Fb%3Fc'), 'a/b?c')
  t.is(await name('/v1/on%65/x:y'), 'x:y')
  t.is(await name('/v1/one/%E4%B8%96'), '世')
})

test('a response body is one field, zeros too', async t => {
  const { send } = await start(t)
  t.is((await send('GET', '/v1/titles')).text, '[{"title":"Emma"}]')
  t.is((await send('GET', '/v1/count')).text, '{}')
  t.is((await send('GET', '/v1/bare-count')).text, '"0"')
})

test('arguments are fields of the request', async t => {
  const { send } = await start(t)
  t.deepEqual((await send('GET', '/v1/sum/-3?right=9007199254740993')).json, { value: '9007199254740990' })
})

test('an error is a problem, with the fields of a declared one', async t => {
  const { send } = await start(t)
  const { status, type, json } = await send('GET', '/v1/books/404')
  t.is(status, 404)
  t.is(type, 'application/problem+json')
  t.deepEqual(json, {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'the book is gone',
    code: 'not_found',
    details: [{ '@type': 'library.Gone', id: '404' }],
  })
})

test('HEAD answers as GET does, without a body', async t => {
  const { send } = await start(t)
  const got = await send('GET', '/v1/count')
  const { status, headers, text } = await send('HEAD', '/v1/count')
  t.is(status, 200)
  t.is(headers['content-length'], got.headers['content-length'])
  t.is(text, '')
})

test('a path with other methods answers 405 with those it has', async t => {
  const { send } = await start(t)
  const { status, headers, json } = await send('PUT', '/v1/books/5')
  t.is(status, 405)
  t.is(headers.allow, 'GET, HEAD, PATCH, DELETE')
  t.is((json as { status: number }).status, 405)
  t.is((await send('GET', '/v1/nothing/5')).status, 404)
  t.is((await send('HEAD', '/v1/books/5/editions')).status, 405, 'a stream has no head of its own')
})

test('a cached reply has a tag, and a client that has it gets 304', async t => {
  const { send, library } = await start(t)
  const first = await send('GET', '/v1/books/5')
  t.regex(String(first.headers['cache-control']), /max-age/)
  const tag = String(first.headers.etag)
  const again = await send('GET', '/v1/books/5', { headers: { 'if-none-match': tag } })
  t.is(again.status, 304)
  t.is(again.text, '')
  t.is((await send('HEAD', '/v1/books/5', { headers: { 'if-none-match': tag } })).status, 304)
  t.is(library.calls, 1)
})

test('a stream is JSON lines, or events for those who accept them', async t => {
  const { send } = await start(t)
  const lines = await send('GET', '/v1/books/5/editions')
  t.is(lines.type, 'application/x-ndjson')
  t.is(lines.headers['x-editions'], '2')
  t.is(lines.text, '{"id":"5","title":"first\\nline"}\n{"id":"5","title":"second"}\n')
  const events = await send('GET', '/v1/books/5/editions', { headers: { accept: 'text/event-stream' } })
  t.is(events.type, 'text/event-stream')
  t.is(events.text, 'data: {"id":"5","title":"first\\nline"}\n\ndata: {"id":"5","title":"second"}\n\n')
})

test('an error before the first reply of a stream has its status; a later one ends the stream', async t => {
  const { send } = await start(t)
  const early = await send('GET', '/v1/books/404/editions')
  t.deepEqual([early.status, early.type], [404, 'application/problem+json'])
  const lines = (await send('GET', '/v1/books/500/editions')).text.trim().split('\n')
  const { error } = JSON.parse(lines[2] ?? '') as { error: { code: string; details: unknown } }
  t.is(error.code, 'not_found')
  t.deepEqual(error.details, [{ '@type': 'library.Gone', id: '500' }])
  const events = await send('GET', '/v1/books/500/editions', { headers: { accept: 'text/event-stream' } })
  t.regex(events.text, /\n\nevent: error\ndata: \{"type":"about:blank"/)
})

test('bytes come and go with their media type', async t => {
  const { send } = await start(t)
  const image = Buffer.from([0, 1, 2, 255])
  const put = await send('PUT', '/v1/books/5/cover', { body: image, headers: { 'content-type': 'image/jpeg' } })
  t.deepEqual(put.json, { id: '5', size: 4, type: 'image/jpeg' })
  const got = await send('GET', '/v1/books/5/cover')
  t.is(got.type, 'image/png')
  t.is(got.headers['content-length'], '4')
  const refused = await send('PUT', '/v1/books/5/cover', { body: 'GIF', headers: { 'content-type': 'image/gif' } })
  t.is(refused.status, 415)
  t.is(refused.headers.accept, 'image/png, image/jpeg')
})

test('an upload arrives in chunks, each with the fields of the path', async t => {
  const { send } = await start(t)
  const body = Buffer.alloc(5_000_000, 'x')
  const { status, json } = await send('POST', '/v1/books/7/scan', { body, headers: { 'content-type': 'image/tiff' } })
  t.is(status, 200, JSON.stringify(json))
  t.deepEqual(json, { id: '7', size: 5_000_000 })
})

test('a download is the bytes alone, and breaks off where it fails', async t => {
  const { send } = await start(t)
  const { type, text } = await send('GET', '/v1/books/5/text')
  t.is(type, 'text/plain; charset=utf-8')
  t.is(text, 'book 5: Call me Ishmael.')
  await t.throwsAsync(send('GET', '/v1/books/500/text'))
})

test('a body may be compressed, but not one that arrives in chunks', async t => {
  const { send } = await start(t)
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const put = await send('POST', '/v1/shelves/s/books', { headers, body: gzipSync('{"title":"Emma"}') })
  t.deepEqual([put.status, (put.json as { title: string }).title], [201, 'Emma'])
  const upload = { 'content-type': 'image/tiff', 'content-encoding': 'gzip' }
  const refused = await send('POST', '/v1/books/7/scan', { headers: upload, body: gzipSync('x') })
  t.is(refused.status, 415)
  t.regex(refused.text, /does not take a compressed body/)
})

test('a method with routes is still called as an RPC', async t => {
  const { server } = await start(t)
  const remote = connect(Library, `http://${server.address}`)
  t.teardown(() => disconnect(remote))
  t.is(await remote.sum(1, 2n), 3n)
})
