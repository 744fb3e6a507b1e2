import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import express from 'express'
import { Hono } from 'hono'
import { fetchHandler, honoMiddleware } from '../../src/fetch/index.js'
import { expressMiddleware, Http, RpcError } from '../../src/index.js'
import { connect, Field, Message, Method, Safe, Service, string } from '../../src/web/index.js'

@Message('prefix.User')
class User {
  @Field(1, string) id = ''
}

@Service('prefix.Users')
class Users {
  @Method({ accepts: User, returns: User })
  @Safe()
  async find({ id }: User): Promise<User> {
    return { id: `found ${id}` }
  }

  @Method({ accepts: User, returns: User })
  @Http('POST /v1/users', { body: '*', status: 201, location: '/v1/users/{id}' })
  async create({ id }: User): Promise<User> {
    return { id }
  }
}

const api = 'http://app.test/api'
const created = { method: 'POST', body: '{"id":"ann"}', headers: { 'content-type': 'application/json' } }

test('a fetch handler with a prefix is called below it, by a page and by REST', async t => {
  const handler = fetchHandler([Users], { prefix: '/api' })
  const users = connect(Users, api, { fetch: (url, init) => handler(new Request(url, init)) })
  t.is((await users.find({ id: 'ann' })).id, 'found ann')
  const response = await handler(new Request(`${api}/v1/users`, created))
  t.deepEqual([response.status, response.headers.get('location')], [201, '/api/v1/users/ann'])
})

test('what is not below the prefix is not the handler’s', async t => {
  const handler = fetchHandler([Users], { prefix: '/api' })
  for (const path of ['/v1/users', '/apiv1/users', '/api', '/api/api/v1/users', '/API/v1/users', '/x/api/v1/users']) {
    const response = await handler(new Request(`http://app.test${path}`, created))
    t.is(response.status, 404, path)
  }
})

test('a prefix in an app of Hono, and a mount in one of Express', async t => {
  const hono = new Hono()
  hono.use('/api/*', honoMiddleware([Users], { prefix: '/api' }))
  t.is((await hono.request('/api/v1/users', created)).headers.get('location'), '/api/v1/users/ann')
  t.is((await hono.request('/v1/users', created)).status, 404)

  const app = express().use('/api', expressMiddleware([Users]))
  const server = createServer((request, response) => void app(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/users`, { ...created, keepalive: false })
  t.is(response.headers.get('location'), '/api/v1/users/ann')
  server.closeAllConnections()
})

for (const prefix of ['api', '/api/', '/', '//api', '/api?x', '/a b', '/äpi', '/a/../b', '/a\\b', 7 as never])
  test(`refuses the prefix ${JSON.stringify(prefix)}`, t => {
    const error = t.throws(() => fetchHandler([Users], { prefix }), { instanceOf: RpcError })
    t.is(error?.reason, 'invalid_prefix')
    t.regex(error?.message ?? '', /prefix must be a path such as "\/api"/)
  })
