import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

/** Has a server of Node's listen on this machine until the test ends, which breaks what is still connected. */
export async function listening(t: ExecutionContext, server: Server): Promise<{ address: string; port: number }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, port }
}

/** A server that does with each connection what the test says. */
export function rawServer(t: ExecutionContext, serve: (socket: Socket) => void) {
  return listening(
    t,
    createServer({ noDelay: true }, socket => serve(socket.on('error', () => {}))),
  )
}

/** An address at which nobody listens any more. */
export async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}
