import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { classesOf } from '../../src/idl/classes.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { openapi } from '../../src/idl/openapi/write.js'
import { readSources } from '../../src/idl/read-source.js'
import { serve } from '../../src/index.js'

const reply = '{ 200: { description: ok, content: { text/plain: { schema: { type: string } } } } }'
const text = `
openapi: 3.1.0
info: { title: Data, version: '1' }
servers: [{ url: 'https://data.example.com/ds-api/' }]
paths:
  /:
    get: { operationId: root, responses: ${reply} }
  /sets/:
    get: { operationId: sets, responses: ${reply} }
  /sets/{id}/:
    get:
      operationId: one
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: ${reply}
`.replaceAll('text/plain: { schema: { type: string }', 'application/json: { schema: { type: string }')

test('paths that end with a slash are routes, also the root behind the path of a server', async t => {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-paths-'))
  t.teardown(() => rm(cwd, { recursive: true }))
  const path = join(cwd, 'data.yaml')
  await writeFile(path, text)
  const { files } = await readSources([path], [])
  const routes = files.flatMap(({ services }) => services.flatMap(({ methods }) => methods.flatMap(one => one.routes)))
  t.deepEqual(
    routes.map(one => one?.route),
    ['GET /ds-api/', 'GET /ds-api/sets/', 'GET /ds-api/sets/{id}/'],
  )
  const [service] = classesOf(files).services.values()
  if (service === undefined) return t.fail('there is no service')
  class Data extends service {
    root = async () => 'root'
    sets = async () => 'sets'
    one = async ({ id }: { id: string }) => id
  }
  const implementation = new (Data as new () => object)()
  const server = await serve([implementation], { host: '127.0.0.1', protocols: ['http'], report: () => {} })
  t.teardown(() => server.close())
  const get = async (path: string) => {
    const answer = await fetch(`http://${server.address}${path}`)
    return answer.ok ? answer.json() : answer.status
  }
  t.deepEqual(
    [await get('/ds-api/'), await get('/ds-api/sets/'), await get('/ds-api/sets/7/'), await get('/ds-api/sets')],
    ['root', 'sets', '7', 404],
  )
  const again = JSON.parse(openapi.write(contractOf({ service }))[0]?.text ?? '') as { readonly paths: object }
  const paths = Object.keys(again.paths).filter(one => !one.includes('.'))
  t.deepEqual(paths, ['/ds-api/', '/ds-api/sets/', '/ds-api/sets/{id}/'])
})
