import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Peer } from '../../../core/call.js'
import { peerOf } from '../../peer.js'

/** A call of a connection. */
export interface Closable {
  /** Called when the peer is gone, possibly several times. */
  closed(): void
}

/** The state of a connection. It is created with the first call, so that it works in other servers too. */
export class Connection {
  readonly peer: Peer
  /** Calls in flight. */
  calls = 0
  /**
   * Calls that were pipelined after another. When the connection closes, Node reports that only to the first response, so these are closed
   * here.
   */
  private readonly pipelined = new Set<Closable>()

  constructor(socket: Socket) {
    this.peer = peerOf(socket, 'http')
    socket.once('close', () => {
      for (const call of this.pipelined) call.closed()
    })
  }

  enter(call: Closable): void {
    if (this.calls++ > 0) this.pipelined.add(call)
  }

  leave(call: Closable): void {
    this.calls--
    if (this.pipelined.size > 0) this.pipelined.delete(call)
  }
}

const connections = new WeakMap<Duplex, Connection>()

/** The calls in flight on a connection. */
export function callsOn(socket: Duplex): number {
  return connections.get(socket)?.calls ?? 0
}

export function connectionOf({ socket }: IncomingMessage): Connection {
  let connection = connections.get(socket)
  if (connection === undefined) {
    connection = new Connection(socket)
    connections.set(socket, connection)
  }
  return connection
}
