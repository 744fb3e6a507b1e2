import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Peer } from '../../../core/call.js'
import { peerOf } from '../../peer.js'

/** A call being served, as its connection sees it. */
export interface Closable {
  /** The peer is gone. Does nothing after the first time. */
  closed(): void
}

/** What is known of a connection; made with its first call, so that it works in a server that is not ours too. */
export class Connection {
  readonly peer: Peer
  /** Calls in flight. */
  calls = 0
  /**
   * Calls that were pipelined behind another. Node tells only the response at the head of the line that the connection has closed, so
   * these are told here.
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

const connections = new WeakMap<Socket, Connection>()

export function connectionOf({ socket }: IncomingMessage): Connection {
  let connection = connections.get(socket)
  if (connection === undefined) {
    connection = new Connection(socket)
    connections.set(socket, connection)
  }
  return connection
}
