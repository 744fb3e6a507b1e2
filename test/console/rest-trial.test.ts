import test, { type ExecutionContext } from 'ava'
import type { TrialEvent, TrialForm } from '../../src/console/trial-views.js'
import {
  Field,
  Http,
  int32,
  listOf,
  Message,
  Method,
  mapOf,
  optional,
  Resumable,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  Throws,
} from '../../src/index.js'
import { Library } from '../fixtures/library.js'
import { http, json, opened, tried } from './rig.js'

type End = Extract<TrialEvent, { type: 'end' }>

interface Tried {
  readonly method: string
  readonly route?: string
  readonly messages?: readonly unknown[]
  readonly headers?: Readonly<Record<string, string>>
}

async function start(t: ExecutionContext, service: object = new Library()) {
  const server = await serve([service], { protocols: ['grpc', 'http'], console: true, report: () => {} })
  t.teardown(() => server.close())
  const ask = async (body: Tried) => {
    const events = await tried<TrialEvent>(server, { wire: 'rest', ...body })
    const end = events.at(-1) as End
    const replies = events.flatMap(event => (event.type === 'received' ? [event] : []))
    const header = (wanted: string) => end.headers.find(([name]) => name === wanted)?.[1]
    return { events, end, replies, header, messages: replies.map(({ message }) => message) }
  }
  return { server, ask }
}

test('the form lists the routes of a method, with the names that fields have in JSON', async t => {
  const { server } = await start(t)
  const form = await json<TrialForm>(`${server.consoleUrl}api/try/library.Library/Put`)
  t.is(form.wires.at(-1)?.name, 'rest')
  t.deepEqual(
    form.routes.map(({ name, body, variables }) => [name, body, variables.map(({ names }) => names.join('.'))]),
    [
      ['POST /v1/shelves/{shelf}/books', 'book', ['shelf']],
      ['PATCH /v1/books/{book.id}', 'book', ['book.id']],
      ['POST /v2/books/{book.author.name}', '*', ['book.author.name']],
    ],
  )
})

test('a GET fills path and query: nested, repeated, enums, long integers, times and a case of a oneOf', async t => {
  const { ask } = await start(t)
  const message = {
    shelf: 'classics / old',
    author: { name: 'Jane & Co', born: 1775 },
    tags: ['a', 'b,c'],
    genres: ['NOVEL'],
    after: '18446744073709551615',
    limit: 0,
    since: '2024-01-02T03:04:05Z',
    age: '1.5s',
    exact: true,
    score: -0.5,
    sortBy: 'title',
    isbn: '1+2 3',
    cursor: 'AAEC',
  }
  const { end, messages } = await ask({ method: 'library.Library/Search', messages: [message] })
  t.is(end.http?.status, 200)
  t.deepEqual(JSON.parse((messages[0] as { readonly asked: string }).asked), {
    shelf: 'classics / old',
    author: { name: 'Jane & Co', born: 1775 },
    tags: ['a', 'b,c'],
    genres: [1],
    after: '18446744073709551615',
    limit: 0,
    since: '2024-01-02T03:04:05.000Z',
    age: 1500,
    exact: true,
    score: -0.5,
    sort_by: 'title',
    number: { case: 'isbn', value: '1+2 3' },
    cursor: { 0: 0, 1: 1, 2: 2 },
  })
})

test('a body is one field or the rest of the request, and a response has its status and Location', async t => {
  const { ask } = await start(t)
  const book = { id: '5', title: 'Emma', author: { name: 'Jane Austen', born: 1775 } }
  const put = (route: string, message: object) => ask({ method: 'library.Library/Put', route, messages: [message] })
  const created = await put('POST /v1/shelves/{shelf}/books', { shelf: 'new', dryRun: true, book: { title: 'Emma' } })
  t.is(created.end.http?.status, 201)
  t.is(created.header('location'), '/v1/books/17')
  t.deepEqual(created.messages, [{ id: '17', title: 'Emma', tags: ['new', 'true'] }])
  const patched = await put('PATCH /v1/books/{book.id}', { book })
  t.is(patched.end.http?.status, 202)
  t.like(patched.messages[0], { id: '5', title: 'Emma' })
  const whole = await put('POST /v2/books/{book.author.name}', { shelf: 's', book })
  t.deepEqual(whole.messages, [{ ...book, tags: ['s', 'false'] }])
  const removed = await ask({
    method: 'library.Library/Remove',
    route: 'POST /v1/books/{id}:burn',
    messages: [{ id: '5' }],
  })
  t.is(removed.end.http?.status, 204)
  t.deepEqual(removed.messages, [])
})

test('variables of several segments keep their slashes, and ** may be empty', async t => {
  const { ask } = await start(t)
  const named = async (route: string, name?: string) =>
    (await ask({ method: 'library.Library/Named', route, messages: [name === undefined ? {} : { name }] })).messages
  t.deepEqual(await named('GET /v1/{name=shelves/*/rooms/*}', 'shelves/a b/rooms/c'), [{ name: 'shelves/a b/rooms/c' }])
  t.deepEqual(await named('GET /v1/files/{name=**}', 'a/b?c/d'), [{ name: 'a/b?c/d' }])
  t.deepEqual(await named('GET /v1/files/{name=**}'), [{}])
  t.deepEqual(await named('GET /v1/{name=files/**}:meta', 'files/a/b'), [{ name: 'files/a/b' }])
  t.deepEqual(await named('GET /v1/one/{name}', 'a/b?c'), [{ name: 'a/b?c' }])
})

test('a tag that is known is answered with 304', async t => {
  const { ask } = await start(t)
  const get = { method: 'library.Library/Book', messages: [{ id: '1' }] }
  const etag = (await ask(get)).header('etag') ?? ''
  const again = await ask({ ...get, headers: { 'if-none-match': etag } })
  t.is(again.end.http?.status, 304)
  t.is(again.end.code, 'ok')
  t.deepEqual(again.messages, [])
})

test('an error is the problem of the response, and the call is kept with it', async t => {
  const { ask } = await start(t)
  const { end, messages } = await ask({ method: 'library.Library/Book', messages: [{ id: '404' }] })
  t.deepEqual(messages, [])
  t.like(end, { code: 'not_found', message: 'the book is gone', call: { side: 'served', protocol: 'http' } })
  t.like(end.http, { status: 404, text: 'Not Found' })
  t.like(end.http?.problem, { title: 'Not Found', status: 404, details: [{ '@type': 'library.Gone', id: '404' }] })
})

test('what the server must refuse is sent as it is; what has no place in the route is not sent', async t => {
  const { ask } = await start(t)
  const wrong = await ask({ method: 'library.Library/Sum', messages: [{ left: 2.5 }] })
  t.is(wrong.end.http?.status, 400)
  t.regex(wrong.end.message ?? '', /left/)
  const unset = await ask({ method: 'library.Library/Sum', messages: [{}] })
  t.like(unset.end, { code: 'invalid_argument', message: 'left is part of the path: set it', http: undefined })
  const header = await ask({ method: 'library.Library/Sum', messages: [{ left: 1 }], headers: { 'a b': 'c' } })
  t.like(header.end, { code: 'invalid_argument', reason: 'invalid_header' })
  const { status } = await http(`${(await start(t)).server.consoleUrl}api/call`, {
    method: 'POST',
    body: { method: 'library.Library/Sum', wire: 'rest', route: 'GET /v1/nothing' },
  })
  t.is(status, 400)
})

@Message('lines.Line')
class Line {
  @Field(1, string) room = ''
  @Field(2, string) text = ''
  @Field(3, string, { sensitive: true }) token = ''
}

@Message('filters.Filter')
class Filter {
  @Field(1, string) shelf = ''
  @Field(2, optional(string)) title?: string
  @Field(3, listOf(int32)) years: number[] = []
  @Field(4, optional(Line)) line?: Line
  @Field(5, mapOf(string, string)) labels = new Map<string, string>()
}

@Service('filters.Filters')
class Filters {
  @Method({ accepts: Filter, returns: string })
  @Http('POST /v1/shelves/{shelf}', { body: '*', consumes: 'application/x-www-form-urlencoded' })
  async search({ shelf, title, years, line }: Filter): Promise<string> {
    return JSON.stringify([shelf, title, years, line?.text])
  }
}

test('a form is written as a query', async t => {
  const { ask, server } = await start(t, new Filters())
  const { routes } = await json<TrialForm>(`${server.consoleUrl}api/try/filters.Filters/Search`)
  t.like(routes[0], { takes: 'application/x-www-form-urlencoded', isForm: true, isBytes: false })
  const search = (message: object) => ask({ method: 'filters.Filters/Search', messages: [message] })
  const filled = await search({ shelf: 'a b', title: 'Jane & Co', years: [1815, 1816], line: { text: '+' } })
  t.deepEqual(filled.messages, [{ value: '["a b","Jane & Co",[1815,1816],"+"]' }])
  t.deepEqual((await search({ shelf: 's' })).messages, [{ value: '["s",null,[],null]' }])
  const unfit = await search({ shelf: 's', labels: { a: 'b' } })
  t.like(unfit.end, { code: 'invalid_argument', http: undefined })
  t.regex(unfit.end.message ?? '', /^labels can only be in a body of JSON/)
})

test('a stream of replies comes as JSON lines, or as events', async t => {
  const { ask } = await start(t)
  const editions = (id: string, accept: string) =>
    ask({ method: 'library.Library/Editions', messages: [{ id }], headers: { accept } })
  for (const accept of ['application/x-ndjson', 'text/event-stream']) {
    const { end, messages, header } = await editions('5', accept)
    t.deepEqual(messages, [
      { id: '5', title: 'first\nline' },
      { id: '5', title: 'second' },
    ])
    t.is(end.code, 'ok')
    t.is(header('content-type'), accept)
    const late = await editions('500', accept)
    t.is(late.messages.length, 2)
    t.like(late.end, { code: 'not_found', message: 'burnt while it was read', http: { status: 200 } })
    t.is((await editions('404', accept)).end.http?.status, 404)
  }
})

test('bytes go up and come down as they are', async t => {
  const { ask } = await start(t)
  const image = Buffer.from([0, 255, 10, 13])
  const cover = { id: '5', image: image.toString('base64') }
  const stored = await ask({ method: 'library.Library/SetCover', messages: [cover] })
  t.deepEqual(stored.messages, [{ id: '5', size: 4, type: 'image/png' }])
  const headers = { 'content-type': 'image/jpeg' }
  const other = await ask({ method: 'library.Library/SetCover', messages: [cover], headers })
  t.like(other.messages[0], { type: 'image/jpeg' })
  const { end } = await ask({ method: 'library.Library/Cover', messages: [{ id: '5' }] })
  t.deepEqual(end.http?.file, { type: 'image/png', bytes: 4, base64: image.toString('base64') })
  const scanned = await ask({ method: 'library.Library/Scan', messages: [cover, cover] })
  t.deepEqual(scanned.messages, [{ id: '5', size: 8 }])
  const text = await ask({ method: 'library.Library/Text', messages: [{ id: '5' }] })
  t.is(Buffer.from(text.end.http?.file?.base64 ?? '', 'base64').toString(), 'book 5: Call me Ishmael.')
  t.is((await ask({ method: 'library.Library/Text', messages: [{ id: '500' }] })).end.code, 'unavailable')
})

@Message('lines.Refused', { code: 'permission_denied' })
class Refused extends RpcError {
  @Field(1, string, { sensitive: true }) token = ''
}

@Service('lines.Lines')
class Lines {
  @Method({ accepts: streamOf(Line), returns: streamOf(Line) })
  @Http('POST /v1/rooms/{room}', { body: '*' })
  async *chat(lines: AsyncIterable<Line>): AsyncIterable<Line> {
    for await (const { room, text, token } of lines) yield { room, text: `${text}!`, token }
  }

  @Method({ accepts: streamOf(string), returns: string })
  @Http('POST /v1/words', { body: '*' })
  async words(words: AsyncIterable<string>): Promise<string> {
    let all = ''
    for await (const word of words) all += word
    return all
  }

  @Method({ accepts: Line, returns: streamOf(Line) })
  @Safe()
  @Resumable({ key: ({ text }: Line) => text })
  @Http('GET /v1/rooms/{room}')
  async *watch({ room }: Line): AsyncIterable<Line> {
    yield { room, text: 'a b', token: '' }
  }

  @Method({ accepts: Line, returns: Line })
  @Throws(Refused)
  @Http('POST /v1/tokens', { body: '*', responseBody: 'token' })
  async keep({ token, text, room }: Line): Promise<Line> {
    if (text === 'refuse') throw Refused.of('no', { token })
    return { room, text, token }
  }
}

test('requests follow one by one as lines, and replies come while they do', async t => {
  const { server } = await start(t, new Lines())
  const at = `${server.consoleUrl}api/call`
  const { next, ended } = await opened(server.consoleUrl ?? '', {
    method: 'lines.Lines/Chat',
    wire: 'rest',
    open: true,
  })
  const open = await next()
  const push = (body: object) => http(`${at}/${open.type === 'open' ? open.id : ''}`, { method: 'POST', body })
  for (const text of ['a', 'b']) {
    await push({ message: { room: 'x/y', text } })
    t.like(await next(), { type: 'sent', message: { room: 'x/y', text } })
    t.like(await next(), { type: 'received', message: { room: 'x/y', text: `${text}!` } })
  }
  await push({ end: true })
  t.is((await next()).type, 'half-closed')
  t.like(await next(), { type: 'end', code: 'ok', http: { status: 200 } })
  await ended
})

test('a stream of values has a value in each line', async t => {
  const { ask } = await start(t, new Lines())
  const { messages, end } = await ask({ method: 'lines.Lines/Words', messages: [{ value: 'a' }, { value: '"b' }] })
  t.deepEqual(messages, [{ value: 'a"b' }])
  t.is(end.http?.status, 200)
})

test('events of a resumable stream show their ids', async t => {
  const { ask } = await start(t, new Lines())
  const headers = { accept: 'text/event-stream' }
  const { replies } = await ask({ method: 'lines.Lines/Watch', messages: [{ room: 'x' }], headers })
  t.deepEqual(
    replies.map(({ id }) => id),
    ['a%20b'],
  )
})

test('a sensitive field stands as dots in replies and problems', async t => {
  const { ask } = await start(t, new Lines())
  const kept = await ask({ method: 'lines.Lines/Keep', messages: [{ token: 'tok_1' }] })
  t.deepEqual(kept.messages, ['••••'])
  const refused = await ask({ method: 'lines.Lines/Keep', messages: [{ token: 'tok_1', text: 'refuse' }] })
  t.is(refused.end.http?.status, 403)
  for (const { events } of [kept, refused]) t.false(JSON.stringify(events).includes('tok_1'))
})

test('a call that is left is canceled', async t => {
  const { server } = await start(t, new Lines())
  const call = await opened(server.consoleUrl ?? '', {
    method: 'lines.Lines/Chat',
    wire: 'rest',
    open: true,
    messages: [{ room: 'x', text: 'a' }],
  })
  while ((await call.next()).type !== 'received');
  call.leave()
  while (Object.values(server.inspect().protocols).some(({ calls }) => calls > 0))
    await new Promise(resolve => setImmediate(resolve))
  t.pass()
})

for (const wire of ['rest', 'http', 'grpc']) {
  const body = (id: string) => ({
    method: 'lines.Lines/Chat',
    wire,
    open: true,
    headers: { 'x-request-id': id },
  })

  test(`${wire}: a stream that is left before its first request ends`, async t => {
    const { server } = await start(t, new Lines())
    const left = await opened(server.consoleUrl ?? '', body('one'))
    t.is((await left.next()).type, 'open')
    left.leave()
    const again = () => http(`${server.consoleUrl}api/call`, { method: 'POST', body: { ...body('one'), open: false } })
    // 409 while the first call with this id is under way.
    let { status } = await again()
    while (status === 409) ({ status } = await again())
    t.is(status, 200)
  })

  test(`${wire}: a stream that has no request yet is canceled when the server closes`, async t => {
    const { server } = await start(t, new Lines())
    const call = await opened(server.consoleUrl ?? '', body('two'))
    t.is((await call.next()).type, 'open')
    await server.close()
    t.like(await call.next(), { type: 'end', code: 'canceled' })
  })
}
