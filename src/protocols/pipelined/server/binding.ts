import type { Duplex } from 'node:stream'
import type { BindingState, ServerBinding } from '../../protocol.js'
import type { ServerConnection } from './connection.js'

/** Serves a socket. @param closed called once, after everything about the connection has ended */
export type Accept = (socket: Duplex, closed: (connection: ServerConnection) => void) => ServerConnection

/** The connections of one protocol of one server. */
export class PipelinedBinding implements ServerBinding {
  private readonly connections = new Set<ServerConnection>()
  private readonly bySocket = new WeakMap<Duplex, ServerConnection>()
  private drained: (() => void)[] = []

  constructor(
    private readonly connect: Accept,
    readonly warmUp: () => Iterable<void>,
  ) {}

  accept(socket: Duplex, head: Uint8Array): void {
    const connection = this.connect(socket, closed => {
      this.connections.delete(closed)
      if (this.connections.size === 0) for (const resolve of this.drained.splice(0)) resolve()
    })
    this.connections.add(connection)
    this.bySocket.set(socket, connection)
    connection.begin(Buffer.from(head.buffer, head.byteOffset, head.byteLength))
  }

  drain(): Promise<void> {
    if (this.connections.size === 0) return Promise.resolve()
    const drained = new Promise<void>(resolve => this.drained.push(resolve))
    for (const connection of this.connections) connection.drain()
    return drained
  }

  inspect(): BindingState {
    let calls = 0
    for (const connection of this.connections) calls += connection.calls
    return { connections: this.connections.size, calls }
  }

  callsOn(socket: Duplex): number {
    return this.bySocket.get(socket)?.calls ?? 0
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy()
  }
}
