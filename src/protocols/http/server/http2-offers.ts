import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Offers HTTP/2 without TLS, on the same port, in the first reply of each connection: `alt-svc: h2c=":8080"`. With TLS the handshake has
 * chosen the version already. Source: RFC 7838, section 3.
 */
export class Http2Offers {
  private readonly due = new WeakMap<Duplex, string>()

  /** An offer names a port, so a Unix socket has none. */
  prepare(socket: Duplex & { readonly encrypted?: boolean; readonly localPort?: number | undefined }): void {
    if (socket.encrypted !== true && socket.localPort !== undefined) this.due.set(socket, `h2c=":${socket.localPort}"`)
  }

  make(socket: Duplex, response: ServerResponse): void {
    const offer = this.due.get(socket)
    if (offer === undefined) return
    this.due.delete(socket)
    response.setHeader('alt-svc', offer)
  }
}
