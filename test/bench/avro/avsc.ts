// avsc's own RPC over its own framing, with Nagle's algorithm, which it leaves on, turned off at both ends.
import { once } from 'node:events'
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net'
import avsc from 'avsc'

const service = avsc.Service.forProtocol({
  protocol: 'Hello',
  namespace: 'bench',
  messages: { sayHello: { request: [{ name: 'name', type: 'string' }], response: 'string' } },
})

export async function listen(): Promise<string> {
  const server = service.createServer({ silent: true } as never)
  server.onMessage('sayHello', ({ name }: { name: string }, reply: (error: unknown, text: string) => void) =>
    reply(null, `Hello, ${name}!`),
  )
  const listener = createServer({ noDelay: true }, socket => {
    socket.on('error', () => socket.destroy())
    server.createChannel(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return String((listener.address() as AddressInfo).port)
}

export async function connect(address: string): Promise<() => Promise<unknown>> {
  const socket = connectSocket({ port: Number(address), host: '127.0.0.1', noDelay: true })
  const client = service.createClient({ timeout: 0 } as never)
  client.setMaxListeners(0)
  client.createChannel(socket).setMaxListeners(0)
  return () =>
    new Promise((resolve, reject) =>
      client.emitMessage('sayHello', { name: 'World' }, (error: Error | null, text: unknown) =>
        error === null ? resolve(text) : reject(error),
      ),
    )
}
