import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { type CorsOptions, type ServeOptions, serve } from '../../../../src/index.js'
import { Library } from '../../../fixtures/library.js'
import { readUntil } from '../loopback.js'

interface Reply {
  readonly status: number
  readonly head: string
  readonly body: string
}

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const library = new Library()
  const reports: unknown[] = []
  const server = await serve([library], { host: '127.0.0.1', report: error => reports.push(error), ...options })
  t.teardown(() => server.close())
  const [host = '', port = ''] = server.address.split(':')
  /** Sends what no client library would. */
  const raw = async (line: string, headers: readonly string[] = [], body = ''): Promise<Reply> => {
    const socket = connectSocket(Number(port), host)
    await once(socket, 'connect')
    const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`]
    socket.write(
      `${[`${line} HTTP/1.1`, 'host: x', 'connection: close', ...length, ...headers].join('\r\n')}\r\n\r\n${body}`,
    )
    const text = Buffer.from(await readUntil(socket), 'latin1').toString()
    const [head = '', ...rest] = text.split('\r\n\r\n')
    return { status: Number(head.slice(9, 12)), head, body: rest.join('\r\n\r\n') }
  }
  return { library, raw, reports }
}

const good = 'GET /v1/books/5'

/** Each with its status, and what its problem says. */
const refused: readonly [what: string, line: string, status: number, detail: RegExp][] = [
  ['a number out of range', 'GET /v1/sum/2147483648', 400, /left: expected int32/],
  ['a fraction', 'GET /v1/sum/1.5', 400, /left: expected int32/],
  ['text for a number', 'GET /v1/books/abc', 400, /id: expected int64/],
  ['a long integer out of range', 'GET /v1/books/9223372036854775808', 400, /id: expected int64/],
  ['bytes that are not UTF-8', 'GET /v1/one/%ff', 400, /"name": its percent-encoding/],
  ['a percent sign alone', 'GET /v1/one/a%', 400, /"name": its percent-encoding/],
  ['traversal', 'GET /v1/files/a/../../b', 400, /"name": \. and \.\./],
  ['traversal in one segment', 'GET /v1/one/..', 400, /"name": \. and \.\./],
  ['encoded traversal', 'GET /v1/one/%2e%2e%2fetc', 400, /"name": \. and \.\./],
  ['traversal by backslash', 'GET /v1/one/..%5Cetc', 400, /"name": \. and \.\./],
  ['encoded dots within several segments', 'GET /v1/files/a/%2e%2e/b', 400, /"name": \. and \.\./],
  ['an unknown parameter', 'GET /v1/shelves/s/books?titel=x', 400, /"titel": library.Search has no such field/],
  [
    'a parameter that is there twice',
    'GET /v1/shelves/s/books?score=1&score=2',
    400,
    /"score": it is there more than once/,
  ],
  ['a parameter that is in the path', 'GET /v1/shelves/s/books?shelf=t', 400, /"shelf": it is there more than once/],
  [
    'a message as a parameter',
    'GET /v1/shelves/s/books?author=x',
    400,
    /"author": it is a message; name a field in it: author.name/,
  ],
  ['an index', 'GET /v1/shelves/s/books?tags[0]=x', 400, /"tags\[0\]"/],
  ['an object with a field that it does not have', 'GET /v1/shelves/s/books?author[nam]=x', 400, /"author\[nam\]"/],
  ['a field of a scalar', 'GET /v1/shelves/s/books?score.x=1', 400, /"score.x"/],
  ['a prototype', 'GET /v1/shelves/s/books?__proto__.x=1', 400, /"__proto__.x"/],
  [
    'an unknown member',
    'GET /v1/shelves/s/books?genres=CRIME',
    400,
    /"genres": expected one of UNKNOWN, NOVEL, POETRY/,
  ],
  ['a boolean of another kind', 'GET /v1/shelves/s/books?exact=1', 400, /"exact": expected true or false/],
  ['two cases of a oneOf', 'GET /v1/shelves/s/books?isbn=1&issn=2', 400, /only one of/],
  ['a date that is none', 'GET /v1/shelves/s/books?since=yesterday', 400, /since: expected timestamp/],
  ['bytes that are not base64', 'GET /v1/shelves/s/books?cursor=%25', 400, /cursor: /],
  ['a parameter that is not UTF-8', 'GET /v1/shelves/s/books?score=%c3%28', 400, /"score": its percent-encoding/],
  ['an empty segment', 'GET /v1/books/', 404, /nothing is served/],
  ['a slash too many', 'GET /v1/books/5/', 404, /nothing is served/],
  ['a colon that no route has', 'POST /v1/books/5:read', 405, /send GET, HEAD, PATCH, DELETE/],
]

test('values that do not fit are refused, each with a clear status', async t => {
  const { raw, library } = await start(t)
  for (const [what, line, status, detail] of refused) {
    const reply = await raw(line)
    t.is(reply.status, status, `${what}: ${reply.body}`)
    t.regex(reply.body.replaceAll('\\"', '"'), detail, what)
    t.is(library.calls, 0)
  }
  t.is((await raw(good)).status, 200)
})

test('bodies that do not fit are refused', async t => {
  const { raw } = await start(t)
  const post = (body: string, type = 'application/json') =>
    raw('POST /v1/shelves/s/books', [`content-type: ${type}`], body)
  t.is((await post('{')).status, 400)
  t.is((await post('[]')).status, 400)
  t.is((await post('{} , "shelf": "other"')).status, 400, 'the body is one value')
  t.is((await post('{"id":"x"}')).status, 400)
  t.is((await post('title=x', 'application/x-www-form-urlencoded')).status, 415)
  t.is((await post('<a/>', 'application/xml')).status, 415)
  t.is((await raw('DELETE /v1/books/5', ['content-type: application/json'], '{"id":"6"}')).status, 400, 'it takes none')
  t.is((await raw('POST /v1/shelves/s/books?book.title=x', ['content-type: application/json'], '{}')).status, 400)
})

const origin = 'https://evil.example.com'

test('a page of another origin cannot call a method by a form or any other simple request', async t => {
  for (const cors of [undefined, { origins: ['https://app.example.com'] }] satisfies (CorsOptions | undefined)[]) {
    const { raw, library } = await start(t, cors === undefined ? {} : { cors })
    const burn = 'POST /v1/books/5:burn'
    const form = await raw(burn, [`origin: ${origin}`, 'content-type: application/x-www-form-urlencoded'])
    t.is(form.status, 415)
    t.is((await raw(burn, [`origin: ${origin}`, 'content-type: text/plain'], '{}')).status, 415)
    t.is((await raw(burn, [`origin: ${origin}`, 'content-type: multipart/form-data; boundary=x'], 'x')).status, 415)
    t.is((await raw(burn, [`origin: ${origin}`])).status, 403, 'fetch sends it without a body, and asks nobody')
    t.is((await raw(burn, ['origin: null'])).status, 403)
    t.is((await raw('POST /v1/books/5/scan', [`origin: ${origin}`, 'content-type: text/plain'], 'x')).status, 403)
    t.is(library.calls, 0)
    t.is((await raw(burn, ['origin: http://x'])).status, 204, 'a page of this server may')
    t.is((await raw(burn)).status, 204, 'as may everything that is no page')
  }
})

test('an allowed origin may call, and its preflight names the methods of the path', async t => {
  const allowed = 'https://app.example.com'
  const { raw } = await start(t, { cors: { origins: [allowed] } })
  const asked = await raw('OPTIONS /v1/books/5', [`origin: ${allowed}`, 'access-control-request-method: DELETE'])
  t.is(asked.status, 204)
  t.regex(asked.head, /access-control-allow-methods: GET, HEAD, PATCH, DELETE/i)
  const got = await raw(good, [`origin: ${allowed}`])
  t.regex(got.head, /access-control-allow-origin: https:\/\/app.example.com/i)
  t.is((await raw('POST /v1/books/5:burn', [`origin: ${allowed}`])).status, 204)
})

test('a body over the limit is refused, and the deadline header holds', async t => {
  const { raw } = await start(t, { limits: { messageBytes: 1000 } })
  const large = JSON.stringify({ title: 'x'.repeat(2000) })
  t.is((await raw('POST /v1/shelves/s/books', ['content-type: application/json'], large)).status, 429)
  const expired = await raw(good, ['connect-timeout-ms: 0'])
  t.is(expired.status, 504)
  t.regex(expired.head, /application\/problem\+json/)
})

test('a value in a path arrives as it was, or is refused', async t => {
  const { raw } = await start(t)
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), async text => {
        const { status, body } = await raw(`GET /v1/one/${encodeURIComponent(text).replace(/[!'()*]/g, escaped)}`)
        const isRelative = /(?:^|[/\\])\.\.?(?:[/\\]|$)/.test(text)
        if (status === 400) return isRelative
        return status === 200 && (JSON.parse(body) as { name: string }).name === text
      }),
      { numRuns: 60 },
    ),
  )
})

test('no target crashes the server or gets an answer without a clear status', async t => {
  const { raw, reports } = await start(t)
  const part = fc.oneof(
    fc.constantFrom(
      'v1',
      'v2',
      'books',
      '5',
      ':',
      '..',
      '.',
      '%2e',
      '%2F',
      '%',
      '%ff',
      '',
      'shelves',
      'files',
      '?',
      '&',
      '=',
      'tags',
      'author.name',
      '[0]',
      '__proto__',
    ),
    fc.string({ maxLength: 8 }).map(text => text.replace(/[^!-~]/g, '')),
  )
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'DELETE'),
        fc.array(part, { maxLength: 8 }),
        async (verb, parts) => {
          const { status } = await raw(`${verb} /${parts.join('/')}`)
          return [200, 201, 204, 400, 404, 405, 415].includes(status)
        },
      ),
      { numRuns: 150 },
    ),
  )
  t.is((await raw(good)).status, 200)
  t.deepEqual(reports, [])
})

function escaped(char: string): string {
  return `%${char.charCodeAt(0).toString(16)}`
}
