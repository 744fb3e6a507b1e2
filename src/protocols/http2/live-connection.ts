import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Http2Inspection } from '../../core/inspection.js'
import { nextObjectId } from '../../core/live-set.js'
import type { Connection } from '../../http2/connection.js'
import { peerOf } from '../peer.js'
import type { LiveConnection } from '../protocol.js'

const shown = new WeakMap<Connection, LiveConnection>()

/**
 * An open connection over HTTP/2, as it is shown. The first look at it gives it its id. List connections in the order in which they were
 * opened, and all of them: then that is the order of their ids.
 */
export function liveConnection(connection: Connection, protocol: string): LiveConnection {
  let live = shown.get(connection)
  if (live === undefined) {
    live = new LiveHttp2Connection(connection, protocol)
    shown.set(connection, live)
  }
  return live
}

class LiveHttp2Connection implements LiveConnection {
  readonly id = nextObjectId()

  constructor(
    private readonly connection: Connection,
    private readonly protocol: string,
  ) {}

  get isServer(): boolean {
    return this.connection.isServer
  }

  get socket(): Connection['socket'] {
    return this.connection.socket
  }

  inspect(): Http2Inspection {
    const { id, connection, protocol } = this
    const { socket, streams, sender, flow, limits } = connection
    const { traffic } = sender
    const now = limits.clock.now()
    traffic.note(now, connection.frames)
    const { started, succeeded, messagesSent, messagesReceived, keepalives } = traffic
    const { lastStream, lastSent, lastReceived } = traffic
    const { encrypted, bytesWritten = 0, bytesRead = 0 } = socket as Partial<TLSSocket & Socket>
    return {
      id,
      protocol,
      peer: peerOf(socket, protocol).address,
      secure: encrypted === true,
      age: now - traffic.opened,
      idle: now - traffic.lastActive,
      streams: { open: streams.size, started, succeeded, failed: started - succeeded - streams.size },
      messages: { sent: messagesSent, received: messagesReceived },
      bytes: { sent: bytesWritten, received: bytesRead },
      windows: { sending: sender.window, receiving: flow.available },
      keepalives,
      ...(lastStream !== undefined && { lastStream: now - lastStream }),
      ...(lastSent !== undefined && { lastSent: now - lastSent }),
      ...(lastReceived !== undefined && { lastReceived: now - lastReceived }),
    }
  }
}
