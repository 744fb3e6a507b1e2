import type { Duplex } from 'node:stream'
import type { BindingState, ServerBinding } from '../../protocol.js'
import type { ServerConnection } from './connection.js'

/** Serves a socket. @param closed called once, after everything about the connection has ended */
export type Accept = (socket: Duplex, closed: (connection: ServerConnection) => void) => ServerConnection

/** The methods of a server as a protocol serves them. */
export interface ServedMethods {
  readonly connect: Accept
  /** As that of a binding. */
  warmUp(): Iterable<void>
}

/** The connections of one protocol of one server, which prepares its methods for the first of them. */
export class PipelinedBinding implements ServerBinding {
  private readonly connections = new Set<ServerConnection>()
  private readonly bySocket = new WeakMap<Duplex, ServerConnection>()
  private drained: (() => void)[] = []

  private methods: ServedMethods | undefined

  /** @param prepare called once, for the first connection or for `warmUp`. What it could refuse has been checked */
  constructor(private readonly prepare: () => ServedMethods) {}

  private get served(): ServedMethods {
    this.methods ??= this.prepare()
    return this.methods
  }

  warmUp(): Iterable<void> {
    return this.served.warmUp()
  }

  accept(socket: Duplex, head: Uint8Array): void {
    const connection = this.served.connect(socket, closed => {
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
