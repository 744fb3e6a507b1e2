import type { Duplex } from 'node:stream'
import type { Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { CallServer } from './call-server.js'
import { ServerConnection, type ServerConnectionContext } from './connection.js'
import { ServerHandshakes } from './handshakes.js'
import { servedServices } from './served-service.js'

/** The Avro protocol of one server: its connections, and what they share. */
export class AvroServer implements ServerBinding {
  private readonly connections = new Set<ServerConnection>()
  private readonly context: ServerConnectionContext
  private drained: (() => void) | undefined

  /** @throws RpcError `failed_precondition` where names of a service clash in Avro */
  constructor(router: Router, settings: ServerSettings) {
    this.context = {
      settings,
      handshakes: new ServerHandshakes(servedServices(router, settings.limits)),
      calls: new CallServer(router, settings),
      closed: connection => this.closed(connection),
    }
  }

  accept(socket: Duplex, head: Uint8Array): void {
    const connection = new ServerConnection(socket, this.context)
    this.connections.add(connection)
    connection.begin(head)
  }

  drain(): Promise<void> {
    return new Promise(resolve => {
      this.drained = resolve
      for (const connection of this.connections) connection.drain()
      if (this.connections.size === 0) resolve()
    })
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy()
  }

  private closed(connection: ServerConnection): void {
    this.connections.delete(connection)
    if (this.connections.size === 0) this.drained?.()
  }
}
