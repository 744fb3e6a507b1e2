import test from 'ava'
import { serviceOf } from '../../../../src/decorators/read-service.js'
import { serve } from '../../../../src/index.js'
import { openApiDocument } from '../../../../src/protocols/http/openapi/document.js'
import { HelloService } from '../../../fixtures/hello.js'
import { Library } from '../../../fixtures/library.js'

interface Operation {
  readonly operationId: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly schema: unknown
    readonly description?: string
  }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: { readonly properties?: object } }> }
  readonly responses: Record<string, { readonly content?: object; readonly headers?: object }>
}
type Paths = Record<string, Record<string, Operation>>

const paths = openApiDocument([serviceOf(Library)]).paths as unknown as Paths

function parameters(path: string, verb: string): string[] {
  return (paths[path]?.[verb]?.parameters ?? []).map(one => `${one.in} ${one.name}`)
}

test('every route is an operation of its path', t => {
  const routes = serviceOf(Library).methods.flatMap(method => method.routes)
  const operations = Object.entries(paths).flatMap(([path, verbs]) =>
    path.startsWith('/library') ? [] : Object.keys(verbs),
  )
  t.is(operations.length, routes.length)
  const ids = Object.values(paths).flatMap(verbs => Object.values(verbs).map(one => one.operationId))
  t.is(new Set(ids).size, ids.length)
})

test('variables are parameters of the path, and the rest those of the query', t => {
  t.deepEqual(parameters('/v1/books/{id}', 'get'), ['path id'])
  t.deepEqual(
    parameters('/v1/books/{id}', 'patch').slice(0, 1),
    ['path id'],
    'OpenAPI has a path once, under one set of names',
  )
  t.deepEqual(parameters('/v1/sum/{left}', 'get'), ['path left', 'query right'])
  t.deepEqual(parameters('/v2/books/{book.author.name}', 'post'), ['path book.author.name'])
  t.true(parameters('/v1/shelves/{shelf}/books', 'get').includes('query author.born'))
  t.deepEqual(parameters('/v1/shelves/{shelf}/books', 'post'), ['path shelf', 'query dryRun'])
  const [first] = paths['/v1/shelves/{name.2}/rooms/{name.4}']?.get?.parameters ?? []
  t.is(first?.description, 'name is shelves/*/rooms/* of the path.')
})

test('bodies and responses have their types and statuses', t => {
  const created = paths['/v1/shelves/{shelf}/books']?.post?.responses ?? {}
  t.deepEqual(Object.keys(created), ['201', 'default'])
  t.deepEqual(Object.keys(created[201]?.headers ?? {}), ['Location'])
  t.deepEqual(Object.keys(paths['/v1/books/{id}']?.delete?.responses ?? {}), ['204', 'default'])
  t.deepEqual(Object.keys(paths['/v1/books/{id}']?.get?.responses ?? {}), ['200', '404', 'default'])
  const editions = paths['/v1/books/{id}/editions']?.get?.responses[200]?.content ?? {}
  t.deepEqual(Object.keys(editions), ['application/x-ndjson', 'text/event-stream'])
  const cover = paths['/v1/books/{id}/cover']
  t.deepEqual(Object.keys(cover?.get?.responses[200]?.content ?? {}), ['image/png'])
  t.deepEqual(Object.keys(cover?.put?.requestBody?.content ?? {}), ['image/png', 'image/jpeg'])
})

test('a server offers the document if it is told to', async t => {
  const server = await serve([new Library(), new HelloService()], { host: '127.0.0.1', openapi: true })
  t.teardown(() => server.close())
  const reply = await fetch(`http://${server.address}/openapi.json`)
  t.is(reply.headers.get('content-type'), 'application/json')
  const document = (await reply.json()) as { paths: Paths }
  t.true('/v1/books/{id}' in document.paths)
  t.true('/hello.Hello/SayHello' in document.paths)
  t.false(
    Object.keys(document.paths).some(path => path.startsWith('/grpc.')),
    'only the services of its own',
  )
  const silent = await serve([new Library()], { host: '127.0.0.1' })
  t.teardown(() => silent.close())
  t.is((await fetch(`http://${silent.address}/openapi.json`)).status, 404)
})
