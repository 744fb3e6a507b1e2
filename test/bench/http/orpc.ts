import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/fetch'
import { os, type RouterClient } from '@orpc/server'
import { RPCHandler } from '@orpc/server/node'
import { checkUser, type User, user } from './user.js'

const router = { echo: os.handler(({ input }: { input: unknown }): User => checkUser(input)) }

export async function listen(): Promise<string> {
  const handler = new RPCHandler(router)
  const server = createServer((request, response) => {
    void handler.handle(request, response).then(({ matched }) => {
      if (!matched) response.writeHead(404).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function connect(url: string): Promise<() => Promise<unknown>> {
  const client: RouterClient<typeof router> = createORPCClient(new RPCLink({ url }))
  return () => client.echo(user)
}
