import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes to be replaced by as many others. */
export interface Rewrite {
  readonly from: Buffer
  readonly to: Buffer
}

/** Stands between a client and a server: it can replace bytes of requests or replies, and break the connections. */
export class CutProxy {
  requests: readonly Rewrite[] = []
  replies: readonly Rewrite[] = []
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('connection', client => this.relay(client))
  }

  static async before(port: number): Promise<CutProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CutProxy(server, port)
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  close(): void {
    this.server.close()
    this.cut()
  }

  private relay(client: Socket): void {
    const upstream = connect(this.port, '127.0.0.1')
    this.forward(client, upstream, chunk => rewritten(chunk, this.requests))
    this.forward(upstream, client, chunk => rewritten(chunk, this.replies))
  }

  private forward(from: Socket, to: Socket, change: (chunk: Buffer) => Buffer): void {
    this.sockets.add(from)
    from.on('data', (chunk: Buffer) => to.write(change(chunk)))
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.sockets.delete(from)
      to.destroy()
    })
  }
}

function rewritten(chunk: Buffer, rewrites: readonly Rewrite[]): Buffer {
  const copy = Buffer.from(chunk)
  for (const { from, to } of rewrites)
    for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + to.length)) to.copy(copy, at)
  return copy
}
