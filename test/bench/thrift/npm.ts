// Framed Thrift by the npm package thrift and code of Thrift's compiler. Variant: the protocol.
import { once } from 'node:events'
import { callNode, HelloNode, protocols, thrift } from '../../fixtures/thrift/node.js'

type Protocol = keyof typeof protocols

export async function listen(variant: string): Promise<string> {
  const handler = {
    SayHello: (name: string, reply: (error: null, text: string) => void) => reply(null, `Hello, ${name}!`),
  }
  const server = thrift.createServer(HelloNode, handler, {
    transport: thrift.TFramedTransport,
    protocol: protocols[variant as Protocol],
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return String(server.address().port)
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const connection = thrift.createConnection('127.0.0.1', Number(address), {
    transport: thrift.TFramedTransport,
    protocol: protocols[variant as Protocol],
  })
  await once(connection as never, 'connect')
  const client = thrift.createClient(HelloNode, connection)
  return () => callNode(client, 'SayHello', 'World')
}
