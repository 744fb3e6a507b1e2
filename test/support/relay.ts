import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes to be replaced by as many others. */
export interface Rewrite {
  readonly from: Buffer
  readonly to: Buffer
}

/** Whose bytes no longer pass: those of the server's clients, those of the server, or both. */
export type Muted = 'clients' | 'server' | 'both'

/** A TCP relay between a client and a server. It can break connections, change what passes, and fall silent as a host does that lost its power. */
export class Relay {
  requests: readonly Rewrite[] = []
  replies: readonly Rewrite[] = []
  /** Bytes of replies that still pass; the connection that would take more of them is broken in their midst. */
  repliesLeft = Number.POSITIVE_INFINITY
  /** What came so far, before it was changed. */
  readonly passed = { clients: [] as Buffer[], server: [] as Buffer[] }
  private readonly sockets = new Set<Socket>()
  private silence: ((muted: Muted) => void)[] = []

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('connection', client => this.relay(client))
  }

  static async before(port: number): Promise<Relay> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Relay(server, port)
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Breaks the connections. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  /** Silences the open connections; their ends are not passed on either. Later connections are relayed. */
  mute(muted: Muted): void {
    for (const silence of this.silence.splice(0)) silence(muted)
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    for (const socket of this.sockets) await once(socket, 'close')
  }

  close(): void {
    this.server.close()
    this.cut()
  }

  private relay(client: Socket): void {
    const server = connect(this.port, '127.0.0.1')
    let muted: Muted | undefined
    this.silence.push(whose => {
      muted = whose
    })
    const pass = (from: Socket, to: Socket, whose: 'clients' | 'server') => {
      const isMuted = () => muted === 'both' || muted === whose
      this.sockets.add(from)
      from.on('data', (chunk: Buffer) => {
        this.passed[whose].push(chunk)
        if (isMuted()) return
        if (whose === 'clients') to.write(rewritten(chunk, this.requests))
        else this.reply(to, rewritten(chunk, this.replies))
      })
      from.on('end', () => !isMuted() && to.end())
      from.on('error', () => {})
      from.on('close', () => {
        this.sockets.delete(from)
        if (!isMuted()) to.destroy()
      })
    }
    pass(client, server, 'clients')
    pass(server, client, 'server')
  }

  private reply(client: Socket, bytes: Buffer): void {
    const part = bytes.subarray(0, this.repliesLeft)
    this.repliesLeft -= part.length
    client.write(part)
    if (part.length < bytes.length) client.destroySoon()
  }
}

function rewritten(chunk: Buffer, rewrites: readonly Rewrite[]): Buffer {
  const copy = Buffer.from(chunk)
  for (const { from, to } of rewrites)
    for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + to.length)) to.copy(copy, at)
  return copy
}
