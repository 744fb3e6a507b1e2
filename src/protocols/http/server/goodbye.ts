import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../core/clock.js'
import { Code } from '../../../core/code.js'
import { refusedHeader } from '../../../core/refusal.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { rawReply } from './raw-reply.js'

/** A connection of Node's server, with the response that is being written or awaited. */
export type HttpSocket = Duplex & { readonly _httpMessage?: ServerResponse | null }

/** Milliseconds that a client has to close after the goodbye. */
const closeTimeout = 1000

/**
 * Problem: an HTTP/1.1 server can announce the end of a connection only in a reply, and an idle connection is owed none. Closing it loses a
 * call that the client is just sending; waiting longer only makes that rarer.
 *
 * So the server sends an unsolicited 408 response with `connection: close`, as RFC 9110 (15.5.9) allows, and drops what arrives afterwards.
 * A client that receives it as the reply to a call knows that no handler saw the call. A client without a call closes the connection.
 */
export class Goodbyes {
  /** The connections that got a goodbye. */
  private readonly told = new Set<Duplex>()

  constructor(private readonly clock: Clock) {}

  /** Whether requests on the connection are dropped, because the goodbye is already their reply. */
  includes(socket: Duplex): boolean {
    return this.told.size > 0 && this.told.has(socket)
  }

  /** Sends the goodbye after the last response that is due, unless that ends the connection itself. */
  say(socket: HttpSocket, error: RpcError): void {
    if (socket.destroyed || !socket.writable || this.told.has(socket)) return
    const due = socket._httpMessage
    if (due !== undefined && due !== null) {
      due.once('close', () => this.say(socket, error))
      return
    }
    this.told.add(socket)
    // The client closes first: closing with unread bytes would reset the connection, and the reset would overtake the reply.
    socket.end(rawReply(408, error, `${refusedHeader}: 1\r\n`))
    const timer = this.clock.schedule(closeTimeout, { expire: () => socket.destroy() })
    socket.once('close', () => {
      timer.cancel()
      this.told.delete(socket)
    })
  }
}

export function idleForLong(milliseconds: number): RpcError {
  const message = `nothing was asked on this connection for ${milliseconds} ms (limits.idleTimeout)`
  return failure('idle_connection', Code.unavailable, message)
}
