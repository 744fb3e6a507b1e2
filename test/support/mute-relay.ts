import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Who is no longer heard: the server's clients, the server, or both. */
export type Muted = 'clients' | 'server' | 'both'

/** A TCP relay whose connections can go silent without being closed, as those of a host do that lost its power. */
export class MuteRelay {
  private readonly sockets = new Set<Socket>()
  private cut: ((muted: Muted) => void)[] = []

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('connection', client => this.relay(client))
  }

  static async before(port: number): Promise<MuteRelay> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new MuteRelay(server, port)
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Silences the connections that are open; later ones are relayed. */
  mute(muted: Muted): void {
    for (const cut of this.cut.splice(0)) cut(muted)
  }

  close(): void {
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
  }

  private relay(client: Socket): void {
    const server = connect(this.port, '127.0.0.1')
    let muted: Muted | undefined
    this.cut.push(who => {
      muted = who
    })
    const pass = (from: Socket, to: Socket, name: Muted) => {
      this.sockets.add(from)
      const isMuted = () => muted === 'both' || muted === name
      from.on('error', () => {})
      from.on('data', (chunk: Buffer) => {
        if (!isMuted()) to.write(chunk)
      })
      from.on('close', () => {
        this.sockets.delete(from)
        if (!isMuted()) to.destroy()
      })
    }
    pass(client, server, 'clients')
    pass(server, client, 'server')
  }
}
