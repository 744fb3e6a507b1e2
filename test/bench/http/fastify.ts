import { fastify } from 'fastify'
import { Pool } from 'undici'
import { type User, user } from './user.js'

/** As fastify's documentation advises: a schema to validate requests and to serialize replies by. */
const schema = {
  type: 'object',
  required: ['id', 'name', 'email', 'active', 'score', 'tags'],
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    email: { type: 'string' },
    active: { type: 'boolean' },
    score: { type: 'number' },
    tags: { type: 'array', items: { type: 'string' } },
  },
} as const

export async function listen(): Promise<string> {
  const server = fastify()
  server.post('/echo', { schema: { body: schema, response: { 200: schema } } }, async request => request.body)
  return await server.listen({ host: '127.0.0.1', port: 0 })
}

export async function connect(address: string): Promise<() => Promise<unknown>> {
  const pool = new Pool(address, { connections: 64 })
  const headers = { 'content-type': 'application/json' }
  return async () => {
    const reply = await pool.request({ path: '/echo', method: 'POST', headers, body: JSON.stringify(user) })
    if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
    return (await reply.body.json()) as User
  }
}
