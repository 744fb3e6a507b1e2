import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Peer } from '../../../core/call.js'
import { handlersOn } from '../../http1/server/running-handlers.js'
import { peerOf } from '../../peer.js'

/** A call of a connection. */
export interface Closable {
  /** Called when the peer is gone, possibly several times. */
  closed(): void
}

/** The state of a connection. It is created with the first call, so that it works in other servers too. */
export class Connection {
  readonly peer: Peer
  private calls = 0
  /**
   * Calls that were pipelined after another. When the connection closes, Node reports that only to the first response, so these are closed
   * here.
   */
  private pipelined: Set<Closable> | undefined = undefined

  constructor(private readonly socket: Socket) {
    this.peer = peerOf(socket, 'http')
  }

  enter(call: Closable): void {
    if (this.calls++ === 0) return
    this.pipelined ??= this.follow()
    this.pipelined.add(call)
  }

  leave(call: Closable): void {
    this.calls--
    this.pipelined?.delete(call)
  }

  /** Calls in flight, and handlers that still run: what `limits.callsPerConnection` bounds. */
  get load(): number {
    return Math.max(this.calls, handlersOn(this.socket))
  }

  private follow(): Set<Closable> {
    const pipelined = new Set<Closable>()
    this.socket.once('close', () => {
      for (const call of pipelined) call.closed()
    })
    return pipelined
  }
}

const connection = Symbol('the calls of this connection')

interface Owner {
  [connection]?: Connection
}

/** The calls of a connection that count in `limits.callsPerConnection`. */
export function callsOn(socket: Duplex): number {
  return (socket as Owner)[connection]?.load ?? handlersOn(socket)
}

/** Kept on the socket: over HTTP/2 each request has one of its own, and so many entries in a WeakMap would keep the collector busy. */
export function connectionOf({ socket }: IncomingMessage): Connection {
  const owner = socket as Owner
  owner[connection] ??= new Connection(socket)
  return owner[connection]
}
