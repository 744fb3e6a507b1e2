import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Fleet } from './fleet.js'

/** A TCP proxy that resets connections in the middle of a reply, when told to. */
export class CuttingProxy {
  cuts = 0
  private cutting = false
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('connection', client => this.relay(client))
  }

  static async before(address: string): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CuttingProxy(server, Number(address.split(':')[1]))
  }

  static beforeAll(fleet: Fleet): Promise<CuttingProxy[]> {
    return Promise.all(fleet.replicas.map(({ address }) => CuttingProxy.before(address)))
  }

  static targetOf(proxies: readonly CuttingProxy[]): string {
    return `grpc://${proxies.map(({ address }) => address).join(',')}`
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** The next reply on any connection is cut: half of its bytes, then a reset. */
  cut(): void {
    this.cutting = true
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }

  private relay(client: Socket): void {
    const upstream = connect(this.port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', chunk => upstream.write(chunk))
    upstream.on('data', chunk => {
      if (!this.cutting || chunk.length < 500) {
        client.write(chunk)
        return
      }
      this.cutting = false
      this.cuts++
      client.write(chunk.subarray(0, chunk.length >> 1), () => client.resetAndDestroy())
    })
  }
}
