import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../core/clock.js'
import { Code } from '../../../core/code.js'
import { refusedHeader } from '../../../core/refusal.js'
import { failure, type RpcError } from '../../../core/rpc-error.js'
import { errorToJson } from '../error-json.js'

/** Node keeps the response that is being written, or waited for, on its connection. */
export type HttpSocket = Duplex & { readonly _httpMessage?: ServerResponse | null }

/** Milliseconds that a client which has been told may take to close. */
const lingering = 1000

/**
 * Problem: HTTP/1.1 has no word for "this connection ends" but one in a reply, and while a connection rests there is none: closing it loses
 * the call that the client sends in the same moment, and waiting longer before only makes that rarer.
 *
 * So the server answers what it has not been asked: 408, which RFC 9110 (15.5.9) has for just that, with `connection: close`. Whatever arrives
 * from then on is read and dropped, so a client that finds this reply to its call knows that no handler saw it; one that sent none closes.
 */
export class Goodbyes {
  private readonly told = new Set<Duplex>()

  constructor(private readonly clock: Clock) {}

  /** Whether requests on it are dropped: their reply is on its way. */
  includes(socket: Duplex): boolean {
    return this.told.size > 0 && this.told.has(socket)
  }

  /** Ends it when no response is due on it any more, unless one that said `connection: close` has. */
  say(socket: HttpSocket, error: RpcError): void {
    if (socket.destroyed || !socket.writable || this.told.has(socket)) return
    const due = socket._httpMessage
    if (due !== undefined && due !== null) {
      due.once('close', () => this.say(socket, error))
      return
    }
    this.told.add(socket)
    // Closing with unread bytes would reset the connection, and the reset overtake the reply; so the client closes first.
    socket.end(replyOf(error))
    const timer = this.clock.schedule(lingering, { expire: () => socket.destroy() })
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

function replyOf(error: RpcError): string {
  const body = JSON.stringify(errorToJson(error))
  return `HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${refusedHeader}: 1\r\nconnection: close\r\n\r\n${body}`
}
