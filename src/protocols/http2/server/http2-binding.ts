import type { Duplex } from 'node:stream'
import type { Http2Inspection } from '../../../core/inspection.js'
import { type ConnectionOptions, serverOptions } from '../../../http2/options.js'
import { ServerConnection, type ServerHandler } from '../../../http2/server-connection.js'
import { awaitFirstRequest } from '../../first-request.js'
import type { BindingState, LiveConnection, ServerBinding, ServerSettings } from '../../protocol.js'
import { liveConnection } from '../live-connection.js'

/** Serves connections of HTTP/2 that a listener accepts. What their requests are is for subclasses. */
export abstract class Http2ServerBinding implements ServerBinding {
  private readonly connections = new Set<ServerConnection>()
  private readonly bySocket = new WeakMap<Duplex, ServerConnection>()
  private draining = false
  private drained: (() => void)[] = []
  private readonly connectionOptions: ConnectionOptions

  /** @param protocol the name by which its connections are shown */
  constructor(
    private readonly protocol: string,
    readonly settings: ServerSettings,
  ) {
    const { clock, limits } = settings
    this.connectionOptions = serverOptions({
      maxConcurrentStreams: limits.callsPerConnection,
      maxHeaderList: limits.headerBytes,
      unsentBytes: limits.unsentBytes,
      stallTimeout: limits.stallTimeout,
      resetBurst: limits.resetBurst,
      resetsPerSecond: limits.resetsPerSecond,
      idleTimeout: limits.idleTimeout,
      minPingInterval: limits.minPingTime,
      clock: { now: () => clock.now(), after: (delay, run) => clock.schedule(delay, { expire: run }) },
    })
  }

  /** Serves the requests of one connection. @param onClose to be called once, when the connection has closed */
  protected abstract handlerOf(socket: Duplex, onClose: () => void): ServerHandler

  accept(socket: Duplex, head: Uint8Array): void {
    const handler = this.handlerOf(socket, () => {
      this.connections.delete(connection)
      if (this.connections.size === 0) for (const resolve of this.drained.splice(0)) resolve()
    })
    const connection = new ServerConnection(socket, handler, this.connectionOptions)
    this.connections.add(connection)
    this.bySocket.set(socket, connection)
    awaitFirstRequest(socket)
    if (head.byteLength > 0) socket.unshift(head)
    socket.resume()
    if (this.draining) void connection.close()
  }

  drain(): Promise<void> {
    this.draining = true
    for (const connection of this.connections) void connection.close()
    if (this.connections.size === 0) return Promise.resolve()
    return new Promise(resolve => this.drained.push(resolve))
  }

  inspect(): BindingState {
    let calls = 0
    for (const { streams } of this.connections) calls += streams.size
    return { connections: this.connections.size, calls }
  }

  liveConnections(): readonly LiveConnection[] {
    return [...this.connections].map(connection => liveConnection(connection, this.protocol))
  }

  callsOn(socket: Duplex): number {
    return this.bySocket.get(socket)?.streams.size ?? 0
  }

  http2On(socket: Duplex): Http2Inspection | undefined {
    const connection = this.bySocket.get(socket)
    return connection && liveConnection(connection, this.protocol).inspect()
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy()
  }
}
