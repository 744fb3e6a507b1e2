import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node'
import { connectDescriptor } from '../../protocols/grpc/peers.js'
import { callOf, counted, Echo, large, streamed, streamLength, text } from './echo.js'

export async function listen(): Promise<string> {
  const echo = (request: unknown) => request
  async function* stream({ count }: { count: number }) {
    for (let i = 0; i < count; i++) yield streamed
  }
  const adapter = connectNodeAdapter({
    routes: router => {
      router.service(connectDescriptor(Echo), { unary: echo, large: echo, stream } as never)
    },
  })
  const server = createServer(adapter)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Client {
  unary(request: object): Promise<unknown>
  large(request: object): Promise<{ data: Uint8Array }>
  stream(request: object): AsyncIterable<unknown>
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const transport = createGrpcTransport({ baseUrl: `http://${address}` })
  const client = createClient(connectDescriptor(Echo), transport) as unknown as Client
  return callOf(
    {
      unary: () => client.unary({ text }),
      large: async () => (await client.large({ data: large })).data.length,
      stream: () => counted(client.stream({ count: streamLength })),
    },
    variant,
  )
}
