// The Connect protocol with JSON over HTTP/1.1, by connect-node.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node'
import { connectDescriptor } from '../../protocols/grpc/peers.js'
import { PlainEcho } from './polywire.js'
import { type User, user } from './user.js'

export async function listen(): Promise<string> {
  const server = createServer(
    connectNodeAdapter({
      routes: router => {
        router.service(connectDescriptor(PlainEcho), { plain: (request: unknown) => request } as never)
      },
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function connect(baseUrl: string): Promise<() => Promise<unknown>> {
  const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false })
  const client = createClient(connectDescriptor(PlainEcho), transport) as unknown as {
    plain(request: User): Promise<User & { $typeName: string }>
  }
  return async () => {
    const { $typeName, ...reply } = await client.plain(user)
    return reply
  }
}
