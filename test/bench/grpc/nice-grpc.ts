import { createChannel, createClient, createServer } from 'nice-grpc'
import { grpcJsDefinition } from '../../protocols/grpc/peers.js'
import { Echo, text } from './echo.js'

export async function listen(): Promise<string> {
  const server = createServer()
  const echo = async (request: unknown) => request
  server.add(grpcJsDefinition(Echo), { Unary: echo, Large: echo, Stream: async function* () {} } as never)
  return `127.0.0.1:${await server.listen('127.0.0.1:0')}`
}

export async function connect(address: string): Promise<() => Promise<unknown>> {
  const client = createClient(grpcJsDefinition(Echo), createChannel(address)) as unknown as {
    Unary(request: object): Promise<unknown>
  }
  return () => client.Unary({ text })
}
