import { createServer, type Server as NetServer, type Socket } from 'node:net'
import type { Limits } from '../core/limits.js'
import type { Protocol, ServerBinding } from '../protocols/protocol.js'

export interface BoundProtocol {
  readonly protocol: Protocol
  readonly binding: ServerBinding
}

export interface ListenOptions {
  readonly port?: number | undefined
  readonly host?: string | undefined
  /** A Unix domain socket in place of host and port. */
  readonly path?: string | undefined
}

/**
 * One port for every protocol: the first bytes of a connection decide whose it is. A connection whose bytes fit no protocol, or do not come
 * within the handshake limit, is closed.
 */
export class Listener {
  private readonly server: NetServer
  /** Connections whose protocol is not known yet. */
  private readonly undecided = new Set<Socket>()

  constructor(
    private readonly bound: readonly BoundProtocol[],
    private readonly limits: Limits,
  ) {
    this.server = createServer({ noDelay: true, pauseOnConnect: false }, socket => this.accept(socket))
    this.server.maxConnections = limits.connections
  }

  listen(options: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      const listening = () => {
        this.server.off('error', reject)
        resolve()
      }
      if (options.path !== undefined) this.server.listen(options.path, listening)
      else this.server.listen(options.port ?? 0, options.host, listening)
    })
  }

  /** `127.0.0.1:50051`, `[::1]:50051`, or the path of a Unix socket; undefined unless it listens. */
  get address(): { readonly host: string; readonly port: number } | string | undefined {
    const address = this.server.address()
    if (address === null || typeof address === 'string') return address ?? undefined
    return { host: address.address, port: address.port }
  }

  /** No new connections; those there are belong to their protocols. */
  close(): Promise<void> {
    for (const socket of this.undecided) socket.destroy()
    return new Promise(resolve => this.server.close(() => resolve()))
  }

  private accept(socket: Socket): void {
    const [only] = this.bound
    if (this.bound.length === 1 && only !== undefined) {
      only.binding.accept(socket, empty)
      return
    }
    this.decide(socket)
  }

  private decide(socket: Socket): void {
    this.undecided.add(socket)
    let head: Buffer = empty
    const settle = () => {
      clearTimeout(timer)
      this.undecided.delete(socket)
      socket.off('data', onData)
      socket.off('close', settle)
      socket.off('error', onError)
    }
    const onError = () => socket.destroy()
    const onData = (chunk: Buffer) => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const owner = this.ownerOf(head)
      if (owner === undefined && head.length < maxHead) return
      settle()
      if (owner === undefined || owner === 'nobody') {
        socket.on('error', onError)
        socket.destroy()
        return
      }
      socket.pause()
      owner.binding.accept(socket, head)
    }
    const timer = setTimeout(() => socket.destroy(), this.limits.handshake)
    socket.on('data', onData)
    socket.on('close', settle)
    socket.on('error', onError)
  }

  /** Undefined while more bytes could still tell. */
  private ownerOf(head: Buffer): BoundProtocol | 'nobody' | undefined {
    let open = false
    for (const one of this.bound) {
      const mine = one.protocol.detect(head)
      if (mine === true) return one
      if (mine === undefined) open = true
    }
    return open ? undefined : 'nobody'
  }
}

const empty = Buffer.alloc(0)
/** No protocol needs more to be known by. */
const maxHead = 4096
