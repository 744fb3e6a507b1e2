import test, { type ExecutionContext } from 'ava'
import { request } from 'undici'
import {
  bytes,
  Field,
  Http,
  int32,
  listOf,
  Message,
  Method,
  optional,
  type ServeOptions,
  Service,
  serve,
  setOf,
  string,
  unimplemented,
} from '../../../../src/index.js'

@Message('forms.Page')
class Page {
  @Field(1, int32) size = 0
  @Field(2, listOf(string)) by: string[] = []
}

@Message('forms.Search')
class Search {
  @Field(1, string) shelf = ''
  @Field(2, optional(string)) title?: string
  @Field(3, setOf(int32)) years = new Set<number>()
  @Field(4, optional(Page)) page?: Page
  @Field(5, string, { name: 'page_token', jsonName: 'page[token]' }) token = ''
}

@Message('forms.Upload')
class Upload {
  @Field(1, bytes) form: Uint8Array = new Uint8Array()
}

@Service('forms.Forms')
class Forms {
  @Method({ accepts: Search, returns: string })
  @Http('POST /v1/shelves/{shelf}/search', { body: '*', consumes: 'application/x-www-form-urlencoded' })
  @Http('POST /v1/shelves/{shelf}')
  async search({ shelf, title, years, page, token }: Search): Promise<string> {
    return JSON.stringify([shelf, title ?? null, [...years], page ?? null, token])
  }
  @Method({ accepts: Upload, returns: string })
  @Http('POST /v1/uploads', { body: 'form', consumes: 'multipart/form-data' })
  @Http('POST /v1/texts', { body: 'form', consumes: 'text/csv; charset=UTF-8, text/plain; charset=iso-8859-1' })
  async upload({ form }: Upload): Promise<string> {
    return Buffer.from(form).toString()
  }
}

async function start(t: ExecutionContext, options: ServeOptions = {}) {
  const server = await serve([Forms], { host: '127.0.0.1', ...options })
  t.teardown(() => server.close())
  const at = `http://${server.address}`
  const send = async (path: string, body?: string, headers: Record<string, string> = {}) => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const reply = await request(`${at}${path}`, {
      method: 'POST',
      headers: { ...(body !== undefined && type), ...headers },
      ...(body !== undefined && { body }),
    })
    const json = (await reply.body.json()) as { value?: string; detail?: string }
    return { status: reply.statusCode, value: json.value && JSON.parse(json.value), detail: json.detail }
  }
  return Object.assign(send, { at })
}

const search = '/v1/shelves/a%20b/search'

test('a form holds the fields of the request that are not in the path', async t => {
  const send = await start(t)
  const form = 'title=Jane+%26+Co&years=1815&years=1816&page.size=10&page[by]=a&page%5Bby%5D=b%2Cc&page[token]=x'
  t.deepEqual(await send(search, form), {
    status: 200,
    value: ['a b', 'Jane & Co', [1815, 1816], { size: 10, by: ['a', 'b,c'] }, 'x'],
    detail: undefined,
  })
  t.deepEqual((await send(search, '')).value, ['a b', null, [], null, ''])
})

test('a query names fields of fields with a dot or in brackets', async t => {
  const send = await start(t)
  const { value } = await send('/v1/shelves/s?page[size]=3&page.by=a&page[by]=b&page[token]=x')
  t.deepEqual(value, ['s', null, [], { size: 3, by: ['a', 'b'] }, 'x'])
})

test('a form that does not fit is answered with the field that is wrong', async t => {
  const send = await start(t)
  const wrong: readonly (readonly [form: string, detail: RegExp])[] = [
    ['titel=x', /: form field "titel": forms\.Search has no such field$/],
    ['title=x&title=y', /: form field "title": it is there more than once/],
    ['shelf=other', /: form field "shelf": it is there more than once, or in the path too/],
    ['title=%ff', /: form field "title": its percent-encoding is not that of UTF-8$/],
    ['page=x', /: form field "page": it is a message; name a field in it: page\.size$/],
    ['page[size]=x', /size: expected int32/],
    ['page[size=1', /: form field "page\[size": /],
    [`${'[a]'.repeat(100)}=1`, /has no such field$/],
    [`${'['.repeat(1_000_000)}=1`, /has no such field$/],
  ]
  for (const [form, detail] of wrong) {
    const reply = await send(search, form)
    t.is(reply.status, 400, form.slice(0, 50))
    t.regex(reply.detail ?? '', detail)
  }
  t.is((await send(`${search}?title=x`, 'title=y')).status, 400)
  t.is((await send(search, '{}', { 'content-type': 'application/json' })).status, 415)
})

test('a form or a query has at most 10,000 parameters', async t => {
  const send = await start(t, { limits: { headerBytes: 1 << 20 } })
  const years = (count: number) => Array(count).fill('years=1').join('&')
  t.deepEqual((await send(search, years(10_000))).value, ['a b', null, [1], null, ''])
  for (const form of [years(10_001), 'years=1&'.repeat(500_000), '&'.repeat(4_000_000)]) {
    const { status, detail } = await send(search, form)
    t.is(status, 400)
    t.regex(detail ?? '', /: the form has more than 10000 parameters$/)
  }
  const query = await send(`/v1/shelves/s?${years(10_001)}`)
  t.is(query.status, 400)
  t.regex(query.detail ?? '', /the query has more than 10000 parameters$/)
})

test('a form of another origin calls no method, unless cors allows it', async t => {
  const origin = { origin: 'https://other.example' }
  t.is((await (await start(t))(search, 'title=x', origin)).status, 403)
  const send = await start(t, { cors: { origins: ['https://other.example'] } })
  t.is((await send(search, 'title=x', origin)).status, 200)
})

test('a form of parts is bytes', async t => {
  const send = await start(t)
  const { status, value } = await send('/v1/uploads', '["--x"]', { 'content-type': 'multipart/form-data; boundary=x' })
  t.deepEqual([status, value], [200, ['--x']])
})

test('only a form can be the whole request', async t => {
  class Wrong {
    @Method({ accepts: Search, returns: string })
    @Http('POST /v1/a', { body: '*', consumes: 'image/png' })
    call(_search: Search): Promise<string> {
      return unimplemented()
    }
  }
  Service('forms.Wrong')(Wrong)
  await t.throwsAsync(serve([Wrong], { host: '127.0.0.1' }), {
    message: /consumes needs the field .*only application\/x-www-form-urlencoded can have body: '\*'/,
  })
})

test('a route takes a media type whose parameters it names', async t => {
  const send = await start(t)
  for (const [type, status] of [
    ['text/csv', 200],
    ['text/csv;charset=utf-8', 200],
    ['text/csv; charset="UTF-8"', 200],
    ['text/csv; header=present', 200],
    ['text/csv; charset=iso-8859-1', 415],
    ['text/plain; charset=iso-8859-1', 200],
    ['text/plain', 415],
  ] as const) {
    const { body, statusCode } = await request(`${send.at}/v1/texts`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'a,b',
    })
    await body.dump()
    t.is(statusCode, status, type)
  }
})
