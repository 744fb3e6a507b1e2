import test, { type ExecutionContext } from 'ava'
import { bare, type Json, operation, read, refused, text } from './openapi-documents.js'

const state = { type: 'string', enum: ['new', 'old'] }
const form = 'application/x-www-form-urlencoded'
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }

test('an inline body is the request itself, by the name of its operation', async t => {
  const schema = { type: 'object', properties: { state, part: { properties: { state } } } }
  const written = await text(t, operation({ requestBody: { content: { 'application/json': { schema } } } }, 'post'))
  for (const line of [
    "export const callRequestState = enumOf(CallRequestState, 'a.CallRequest.State')",
    "export const callRequestPartState = enumOf(CallRequestPartState, 'a.CallRequest.Part.State')",
    "@Message('a.CallRequest')\nexport class CallRequest {",
    '  call(_request: CallRequest): Promise<void>',
  ])
    t.true(written.includes(line), written)
})

test('an enum of a form is called after the request that has its fields', async t => {
  const requestBody = { content: { [form]: { schema: { type: 'object', properties: { state } } } } }
  const written = await text(t, operation({ parameters: [id], requestBody }, 'post', '/a/{id}'))
  t.true(written.includes("enumOf(CallRequestState, 'a.CallRequest.State')"), written)
})

test('only the types that methods and components use are read, with and without --skip', async t => {
  const list = { type: 'array', items: state }
  const document = operation({ requestBody: { content: { 'application/json': { schema: list } } } }, 'post')
  const { files } = await read(t, { 'a.json': { ...bare, ...document } })
  const names = files.flatMap(({ messages, enums }) => [...messages, ...enums].map(({ name }) => name))
  t.deepEqual(names, ['a.CallRequest', 'a.CallRequest.Body'])
})

const list = { type: 'array', items: { type: 'string' } }
const posted = (t: ExecutionContext, content: Json, more: Json = {}) =>
  text(t, operation({ requestBody: { required: true, content }, ...more }, 'post'))

test('the encoding of a form says how its lists, objects and texts are written', async t => {
  const schema = {
    type: 'object',
    required: ['ids'],
    properties: {
      ids: list,
      each: list,
      words: list,
      tags: list,
      filter: { type: 'object', properties: { name: { type: 'string' }, in: list } },
      note: { type: 'string', description: 'What for.' },
      count: { type: 'integer', format: 'int32' },
      plain: { type: 'string' },
    },
  }
  const encoding = {
    ids: { style: 'form', explode: false },
    each: { style: 'form', explode: true },
    words: { style: 'spaceDelimited', explode: true },
    tags: { style: 'pipeDelimited' },
    filter: { style: 'deepObject', explode: true },
    note: { contentType: 'application/json' },
    count: { contentType: 'application/json' },
    plain: { contentType: 'text/plain; charset=utf-8' },
  }
  const written = await posted(t, { [form]: { schema, encoding } })
  for (const line of [
    `@Http('POST /a', { body: '*', consumes: '${form}' })`,
    '  /** Values with "," between them. */\n  @Field(string, { required: true }) ids = \'\'',
    '  @Field(listOf(string)) each: string[] = []',
    '  @Field(listOf(string)) words: string[] = []',
    '  /** Values with "|" between them. */\n  @Field(optional(string)) tags?: string',
    '  @Field(optional(CallRequestFilter)) filter?: CallRequestFilter',
    '  /**\n   * What for.\n   *\n   * JSON.\n   */\n  @Field(optional(string)) note?: string',
    '  @Field(optional(int32)) count?: number',
    '  @Field(optional(string)) plain?: string',
  ])
    t.true(written.includes(`${line}\n`), `${line}\n${written}`)
})

test('the encoding of a form does not change the component that it is of', async t => {
  const written = await text(t, {
    ...operation(
      {
        requestBody: {
          content: { [form]: { schema: { $ref: '#/components/schemas/A' }, encoding: { ids: { explode: false } } } },
        },
      },
      'post',
    ),
    components: { schemas: { A: { type: 'object', properties: { ids: list } } } },
  })
  t.true(written.includes('class A {\n  @Field(listOf(string)) ids: string[] = []\n}'), written)
  t.true(
    written.includes('class CallRequest {\n  /** Values with "," between them. */\n  @Field(optional(string)) ids'),
    written,
  )
})

test('a form with an encoding that fields do not have is bytes', async t => {
  const image = { type: 'string', contentEncoding: 'base64' }
  for (const encoding of [{ a: { contentType: 'image/png' } }, { b: { style: 'form', explode: true } }]) {
    const schema = { type: 'object', properties: { a: image, b: { type: 'object', properties: { x: list } } } }
    const written = await posted(t, { [form]: { schema, encoding } })
    t.true(written.includes(`@Http('POST /a', { body: 'body', consumes: '${form}' })`), written)
  }
})

test('media types have parameters', async t => {
  const schema = { type: 'object', properties: { title: { type: 'string' } } }
  for (const type of ['application/json; charset=utf-8', 'application/vnd.a+json;charset="UTF-8"; v=1', '*/*']) {
    const written = await posted(t, { [type]: { schema } })
    t.true(written.includes("@Http('POST /a', { body: '*' })"), written)
  }
  const asForm = await posted(t, { [`${form}; charset=UTF-8`]: { schema } })
  t.true(asForm.includes(`@Http('POST /a', { body: '*', consumes: '${form}' })`), asForm)
  const responses = { 200: { description: '', content: { 'text/plain ;charset="utf-8"': {} } } }
  const asText = await posted(t, { 'text/csv;charset=utf-8': {}, 'text/csv; header=present': {} }, { responses })
  t.true(asText.includes("consumes: 'text/csv; charset=utf-8, text/csv; header=present'"), asText)
  t.true(asText.includes("produces: 'text/plain; charset=utf-8'"), asText)
})

test('JSON and forms in another charset are refused, unless there is one in UTF-8 too', async t => {
  const latin = '; charset=iso-8859-1'
  const schema = { type: 'object' }
  const of = (content: Json) => operation({ requestBody: { content } }, 'post')
  for (const type of ['application/json', form])
    t.is(
      await refused(t, { 'a.json': { ...bare, ...of({ [type + latin]: { schema } }) } }),
      `a.json#/paths/~1a/post/requestBody: ${type}${latin}: a route has JSON and forms in UTF-8`,
    )
  t.true(
    (await posted(t, { [`application/json${latin}`]: {}, 'application/json': { schema } })).includes("body: 'body'"),
  )
})

test('lists with spaces or bars between their values are lists where they are exploded, and a media type is a text', async t => {
  const parameters = [
    { name: 'words', in: 'query', style: 'spaceDelimited', explode: true, schema: list },
    { name: 'tags', in: 'query', style: 'pipeDelimited', explode: true, schema: list },
    { name: 'not', in: 'query', style: 'pipeDelimited', explode: false, schema: list },
    {
      name: 'filter',
      in: 'query',
      description: 'What.',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  ]
  const written = await text(t, operation({ parameters }))
  for (const line of [
    '  @Field(listOf(string)) words: string[] = []',
    '  @Field(listOf(string)) tags: string[] = []',
    '  /** Values with "|" between them. */\n  @Field(optional(string)) not?: string',
    '  /**\n   * What.\n   *\n   * A text of application/json.\n   */\n  @Field(optional(string)) filter?: string',
  ])
    t.true(written.includes(`${line}\n`), `${line}\n${written}`)
})
