import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy between clients and a server that counts the bytes in both directions. */
export class Meter {
  bytes = 0
  private readonly sockets = new Set<Socket>()

  private constructor(private readonly server: Server) {}

  static async before(port: number): Promise<Meter> {
    const server = createServer({ noDelay: true })
    const meter = new Meter(server)
    server.on('connection', client => meter.join(client, connect({ port, host: '127.0.0.1', noDelay: true })))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return meter
  }

  get address(): string {
    const address = this.server.address()
    return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }

  private join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from)
      from.on('data', chunk => {
        this.bytes += chunk.length
        to.write(chunk)
      })
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.sockets.delete(from)
        to.destroy()
      })
    }
  }
}
