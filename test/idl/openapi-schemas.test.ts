import test from 'ava'
import { LeftOut } from '../../src/idl/left-out.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import { bare, fields, type Json, operation, read, refused, text } from './openapi-documents.js'

const ref = { $ref: '#/components/schemas/B' }

test('types of JSON Schema are types of fields', async t => {
  const cases: readonly (readonly [schema: Json | boolean, line: string])[] = [
    [{ type: 'integer', format: 'int32' }, '@Field(optional(int32)) a?: number'],
    [{ type: 'integer', minimum: 0, maximum: 4_000_000_000 }, '@Field(optional(uint32)) a?: number'],
    [{ type: 'integer', format: 'int64' }, '@Field(optional(double)) a?: number'],
    [{ type: 'integer' }, '@Field(optional(double)) a?: number'],
    [{ type: 'string', format: 'int64' }, '@Field(optional(int64)) a?: bigint'],
    [{ type: 'number', format: 'float' }, '@Field(optional(float)) a?: number'],
    [{ type: 'string', format: 'date-time' }, '@Field(optional(timestamp)) a?: Date'],
    [{ type: 'string', format: 'date' }, '@Field(optional(date)) a?: string'],
    [{ type: 'string', format: 'byte' }, '@Field(optional(bytes)) a?: Uint8Array'],
    [{ type: 'string', format: 'email' }, '@Field(optional(string)) a?: string'],
    [{ type: 'string', format: 'password' }, '@Field(optional(string), { sensitive: true }) a?: string'],
    [{ type: 'array', items: { type: 'string' } }, '@Field(listOf(string)) a: string[] = []'],
    [{ type: 'array', uniqueItems: true, items: { type: 'string' } }, '@Field(setOf(string)) a = new Set<string>()'],
    [
      { type: 'array', items: { type: ['string', 'null'] } },
      '@Field(listOf(nullable(string))) a: (string | null)[] = []',
    ],
    [{ type: 'array' }, '@Field(optional(listValue)) a?: JsonValue[]'],
    [{ type: 'object' }, '@Field(optional(struct)) a?: JsonObject'],
    [{ additionalProperties: ref }, '@Field(mapOf(string, B)) a = new Map<string, B>()'],
    [{}, '@Field(optional(value)) a?: JsonValue'],
    [true, '@Field(optional(value)) a?: JsonValue'],
    [ref, '@Field(optional(B)) a?: B'],
    [{ allOf: [ref], nullable: true }, '@Field(optional(B)) a?: B'],
    [{ anyOf: [ref, { type: 'null' }] }, '@Field(optional(B)) a?: B'],
    [{ oneOf: [{ type: 'string' }, { type: 'integer' }] }, '@Field(optional(value)) a?: JsonValue'],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, '@Field(optional(double)) a?: number'],
    [{ anyOf: [{ type: 'string' }, { enum: ['x', 'y'] }] }, '@Field(optional(string)) a?: string'],
    [{ enum: ['x', 'y'], default: 'y' }, '@Field(aa) a = AA.y'],
    [{ enum: ['1', '2'] }, '@Field(optional(string)) a?: string'],
    [{ enum: [1, 2] }, '@Field(optional(double)) a?: number'],
    [{ type: 'boolean', default: true }, '@Field(bool) a = true'],
    [{ type: 'object', default: { x: [1] } }, '@Field(struct) a: JsonObject = { x: [1] }'],
    [{ type: 'array', default: [1, 'b'] }, "@Field(listValue) a: JsonValue[] = [1, 'b']"],
    [{ default: 5 }, '@Field(value) a: JsonValue = 5'],
    [{ type: 'integer', format: 'int32', default: 'ten' }, '@Field(optional(int32)) a?: number'],
    [{ type: 'array', items: { type: 'string' }, default: ['x'] }, "@Field(listOf(string)) a: string[] = ['x']"],
  ]
  for (const [schema, line] of cases) t.deepEqual(await fields(t, { a: schema }), [line], JSON.stringify(schema))
})

test('a required constant is its initial value, and a required field that may be null is optional', async t => {
  const properties = { kind: { const: 'cat' }, note: { type: ['string', 'null'] }, id: { type: 'string' } }
  t.deepEqual(await fields(t, properties, { required: ['kind', 'note', 'id'] }), [
    "@Field(string, { required: true }) kind = 'cat'",
    '@Field(optional(string)) note?: string',
    "@Field(string, { required: true }) id = ''",
  ])
})

test('names that JavaScript or the wire do not have are kept for JSON', async t => {
  const names = ['class', 'page[size]', '+1', '-1', 'then', 'constructor', 'snake_case', '日本']
  t.deepEqual(await fields(t, Object.fromEntries(names.map(name => [name, { type: 'boolean' }]))), [
    '@Field(optional(bool)) class?: boolean',
    "@Field(optional(bool), { name: 'page_size', jsonName: 'page[size]' }) pageSize?: boolean",
    "@Field(optional(bool), { jsonName: '+1' }) _1?: boolean",
    "@Field(optional(bool), { jsonName: '-1' }) _1_?: boolean",
    "@Field(optional(bool), { name: 'then' }) then_?: boolean",
    "@Field(optional(bool), { name: 'constructor' }) constructor_?: boolean",
    "@Field(optional(bool), { name: 'snake_case' }) snakeCase?: boolean",
    "@Field(optional(bool), { jsonName: '日本' }) field?: boolean",
  ])
})

test('allOf is one class, and so are the objects of oneOf', async t => {
  const more = {
    allOf: [{ properties: { b: { type: 'string' } }, required: ['b'] }],
    oneOf: [
      { type: 'object', required: ['c', 'd'], properties: { c: { type: 'string' }, d: { type: 'boolean' } } },
      { type: 'object', required: ['c'], properties: { c: { type: 'string' }, d: { type: 'string' } } },
    ],
  }
  t.deepEqual(await fields(t, { a: { type: 'string' } }, more), [
    "@Field(string, { required: true }) b = ''",
    '@Field(optional(string)) a?: string',
    "@Field(string, { required: true }) c = ''",
    '@Field(optional(value)) d?: JsonValue',
  ])
})

test('what a route does not have is refused with its place', async t => {
  const get = '/paths/~1a/get'
  const parameter = (of: Json) => operation({ parameters: [{ name: 'q', in: 'query', ...of }] })
  const cases: readonly (readonly [document: Json, message: string])[] = [
    [
      parameter({ schema: { type: 'object' } }),
      `${get}/parameters/0: parameter q: a query has values, lists of them, and objects in the style deepObject; take a body for more`,
    ],
    [
      parameter({ style: 'deepObject', schema: { type: 'object', additionalProperties: { type: 'string' } } }),
      `${get}/parameters/0: parameter q: its style is deepObject, so it must be an object whose properties are values or lists of them`,
    ],
    [
      parameter({ name: 'a.b', schema: { type: 'string' } }),
      `${get}/parameters/0: parameter a.b: its name has a dot, by which a query names fields of fields`,
    ],
    [
      operation({ responses: { 200: { description: '', content: { 'multipart/form-data': { schema: {} } } } } }),
      `${get}/responses/200: a reply of multipart/form-data: a route answers with JSON or bytes`,
    ],
    [
      operation({ requestBody: { content: { 'application/json': { schema: {} } } } }),
      `${get}: requestBody: a GET has no body`,
    ],
    [operation({}, 'options'), '/paths/~1a/options: OPTIONS: @Http has GET, PUT, POST, PATCH and DELETE'],
    [
      operation({ responses: { 302: { description: '' } } }),
      `${get}/responses/302: status 302: a route answers with 200 to 204`,
    ],
    [operation({}, 'get', '/{b}'), '/paths/~1{b}/get: {b}: the path has a variable that is no parameter'],
    [
      operation({}, 'get', '/a//'),
      '/paths/~1a~1~1/get: path /a//: @Http: a segment must be a name, *, ** or {field}, without any of % ? # = and spaces',
    ],
  ]
  for (const [document, message] of cases)
    t.is(await refused(t, { 'a.json': { ...bare, ...document } }), `a.json#${message}`)
})

test('a list that is one text is a string, and a deepObject a message', async t => {
  const list = { type: 'array', items: { type: 'string' } }
  const parameters = [
    { name: 'at', in: 'path', required: true, schema: list },
    { name: 'ids', in: 'query', explode: false, description: 'Which.', schema: { ...list, default: ['a', 'b'] } },
    { name: 'words', in: 'query', style: 'spaceDelimited', schema: list },
    { name: 'tags', in: 'query', style: 'pipeDelimited', required: true, schema: list },
    { name: 'each', in: 'query', schema: list },
    {
      name: 'filter',
      in: 'query',
      style: 'deepObject',
      schema: { properties: { name: { type: 'string' }, in: list } },
    },
  ]
  const written = await text(t, operation({ parameters }, 'get', '/a/{at}'))
  for (const line of [
    '  /** Values with "," between them. */\n  @Field(string, { required: true }) at = \'\'',
    '  /**\n   * Which.\n   *\n   * Values with "," between them.\n   */\n  @Field(string) ids = \'a,b\'',
    '  /** Values with " " between them. */\n  @Field(optional(string)) words?: string',
    '  /** Values with "|" between them. */\n  @Field(string, { required: true }) tags = \'\'',
    '  @Field(listOf(string)) each: string[] = []',
    '  @Field(optional(CallRequestFilter)) filter?: CallRequestFilter',
    'export class CallRequestFilter {\n  @Field(optional(string)) name?: string\n  @Field(listOf(string)) in: string[] = []\n}',
  ])
    t.true(written.includes(`${line}\n`), `${line}\n${written}`)
})

test('a form is the request, or bytes if it has more than names and values', async t => {
  const form = 'application/x-www-form-urlencoded'
  const properties = { title: { type: 'string' }, years: { type: 'array', items: { type: 'integer' } } }
  const at = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const post = (content: Json, more: Json = {}, path = '/a') =>
    text(t, operation({ requestBody: { content }, ...more }, 'post', path))
  const plain = await post({ [form]: { schema: { type: 'object', properties } } })
  t.true(plain.includes(`@Http('POST /a', { body: '*', consumes: '${form}' })`), plain)
  t.true(plain.includes('  @Field(optional(string)) title?: string\n  @Field(listOf(double)) years'), plain)
  const inPath = await post({ [form]: { schema: { type: 'object', properties } } }, { parameters: [at] }, '/a/{id}')
  t.true(inPath.includes(`@Http('POST /a/{id}', { body: '*', consumes: '${form}' })`), inPath)
  t.true(inPath.includes("id = ''\n  @Field(optional(string)) title?: string\n"), inPath)
  const nested = { properties: { part: { type: 'object', properties } } }
  for (const written of [
    await post({ [form]: { schema: nested } }),
    await post({ [form]: { schema: { properties } } }, { parameters: [{ ...at, in: 'query' }] }),
  ])
    t.true(written.includes(`@Http('POST /a', { body: 'body', consumes: '${form}' })`), written)
  const parts = await post({ 'multipart/form-data': { schema: nested } })
  t.true(parts.includes("@Http('POST /a', { body: 'body', consumes: 'multipart/form-data' })"), parts)
  t.true(parts.includes('  @Field(bytes) body: Uint8Array = '), parts)
})

test('an operation that is left out takes its inline types with it', async t => {
  const leftOut = new LeftOut()
  const status = { type: 'string', enum: ['new', 'old'] }
  const body = { properties: { status, part: { properties: { status } } } }
  const operationOf = (verb: string, code: number) => ({
    [verb]: {
      operationId: verb,
      parameters: [{ name: 'kind', in: 'query', schema: { type: 'string', enum: ['a', 'b'] } }],
      requestBody: { content: { 'application/json': { schema: body } } },
      responses: { [code]: { description: '' } },
    },
  })
  const document = {
    ...bare,
    paths: { '/a': { ...operationOf('post', 302), ...operationOf('put', 204) } },
    components: { schemas: { Kept: { type: 'string', enum: ['x', 'y'] } } },
  }
  const { files } = await read(t, { 'a.json': document }, leftOut)
  const names = files.flatMap(({ messages, enums }) => [...messages, ...enums].map(({ name }) => name)).sort()
  t.deepEqual(names, [
    'a.Kept',
    'a.PutRequest',
    'a.PutRequest.Body',
    'a.PutRequest.Body.Part',
    'a.PutRequest.Body.Part.Status',
    'a.PutRequest.Body.Status',
    'a.PutRequest.Kind',
  ])
})

test('what is refused is left out with --skip, with what uses it', async t => {
  const leftOut = new LeftOut()
  const schemas = {
    A: { type: 'array', items: { $ref: '#/components/schemas/A' } },
    B: { properties: { a: { $ref: '#/components/schemas/A' } } },
    C: { properties: { c: { type: 'string' } } },
  }
  const returning = (name: string) => ({
    get: {
      operationId: name,
      responses: {
        200: { description: '', content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } },
      },
    },
  })
  const document = {
    ...bare,
    paths: { '/b': returning('B'), '/c': returning('C'), '/d': { trace: { responses: { 200: { description: '' } } } } },
    components: { schemas },
  }
  const { files } = await read(t, { 'a.json': document }, leftOut)
  t.deepEqual(
    files.flatMap(({ messages }) => messages.map(({ name }) => name)),
    ['a.C'],
  )
  t.deepEqual(
    files.flatMap(({ services }) => services.flatMap(one => one.methods.map(({ name }) => name))),
    ['C'],
  )
  t.deepEqual(
    leftOut.all.map(text => text.replace(/^\S*polywire-openapi-\w+\//, '')),
    [
      'a.json#/components/schemas/A: the schema: it is circular without a message in the circle',
      'a.json#/paths/~1d/trace: TRACE: @Http has GET, PUT, POST, PATCH and DELETE',
      'a.AService/B: it uses a.B',
    ],
  )
})

test('references lead to files of the folder, and nowhere else', async t => {
  const root = {
    ...bare,
    components: { schemas: { A: { properties: { b: { $ref: 'more/b.yaml#/Bee' }, own: { $ref: './own.json' } } } } },
  }
  const { files } = await read(t, {
    'a.json': root,
    'more/b.yaml': 'Bee: { properties: { a: { $ref: "../a.json#/components/schemas/A" } } }',
    'own.json': { properties: { x: true } },
  })
  t.deepEqual(files[0]?.messages.map(({ name }) => name).sort(), ['a.A', 'a.Bee', 'a.Own'])
  const to = (target: string) =>
    refused(t, { 'a/a.json': { ...bare, components: { schemas: { A: { $ref: target } } } }, 'b.json': {} })
  t.is(await to('../b.json'), 'a/a.json: $ref ../b.json: it is outside of a, the folder of the document')
  t.is(
    await to('https://example.com/b.json'),
    'a/a.json: $ref https://example.com/b.json: import reads no network; put the file into the folder of the document',
  )
  t.is(await to('c.json'), 'a/a.json: $ref c.json: there is no such file')
  t.is(
    await to('#/components/schemas/B'),
    'a/a.json#/components/schemas/A: $ref #/components/schemas/B: there is no such thing',
  )
  t.is(
    await to('#/components/schemas/A'),
    'a/a.json#/components/schemas/A: $ref #/components/schemas/A: it refers to itself',
  )
})

test('a file that is no OpenAPI is one sentence', async t => {
  t.regex(await refused(t, { 'a.json': '{"openapi": ' }), /^a\.json: its JSON: \S.*$/)
  t.regex(await refused(t, { 'a.yaml': 'openapi: 3.1.0\n  info: [' }), /^a\.yaml:\d+:\d+: its YAML: [^\n]+$/)
  t.regex(
    await refused(t, { 'a.yaml': `a: &a [x]\nb: &b [${'*a,'.repeat(200)}]\nc: [${'*b,'.repeat(200)}]` }),
    /^a\.yaml: its YAML: [^\n]+$/,
  )
  t.is(
    await refused(t, { 'a.json': [1] }),
    'a.json: the file: it is not an OpenAPI document: it has no version under "openapi"',
  )
  t.is(await refused(t, { 'a.json': { ...bare, openapi: '4.0.0' } }), 'a.json: OpenAPI 4.0.0: import reads 3.0 and 3.1')
  t.regex(
    await refused(t, { 'a.json': { ...bare, paths: { a: {} } } }),
    /^a\.json#\/paths: the document: it must [^\n]+$/,
  )
  const circle = { allOf: [{ $ref: '#/components/schemas/A' }] }
  t.regex(
    await refused(t, { 'a.json': { ...bare, components: { schemas: { A: circle } } } }),
    /circular|contains itself/,
  )
  const deep = JSON.parse(`${'{"items":'.repeat(1000)}{}${'}'.repeat(1000)}`) as Json
  t.regex(await refused(t, { 'a.json': { ...bare, components: { schemas: { A: deep } } } }), /nested deeper than 64$/)
})

test('a chain of 10,000 schemas is read', async t => {
  const schemas = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [
      `S${at}`,
      { properties: { next: { $ref: `#/components/schemas/S${(at + 1) % 10_000}` } } },
    ]),
  )
  const { files } = await read(t, { 'a.json': { ...bare, components: { schemas } } })
  t.is(files[0]?.messages.length, 10_000)
  t.true((writeTypeScript(files, () => '')[0]?.text ?? '').includes('export class S9999 {'))
})
