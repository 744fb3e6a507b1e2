import type { Duplex } from 'node:stream'
import type { Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { ServerConnection } from './connection.js'
import type { Serving } from './dispatch.js'
import { servedMethods } from './served-method.js'

export class ThriftServerBinding implements ServerBinding {
  private readonly serving: Serving
  private readonly connections = new Set<ServerConnection>()
  private drained: (() => void)[] = []

  constructor(router: Router, settings: ServerSettings) {
    this.serving = { router, settings, methods: servedMethods(router, settings.limits) }
  }

  accept(socket: Duplex, head: Uint8Array): void {
    const connection = new ServerConnection(socket, this.serving, closed => {
      this.connections.delete(closed)
      if (this.connections.size === 0) for (const resolve of this.drained.splice(0)) resolve()
    })
    this.connections.add(connection)
    connection.begin(Buffer.from(head.buffer, head.byteOffset, head.byteLength))
  }

  drain(): Promise<void> {
    if (this.connections.size === 0) return Promise.resolve()
    const drained = new Promise<void>(resolve => this.drained.push(resolve))
    for (const connection of this.connections) connection.drain()
    return drained
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy()
  }
}
