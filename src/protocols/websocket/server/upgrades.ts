import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import { bounds, loadWebSockets } from '../library.js'
import { subprotocol } from '../messages.js'
import { ServedSocket, type SocketOwner } from './served-socket.js'

/** A request to change to WebSocket, and its connection, which HTTP has left. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Bytes that came after the request. */
  readonly head: Buffer
  /** Fields of the handshake that the call has too, as names and values in turn. */
  readonly fields: readonly string[]
}

/** The WebSockets of one server. */
export class Upgrades {
  private readonly open = new Map<Duplex, ServedSocket | undefined>()
  private server: Promise<WebSocketServer> | undefined

  constructor(private readonly owner: SocketOwner) {}

  /** Whether the connection is, or becomes, a WebSocket. */
  includes(socket: Duplex): boolean {
    return this.open.has(socket)
  }

  /** Completes the handshake, or answers what is wrong with it. */
  async accept({ request, socket, head, fields }: Upgrade): Promise<void> {
    this.open.set(socket, undefined)
    socket.once('close', () => this.open.delete(socket))
    // While the library loads, nothing else listens.
    socket.on('error', () => {})
    const { settings } = this.owner
    try {
      this.server ??= openServer(settings.limits)
      const server = await this.server
      server.handleUpgrade(request, socket, head, channel => {
        const served = new ServedSocket(channel, { request, fields }, this.owner)
        this.open.set(socket, served)
        if (this.owner.isDraining()) served.drain()
      })
    } catch (error) {
      settings.report(error)
      socket.destroy()
    }
  }

  /** Closes those without a call. */
  drain(): void {
    for (const served of this.open.values()) served?.drain()
  }
}

async function openServer(limits: SocketOwner['settings']['limits']): Promise<WebSocketServer> {
  const { WebSocketServer } = await loadWebSockets()
  const handleProtocols = () => subprotocol
  return new WebSocketServer({ noServer: true, clientTracking: false, handleProtocols, ...bounds(limits) })
}
