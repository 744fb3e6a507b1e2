import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Milliseconds between two cuts. */
const interval = 250

/** Passes connections on to a port, and cuts all of them four times a second. @returns its address */
export async function startRelay(port: number): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.setNoDelay().pipe(other)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  setInterval(() => {
    for (const socket of open) socket.destroy()
  }, interval)
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
